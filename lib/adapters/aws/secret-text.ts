import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** A secret that never changes, read when it is first needed. */
export const secretText = (client: SecretsManagerClient, secretId: string): (() => Promise<string>) => {
  let read: Promise<string> | undefined;
  const ask = async () => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    if (!SecretString) throw new Error(`the secret ${secretId} is empty`);
    return SecretString;
  };
  return () => {
    read ??= ask().catch((error) => {
      read = undefined;
      throw error;
    });
    return read;
  };
};
