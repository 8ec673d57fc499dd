import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { isOutOfReach, type Whereabouts } from './whereabouts.ts';

/** Whether the secret of the API keys holds anything but the empty list of a first deploy; undefined when it may not be read. */
export const hasKeys = async (SecretId: string, where: Whereabouts): Promise<boolean | undefined> => {
  const client = new SecretsManagerClient(where);
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
    return SecretString.trim() !== '[]';
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
};
