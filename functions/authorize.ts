import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { patience } from '../lib/adapters/aws/patience.ts';
import { secretKeys } from '../lib/adapters/aws/secret-keys.ts';
import { environments } from '../lib/environment.ts';
import { authorizeHandler } from '../lib/handlers/authorize.ts';

const environment = environments.authorize.parse(process.env);
const client = new SecretsManagerClient(patience);

export const handler = authorizeHandler({
  keys: secretKeys(client, environment.DARKROOM_KEYS_SECRET, { now: Date.now }, 60_000),
});
