import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import type { Clock } from '../../ports.ts';

const hashes = z.array(z.string().regex(/^[0-9a-f]{64}$/i, 'the SHA-256 of a key, in hexadecimal'));

/** The hashes of the valid keys. A change of the secret takes effect after `freshMs` at the latest. */
export const secretKeys = (client: SecretsManagerClient, secretId: string, clock: Clock, freshMs: number) => {
  let last: { readonly readAt: number; readonly hashes: readonly string[] } | undefined;
  return async (): Promise<readonly string[]> => {
    if (last && clock.now() < last.readAt + freshMs) return last.hashes;
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    last = { readAt: clock.now(), hashes: hashes.parse(JSON.parse(SecretString)) };
    return last.hashes;
  };
};
