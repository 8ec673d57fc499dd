import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

/**
 * Whether the CDK has been made at home in an account and region: where it notes its version. Undefined when whoever
 * asks may not look there, as in accounts where a deployer may do nothing but take on the roles of the CDK.
 */
export const isBootstrapped = async (where: {
  /** @default the environment's */
  readonly profile?: string | undefined;
  /** @default the environment's, or the profile's */
  readonly region?: string | undefined;
}): Promise<boolean | undefined> => {
  const { profile, region } = where;
  const client = new SSMClient({ ...(profile !== undefined && { profile }), ...(region !== undefined && { region }) });
  try {
    await client.send(new GetParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version' }));
    return true;
  } catch (error) {
    if (error instanceof Object && 'name' in error) {
      if (error.name === 'ParameterNotFound') return false;
      if (error.name === 'AccessDeniedException') return undefined;
    }
    throw error;
  }
};
