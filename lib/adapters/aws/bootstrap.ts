import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

/** Whether the CDK has been made at home in the account and region of this environment: where it notes its version. */
export const isBootstrapped = async (): Promise<boolean> => {
  try {
    await new SSMClient({}).send(new GetParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version' }));
    return true;
  } catch (error) {
    if (error instanceof Object && 'name' in error && error.name === 'ParameterNotFound') return false;
    throw error;
  }
};
