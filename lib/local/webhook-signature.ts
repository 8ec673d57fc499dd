import { createHmac } from 'node:crypto';

/**
 * The headers by which a receiver knows who sends an event, as Standard Webhooks has them: docs/decisions.md#standard-webhooks.
 * Each secret signs, so a receiver may know the old one or the new one while a secret is replaced.
 */
export const webhookHeaders = (secrets: readonly string[], id: string, seconds: number, body: string) => ({
  'webhook-id': id,
  'webhook-timestamp': String(seconds),
  'webhook-signature': secrets.map((secret) => signatureOf(secret, `${id}.${seconds}.${body}`)).join(' '),
});

const signatureOf = (secret: string, content: string): string =>
  `v1,${createHmac('sha256', keyOf(secret)).update(content).digest('base64')}`;

const keyOf = (secret: string): Buffer =>
  secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
