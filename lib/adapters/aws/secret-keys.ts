import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { storedKeys } from '../../contract/api-keys.ts';
import type { StoredKey } from '../../core/grants.ts';
import type { Clock } from '../../ports.ts';

/** The hashes of the valid keys. A change of the secret takes effect after `freshMs` at the latest. */
export const secretKeys = (client: SecretsManagerClient, secretId: string, clock: Clock, freshMs: number) => {
  let last: { readonly readAt: number; readonly keys: readonly StoredKey[] } | undefined;
  return async (): Promise<readonly StoredKey[]> => {
    if (last && clock.now() < last.readAt + freshMs) return last.keys;
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    last = { readAt: clock.now(), keys: storedKeys.parse(JSON.parse(SecretString)) };
    return last.keys;
  };
};
