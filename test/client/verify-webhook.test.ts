import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { verifyWebhook } from '../../lib/client/verify-webhook.ts';
import { webhookHeaders } from '../../lib/local/webhook-signature.ts';

const key = Buffer.alloc(32, 'k');
const secret = `whsec_${key.toString('base64')}`;
const now = 1_790_000_000_000;
const seconds = now / 1000;
const id = 'x.v1.ready';
const event = { id, type: 'image.ready', at: '2026-09-21T14:13:20.000Z', data: { id: 'x', version: 1 } };
const body = JSON.stringify({ ...event, note: 'größer' });
const sign = (at: number | string = seconds, text = body, by = key) =>
  `v1,${createHmac('sha256', by).update(`${id}.${at}.${text}`).digest('base64')}`;
const headers = (more: Record<string, string | undefined> = {}) => ({
  'webhook-id': id,
  'webhook-timestamp': `${seconds}`,
  'webhook-signature': sign(),
  ...more,
});
const signedAt = (at: number) => headers({ 'webhook-timestamp': `${at}`, 'webhook-signature': sign(at) });
const verify = (sent: ReturnType<typeof headers>, text: string | Uint8Array = body, more = {}) =>
  verifyWebhook(secret, sent, text, { now, ...more });

describe('a webhook', () => {
  test('is read when its signature is right, however it was received', async () => {
    const read = JSON.parse(body);
    expect(await verify(headers())).toEqual(read);
    expect(await verify(headers(), Buffer.from(body))).toEqual(read);
    expect(await verifyWebhook(secret, new Headers(headers()), body, { now })).toEqual(read);
  });

  test('is read when one of several signatures is right, as while a secret is replaced', async () => {
    const older = sign(seconds, body, Buffer.from('the secret before'));
    for (const signatures of [`${older} ${sign()}`, `${sign()} ${older}`, `v1a,AAAA ${sign()}`])
      expect(await verify(headers({ 'webhook-signature': signatures }))).toEqual(JSON.parse(body));
  });

  test('is verified under a secret without whsec_ as it is written', async () => {
    const plain = 'a secret of both sides';
    const sent = webhookHeaders([plain], id, seconds, body);
    expect(await verifyWebhook(plain, sent, body, { now })).toEqual(JSON.parse(body));
    expect(await verify(headers({ ...sent }))).toBeUndefined();
  });

  test.each([
    ['is missing', '', 'is missing'],
    ['has other letters behind whsec_', 'whsec_not*base64', 'behind whsec_ there must be base64'],
    ['is cut off', `${secret.slice(0, 'whsec_'.length + 5)}`, 'is cut off or changed'],
  ])('is not read, and one sentence says why, when the secret %s', async (_what, wrong, sentence) => {
    const read = verifyWebhook(wrong, headers(), body, { now });
    await expect(read).rejects.toThrow(sentence);
    await expect(read).rejects.toThrow('DARKROOM_WEBHOOK_SECRET');
  });

  test.each<[string, Record<string, string | undefined>]>([
    ['no signature', { 'webhook-signature': undefined }],
    ['an empty signature', { 'webhook-signature': '' }],
    ['a signature by another secret', { 'webhook-signature': sign(seconds, body, Buffer.from('another')) }],
    ['a signature of another body', { 'webhook-signature': sign(seconds, `${body} `) }],
    ['a signature of another time', { 'webhook-timestamp': `${seconds - 1}` }],
    ['a signature of another id', { 'webhook-id': 'y.v1.ready' }],
    ['no id', { 'webhook-id': undefined }],
    ['no time', { 'webhook-timestamp': undefined }],
    ['a time that is none', { 'webhook-timestamp': 'x', 'webhook-signature': sign('x') }],
    ['half a signature', { 'webhook-signature': sign().slice(0, -20) }],
    ['a signature that is not base64', { 'webhook-signature': `v1,${'*'.repeat(43)}=` }],
    ['a signature of another scheme', { 'webhook-signature': sign().replace('v1', 'v2') }],
  ])('with %s is not read', async (_what, wrong) => {
    expect(await verify(headers(wrong))).toBeUndefined();
  });

  test.each([
    [300, true],
    [301, false],
    [-300, true],
    [-301, false],
  ])('that was signed %i seconds ago is read: %s', async (age, isRead) => {
    expect((await verify(signedAt(seconds - age))) !== undefined).toBe(isRead);
  });

  test('may be as old as the receiver says', async () => {
    expect(await verify(signedAt(seconds - 10), body, { toleranceSeconds: 9 })).toBeUndefined();
    expect(await verify(signedAt(seconds - 10), body, { toleranceSeconds: 10 })).toBeDefined();
  });
});

test('the vector that Standard Webhooks publishes with its libraries is what we sign, and what we verify', async () => {
  const published = {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    seconds: 1_614_265_330,
    body: '{"test": 2432232314}',
    signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const sent = webhookHeaders([published.secret], published.id, published.seconds, published.body);
  expect(sent['webhook-signature']).toBe(published.signature);
  const read = await verifyWebhook(published.secret, sent, published.body, { now: published.seconds * 1000 });
  expect(read).toEqual({ test: 2_432_232_314 });
});
