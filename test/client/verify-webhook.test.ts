import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { verifyWebhook } from '../../lib/client/verify-webhook.ts';

const secret = 'a secret of both sides';
const now = 1_790_000_000_000;
const seconds = now / 1000;
const event = { id: 'x.v1.ready', type: 'image.ready', at: '2026-09-21T14:13:20.000Z', data: { id: 'x', version: 1 } };
const body = JSON.stringify({ ...event, note: 'größer' });
const sign = (at: number, text: string, by = secret) => createHmac('sha256', by).update(`${at}.${text}`).digest('hex');
const header = (at = seconds, text = body, by = secret) => `t=${at},v1=${sign(at, text, by)}`;
const verify = (signature: string | undefined, text: string | Uint8Array = body, more = {}) =>
  verifyWebhook(secret, { 'darkroom-signature': signature }, text, { now, ...more });

describe('a webhook', () => {
  test('is read when its signature fits, however it was received', async () => {
    const read = JSON.parse(body);
    expect(await verify(header())).toEqual(read);
    expect(await verify(header(), Buffer.from(body))).toEqual(read);
    const headers = new Headers({ 'Darkroom-Signature': header() });
    expect(await verifyWebhook(secret, headers, body, { now })).toEqual(read);
  });

  test('is read when one of several signatures fits, as while a secret is changed', async () => {
    const older = header(seconds, body, 'the secret before');
    expect(await verify(`${older},v1=${sign(seconds, body)}`)).toEqual(JSON.parse(body));
  });

  test.each([
    ['no signature', undefined],
    ['an empty one', ''],
    ['one of another secret', header(seconds, body, 'another')],
    ['one of another body', header(seconds, `${body} `)],
    ['one of another time', `t=${seconds - 1},v1=${sign(seconds, body)}`],
    ['no time', `v1=${sign(seconds, body)}`],
    ['a time that is none', `t=x,v1=${createHmac('sha256', secret).update(`x.${body}`).digest('hex')}`],
    ['half of it', header().slice(0, -32)],
    ['one that is not hexadecimal', `t=${seconds},v1=${'z'.repeat(64)}`],
    ['a version that does not exist', header().replace('v1', 'v2')],
  ])('with %s is not read', async (_what, signature) => {
    expect(await verify(signature)).toBeUndefined();
  });

  test.each([
    [300, true],
    [301, false],
    [-300, true],
    [-301, false],
  ])('that was signed %i seconds ago is read: %s', async (age, isRead) => {
    expect((await verify(header(seconds - age))) !== undefined).toBe(isRead);
  });

  test('may be as old as the receiver says', async () => {
    expect(await verify(header(seconds - 10), body, { toleranceSeconds: 9 })).toBeUndefined();
    expect(await verify(header(seconds - 10), body, { toleranceSeconds: 10 })).toBeDefined();
  });
});
