import type { ServerResponse } from 'node:http';
import type { LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../lib/adapters/local/database.ts';
import { sqliteOutbox } from '../../lib/adapters/local/sqlite-outbox.ts';
import { verifyWebhook } from '../../lib/client/verify-webhook.ts';
import { delayAfter } from '../../lib/local/redelivery.ts';
import { startWebhook, type Webhook } from '../../lib/local/webhook.ts';
import { type Delivery, type Receiver, startReceiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const t0 = 1_790_000_000_000;
const secret = 'a secret of both sides';
const [a, b, c] = ['a'.repeat(26), 'b'.repeat(26), 'c'.repeat(26)];

let now: number;
let database: Database;
let receiver: Receiver;
let elsewhere: Receiver;
let webhook: Webhook;
let lines: { level: string; message: string; [fact: string]: unknown }[];
/** How often the clock was read: at least once by every look at the outbox, but for those while as many deliveries are under way as may be. */
let looks: number;

const clock = {
  now: () => {
    looks++;
    return now;
  },
};
/** The longest wait, unless a test says otherwise. */
let chosen: number;
const chance = { bytes: (count: number) => new Uint8Array(count).fill(chosen) };
const at = (level: string) => (message: string, facts?: object) => void lines.push({ level, message, ...facts });
const start = ({
  url = receiver.url,
  timeoutMs = 100_000,
  ...more
}: Partial<Parameters<typeof startWebhook>[1]> = {}): void => {
  webhook = startWebhook(
    {
      outbox: sqliteOutbox(database),
      clock,
      chance,
      log: { info: at('info'), warn: at('warn'), error: at('error') },
      release: '1.2.3',
    },
    { url, secrets: [secret], mayBeInside: true, timeoutMs, pollMs: 10, atOnce: 2, ...more },
  );
};
const file = (id: string, version = 1): void => {
  const event = JSON.stringify({ type: 'image.ready', id, version, at: now });
  database.prepare('INSERT INTO events (event, due_at) VALUES (?, ?)').run(event, now);
};
const state = () =>
  database
    .prepare('SELECT attempts, delivered_at AS delivered, given_up_at AS givenUp FROM events ORDER BY sequence')
    .all()
    .map((row) => ({ ...row }));
const when = (holds: () => boolean) => until(holds, () => `waited in vain: ${JSON.stringify([state(), lines])}`);
/** The outbox was read once more, and what it held was sent. */
const looked = async (): Promise<void> => {
  const before = looks;
  await when(() => looks >= before + 5);
  await sleep(20);
};
const said = (message: string) => lines.filter((line) => line.message.includes(message));

beforeEach(async () => {
  now = t0;
  lines = [];
  looks = 0;
  chosen = 255;
  database = openDatabase(':memory:');
  receiver = await startReceiver();
  elsewhere = await startReceiver();
});
afterEach(async () => {
  await webhook.stop(0);
  await receiver.close();
  await elsewhere.close();
  database.close();
});

const upgrade = 'connection: upgrade\r\nupgrade: other';

describe('a delivery', () => {
  test('is a POST of the event as JSON, with a signature that its receiver can verify', async () => {
    file(a, 2);
    start();
    const [delivery] = await receiver.received(1);
    expect(delivery).toMatchObject({
      method: 'POST',
      path: '/hook',
      headers: { 'content-type': 'application/json', 'user-agent': 'Darkroom/1.2.3' },
      event: { id: `${a}.v2.ready`, type: 'image.ready', at: new Date(t0).toISOString(), data: { id: a, version: 2 } },
    });
    const { headers = {}, body = '', event } = delivery ?? {};
    expect(headers).toMatchObject({
      'webhook-id': `${a}.v2.ready`,
      'webhook-timestamp': `${t0 / 1000}`,
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    });
    expect(await verifyWebhook(secret, headers, body, { now })).toEqual(event);
    expect(await verifyWebhook('another secret', headers, body, { now })).toBeUndefined();
  });

  test('is signed by every secret while one is replaced, so a receiver may know either', async () => {
    const [old, next] = ['the secret before', `whsec_${Buffer.alloc(32, 7).toString('base64')}`];
    file(a);
    start({ secrets: [next, old] });
    const [delivery] = await receiver.received(1);
    const { headers = {}, body = '', event } = delivery ?? {};
    expect(headers).toMatchObject({ 'webhook-signature': expect.stringMatching(/^v1,\S+ v1,\S+$/) });
    for (const known of [next, old]) expect(await verifyWebhook(known, headers, body, { now })).toEqual(event);
    expect(await verifyWebhook(secret, headers, body, { now })).toBeUndefined();
  });

  test.each([200, 201, 204])('that is answered with %i is not repeated', async (status) => {
    receiver.answer = status;
    file(a);
    start();
    await when(() => state()[0]?.delivered === t0);
    now += 48 * 3600_000;
    await looked();
    expect(receiver.deliveries).toHaveLength(1);
  });

  test.each([
    ['an answer of 500', 500, 'the receiver answered 500'],
    ['an answer of 404', 404, 'the receiver answered 404'],
    ['an answer of 410', 410, 'the receiver answered 410'],
    [
      'another protocol (101)',
      ({ socket }: ServerResponse) => socket?.end(`HTTP/1.1 101 Switching\r\n${upgrade}\r\n\r\n`),
      'the receiver answered 101',
    ],
    ['a hang', () => undefined, 'TimeoutError'],
    ['a broken connection', (response: { destroy(): void }) => response.destroy(), 'ECONNRESET'],
  ])(
    'that ends in %s is repeated after 5 s, with the same id and a signature of then',
    async (_what, answer, failure) => {
      receiver.answer = answer as Receiver['answer'];
      file(a);
      start(failure === 'TimeoutError' ? { timeoutMs: 100 } : {});
      await when(() => said('could not be delivered').length === 1);
      expect(lines).toMatchObject([{ level: 'warn', event: `${a}.v1.ready`, attempt: 1, failure, nextInSeconds: 5 }]);
      now += 4999;
      await looked();
      expect(state()).toMatchObject([{ attempts: 1 }]);

      // The next attempt may take its time.
      await webhook.stop(0);
      receiver.answer = 200;
      start();
      now += 1;
      const isSecond = ({ headers }: Delivery) => headers['webhook-timestamp'] === `${t0 / 1000 + 5}`;
      const second = await until(() => receiver.deliveries.find(isSecond));
      expect(second.event.id).toBe(`${a}.v1.ready`);
      for (const { body } of receiver.deliveries) expect(body).toBe(second.body);
      await when(() => state()[0]?.delivered === now);
    },
  );

  test('waits for a time that chance chooses, so that receivers that were down together are not asked together', async () => {
    receiver.answer = 500;
    chosen = 0;
    file(a);
    start();
    await when(() => said('could not be delivered').length === 1);
    expect(lines).toMatchObject([{ nextInSeconds: 2.5 }]);
    chosen = 51;
    now += 2500;
    await when(() => said('could not be delivered').length === 2);
    expect(lines[1]).toMatchObject({ nextInSeconds: 6 });
  });

  test('follows no redirect, and takes one for a failure', async () => {
    for (const status of [301, 302, 307, 308]) {
      receiver.answer = (response) => response.writeHead(status, { location: elsewhere.url }).end();
      file(`${status}`.padEnd(26, 'x'));
    }
    start();
    await when(() => said('could not be delivered').length === 4);
    expect(elsewhere.deliveries).toHaveLength(0);
  });

  test.each([
    ['an address inside the network', 'http://127.0.0.1', []],
    ['a name of this machine', 'http://localhost', []],
    ['a name that leads inside', 'http://app.example', ['10.0.0.7']],
    ['a name that leads outside and inside', 'http://app.example', ['203.0.113.9', '127.0.0.1']],
  ])('to %s is not begun unless that is allowed', async (_what, origin, addresses) => {
    const { port } = new URL(receiver.url);
    const found = addresses.map((address) => ({ address, family: 4 }));
    const lookup: LookupFunction = (_name, _options, callback) => callback(null, found);
    file(a);
    start({ url: `${origin}:${port}/hook`, mayBeInside: false, lookup });
    await when(() => said('could not be delivered').length === 1);
    expect(lines[0]?.failure).toContain('DARKROOM_WEBHOOK_PRIVATE=allow');
    expect(receiver.deliveries).toHaveLength(0);
  });

  test('to a name goes where the name leads', async () => {
    const found = { address: '127.0.0.1', family: 4 };
    const lookup: LookupFunction = (_name, { all }, callback) =>
      all ? callback(null, [found]) : callback(null, found.address, found.family);
    file(a);
    start({ url: receiver.url.replace('127.0.0.1', 'app.example'), lookup });
    expect((await receiver.received(1))[0]?.headers.host).toContain('app.example');
  });

  test('to an address where no server answers is repeated until one does', async () => {
    // No program listens there, and none may without special rights.
    start({ url: 'http://127.0.0.1:2/hook' });
    file(a);
    await when(() => said('could not be delivered').length === 1);
    expect(lines).toMatchObject([{ failure: 'ECONNREFUSED' }]);
    await webhook.stop(0);
    start();
    now += 5000;
    expect((await receiver.received(1))[0]?.event.data.id).toBe(a);
  });

  test('is tried for a day, then given up, kept and logged; a replay begins anew', async () => {
    receiver.answer = 503;
    file(a);
    start();
    let attempts = 0;
    for (let delay: number | undefined = 0; delay !== undefined; delay = delayAfter(attempts, 1)) {
      now += delay;
      attempts++;
      await when(() => lines.length === attempts);
    }
    expect(attempts).toBeGreaterThan(15);
    expect(lines.at(-1)).toMatchObject({ level: 'error', attempt: attempts, failure: 'the receiver answered 503' });
    expect(lines.at(-1)?.message).toContain('darkroom events replay');
    expect(state()).toEqual([{ attempts, delivered: null, givenUp: now }]);
    now += 30 * 24 * 3600_000;
    await looked();
    expect(receiver.deliveries).toHaveLength(attempts);

    receiver.answer = 200;
    expect(sqliteOutbox(database).replay({ since: t0 }, now)).toBe(1);
    await when(() => state()[0]?.delivered === now);
    expect(receiver.deliveries.at(-1)?.event.id).toBe(receiver.deliveries[0]?.event.id);
  });
});

describe('deliveries', () => {
  test('rest for 5 s when they cannot be noted, instead of being repeated at once', async () => {
    file(a);
    database.exec('PRAGMA query_only = ON');
    start();
    await when(() => said('the outbox cannot be used').length === 1);
    await looked();
    expect(receiver.deliveries).toHaveLength(1);
    database.exec('PRAGMA query_only = OFF');
    now += 5000;
    await when(() => state()[0]?.delivered === now);
    expect(receiver.deliveries).toHaveLength(2);
  });

  test('of one image keep their order, also when one of them fails', async () => {
    receiver.answer = (response) => response.writeHead(receiver.deliveries.length === 1 ? 500 : 200).end();
    for (const version of [1, 2, 3]) file(a, version);
    start();
    await when(() => said('could not be delivered').length === 1);
    now += 5000;
    await when(() => state().every((row) => row.delivered !== null));
    expect(receiver.deliveries.map(({ event }) => event.data.version)).toEqual([1, 1, 2, 3]);
  });

  test('rest for 5 s after each failure when ten have failed in a row, and hurry again after the first that does not', async () => {
    const open: ServerResponse[] = [];
    receiver.answer = (response) => void open.push(response);
    const fail = async () => {
      const failed = said('could not be delivered').length;
      open.shift()?.writeHead(500).end();
      await when(() => said('could not be delivered').length === failed + 1);
    };
    for (let n = 0; n < 26; n++) file(String.fromCharCode(97 + n).repeat(26));
    start();
    for (let n = 0; n < 10; n++) {
      await when(() => open.length === 2);
      await fail();
    }
    await looked();
    expect(open).toHaveLength(1);
    await fail();
    await looked();
    expect(receiver.deliveries).toHaveLength(11);

    now += 5000;
    await when(() => open.length === 2);
    await fail();
    await looked();
    expect(open).toHaveLength(1);

    receiver.answer = 200;
    open.shift()?.writeHead(200).end();
    await when(() => said('was delivered').length === 1);
    now += 10_000;
    await when(() => state().every((row) => row.delivered !== null));
  });

  test('of other images go on while one hangs', async () => {
    receiver.answer = (response, { event }) => {
      if (event.data.id !== a) response.writeHead(200).end();
    };
    file(a);
    file(b);
    file(c);
    start();
    await when(() => said('was delivered').length === 2);
    expect(state().map((row) => row.delivered)).toEqual([null, t0, t0]);
  });

  test('under way at the same time are never more than so many', async () => {
    const open: ServerResponse[] = [];
    receiver.answer = (response) => void open.push(response);
    for (let n = 0; n < 12; n++) file(`${String.fromCharCode(97 + n)}`.repeat(26));
    start();
    for (let answered = 0; answered < 12; answered += 2) {
      await when(() => open.length === 2);
      await sleep(30);
      expect(open).toHaveLength(2);
      for (const response of open.splice(0)) response.writeHead(200).end();
    }
    await when(() => said('was delivered').length === 12);
  });

  test('that a stop cuts off are due again at once after the next start', async () => {
    receiver.answer = () => undefined;
    file(a);
    start();
    await receiver.received(1);
    await webhook.stop(0);
    expect(state()).toEqual([{ attempts: 0, delivered: null, givenUp: null }]);
    receiver.answer = 200;
    start();
    await when(() => state()[0]?.delivered === t0);
    expect(receiver.deliveries.map(({ event }) => event.id)).toEqual([`${a}.v1.ready`, `${a}.v1.ready`]);
  });

  test('that are under way may end while the service stops', async () => {
    const open: ServerResponse[] = [];
    receiver.answer = (response) => void open.push(response);
    file(a);
    start();
    await receiver.received(1);
    const stopped = webhook.stop(100_000);
    open.shift()?.writeHead(200).end();
    await stopped;
    expect(state()[0]?.delivered).toBe(t0);
  });
});
