import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { isOutOfReach, type Whereabouts } from './whereabouts.ts';

/**
 * Whether the CDK has been made at home in an account and region: where it notes its version. Undefined when whoever
 * asks may not look there, as in accounts where a deployer may do nothing but take on the roles of the CDK.
 */
export const isBootstrapped = async (where: Whereabouts): Promise<boolean | undefined> => {
  const client = new SSMClient(where);
  try {
    await client.send(new GetParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version' }));
    return true;
  } catch (error) {
    if (error instanceof Object && 'name' in error && error.name === 'ParameterNotFound') return false;
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
};
