import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { openDatabase } from '../../lib/adapters/local/database.ts';
import { sqliteOutbox } from '../../lib/adapters/local/sqlite-outbox.ts';
import { notification } from '../../lib/contract/events.ts';
import { delayAfter } from '../../lib/local/redelivery.ts';
import { startWebhook, type Webhook } from '../../lib/local/webhook.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/webhooks.md'), 'utf8');
const block = (language: string) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1] ?? '';
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

test('the receiver of docs/webhooks.md takes what we sign, once, and nothing else', async () => {
  const folder = await temporaryFolder();
  const port = await freePort();
  const receiver = join(folder.path, 'receiver.ts');
  await writeFile(receiver, block('ts').replace("'./lib/", `'${pathToFileURL(root)}/lib/`));
  const child = spawn(process.execPath, [receiver], {
    env: { PATH: process.env.PATH, PORT: String(port), DARKROOM_WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  const url = `http://127.0.0.1:${port}`;
  const post = async (headers: Record<string, string>) =>
    (await fetch(url, { method: 'POST', headers, body: event })).status;
  const isListening = () =>
    post({}).then(
      () => true,
      () => false,
    );
  const lines: string[] = [];
  const say = (message: string) => void lines.push(message);
  const database = openDatabase(':memory:');
  const id = 'a'.repeat(26);
  const event = JSON.stringify({ type: 'image.deleted', id, at: 0 });
  for (const _twice of [1, 2]) database.prepare('INSERT INTO events (event, due_at) VALUES (?, 0)').run(event);
  let webhook: Webhook | undefined;
  try {
    await until(isListening, () => `the receiver does not listen: ${output}`);
    webhook = startWebhook(
      {
        outbox: sqliteOutbox(database),
        clock: { now: Date.now },
        chance: { bytes: (count) => new Uint8Array(count) },
        log: { info: say, warn: say, error: say },
        release: '0',
      },
      { url, secrets: [secret], mayBeInside: true, timeoutMs: 100_000, pollMs: 20, atOnce: 1 },
    );
    await until(
      () => lines.length >= 2,
      () => `not delivered: ${lines.join()}`,
    );
    expect(lines).toEqual(['an event was delivered', 'an event was delivered']);
    const forged = {
      'webhook-id': `${id}.deleted`,
      'webhook-timestamp': `${Math.floor(Date.now() / 1000)}`,
      'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
    };
    expect(await post(forged)).toBe(401);
  } finally {
    await webhook?.stop(0);
    child.kill('SIGKILL');
    await closed;
    database.close();
    await folder.remove();
  }
  expect(output).toBe(`image.deleted ${id}\n`);
});

test('the payload of docs/webhooks.md is one that we send', () => {
  expect(notification.parse(JSON.parse(block('json'))).type).toBe('image.failed');
  for (const type of notification.shape.type.options) expect(page).toContain(`| \`${type}\` |`);
});

test('the schedule of docs/webhooks.md is the one that we keep', () => {
  expect([1, 2, 15].map((attempts) => delayAfter(attempts, 1))).toEqual([5000, 10_000, 2 * 3600_000]);
  expect(delayAfter(2, 0)).toBe(5000);
  expect(page).toContain('Chance takes up to half of each wait away');
  expect(page).toContain('after 5 seconds, then after twice as long each time, up to 2 hours, for about a day');
});
