import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { promptOptions } from '../lib/adapters/aws/client-options.ts';
import { powertoolsLog } from '../lib/adapters/aws/powertools-log.ts';
import { secretKeys } from '../lib/adapters/aws/secret-keys.ts';
import { environments } from '../lib/environment.ts';
import { authorizeHandler } from '../lib/handlers/authorize.ts';
import { entry } from '../lib/handlers/entry.ts';

const environment = environments.authorize.parse(process.env);
const log = powertoolsLog('authorize', environment.DARKROOM_LOG);
const client = new SecretsManagerClient(promptOptions);

export const handler = entry(
  log,
  authorizeHandler(secretKeys(client, environment.DARKROOM_KEYS_SECRET, { now: Date.now }, 60_000)),
);
