import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { isNamed } from './is-named.ts';
import { isOutOfReach, type Whereabouts } from './whereabouts.ts';

/**
 * True if `cdk bootstrap` was run in this account and region: it stores its version in a parameter. Undefined if the
 * caller lacks `ssm:GetParameter`, as in accounts where a deployer may only assume the CDK's roles.
 */
export const isBootstrapped = async (where: Whereabouts): Promise<boolean | undefined> => {
  const client = new SSMClient(where);
  try {
    await client.send(new GetParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version' }));
    return true;
  } catch (error) {
    if (isNamed(error, 'ParameterNotFound')) return false;
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
};
