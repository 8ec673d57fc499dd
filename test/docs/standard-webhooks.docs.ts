import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook as Library } from 'standardwebhooks';
import { openDatabase } from '../../lib/adapters/local/database.ts';
import { sqliteOutbox } from '../../lib/adapters/local/sqlite-outbox.ts';
import { startWebhook } from '../../lib/local/webhook.ts';
import { type Delivery, startReceiver } from '../support/receiver.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// What we send, verified by the libraries of Standard Webhooks for JavaScript and, as docs/webhooks.md says, for Python.

const fresh = () => `whsec_${randomBytes(32).toString('base64')}`;
const [next, before, foreign] = [fresh(), fresh(), fresh()];
const plain = 'a secret of both sides';
const encoded = `whsec_${Buffer.from(plain).toString('base64')}`;

const deliver = async (secrets: readonly string[]): Promise<Delivery> => {
  const receiver = await startReceiver();
  const database = openDatabase(':memory:');
  const event = JSON.stringify({
    ...{ type: 'image.failed', id: 'a'.repeat(26), version: 1, at: Date.now() },
    error: { code: 'corrupt', message: 'größer – \u{1F5BC}' },
  });
  database.prepare('INSERT INTO events (event, due_at) VALUES (?, 0)').run(event);
  const nothing = () => undefined;
  const webhook = startWebhook(
    {
      ...{ outbox: sqliteOutbox(database), clock: { now: Date.now }, release: '0' },
      chance: { bytes: (count) => new Uint8Array(count) },
      log: { info: nothing, warn: nothing, error: nothing },
    },
    { url: receiver.url, secrets, mayBeInside: true, timeoutMs: 100_000, pollMs: 20, atOnce: 1 },
  );
  const [delivery] = await receiver.received(1);
  await webhook.stop(100_000);
  await receiver.close();
  database.close();
  if (delivery === undefined) throw new Error('Nothing was delivered.');
  return delivery;
};

const page = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
const [, onPage = ''] = /```python\n([\s\S]*?)```/.exec(page) ?? [];

const program = `
import json, sys
from standardwebhooks import WebhookVerificationError
sent = json.load(sys.stdin)
secret, body, headers = sent["secret"], sent["body"], sent["headers"]
try:
${onPage.replaceAll(/^(?=.)/gm, '    ')}
    print(json.dumps(event))
except WebhookVerificationError as error:
    print(json.dumps({"refused": str(error)}))
`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  const wanted = ['standardwebhooks==1.1.0', '--no-deps', '--quiet', '--target', folder.path];
  execFileSync('python3', ['-m', 'pip', 'install', ...wanted], { stdio: ['ignore', 'ignore', 'inherit'] });
});
afterAll(() => folder?.remove());

type Verify = (secret: string, delivery: Delivery) => unknown;
const libraries: Readonly<Record<string, Verify>> = {
  JavaScript: (secret, { headers, body }) => {
    try {
      return new Library(secret).verify(body, headers as Record<string, string>);
    } catch (error) {
      return { refused: (error as Error).name };
    }
  },
  Python: (secret, { headers, body }) => {
    const env = { ...process.env, PYTHONPATH: folder.path, PYTHONIOENCODING: 'utf-8' };
    return JSON.parse(
      execFileSync('python3', ['-c', program], {
        env,
        input: JSON.stringify({ secret, headers, body }),
        encoding: 'utf8',
      }),
    );
  },
};

describe.each(Object.entries(libraries))('the library of Standard Webhooks for %s', (_language, verify) => {
  test('verifies a delivery, also by either secret while one is replaced', async () => {
    const once = await deliver([next]);
    expect(verify(next, once)).toEqual(once.event);
    const both = await deliver([next, before]);
    expect([verify(next, both), verify(before, both)]).toEqual([both.event, both.event]);
  });

  test('verifies a secret of another form once it is encoded', async () => {
    const delivery = await deliver([plain]);
    expect(verify(encoded, delivery)).toEqual(delivery.event);
  });

  test('refuses another secret, another body and another id', async () => {
    const delivery = await deliver([next]);
    const refused = { refused: expect.any(String) };
    expect(verify(foreign, delivery)).toEqual(refused);
    expect(verify(next, { ...delivery, body: `${delivery.body} ` })).toEqual(refused);
    expect(verify(next, { ...delivery, headers: { ...delivery.headers, 'webhook-id': 'another' } })).toEqual(refused);
  });
});
