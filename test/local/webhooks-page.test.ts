import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { openDatabase } from '../../lib/adapters/local/database.ts';
import { sqliteOutbox } from '../../lib/adapters/local/sqlite-outbox.ts';
import { delayAfter } from '../../lib/core/redelivery.ts';
import { startWebhook } from '../../lib/local/webhook.ts';
import { notification } from '../../lib/messages.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/webhooks.md'), 'utf8');
const block = (language: string) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1] ?? '';
const secret = 'a-secret-of-both-sides';

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
};

test('the receiver of docs/webhooks.md takes what we sign, once, and nothing else', async () => {
  const folder = await temporaryFolder();
  const port = await freePort();
  const receiver = join(folder.path, 'receiver.ts');
  await writeFile(receiver, block('ts').replace("'./lib/", `'${pathToFileURL(root)}/lib/`));
  const child = spawn(process.execPath, [receiver], {
    env: { PATH: process.env.PATH, PORT: String(port), DARKROOM_WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const lines: string[] = [];
  const say = (message: string) => void lines.push(message);
  const database = openDatabase(':memory:');
  const id = 'a'.repeat(26);
  const event = JSON.stringify({ type: 'image.deleted', id, at: 0 });
  for (const _twice of [1, 2]) database.prepare('INSERT INTO events (event, due_at) VALUES (?, 0)').run(event);
  let now = Date.now();
  const webhook = startWebhook(
    {
      outbox: sqliteOutbox(database),
      // As soon as an attempt has failed, for want of a receiver that listens, the next one is due.
      clock: { now: () => now },
      log: { info: say, warn: say, error: say },
      release: '0',
    },
    { url: `http://127.0.0.1:${port}`, secret, timeoutMs: 10_000, pollMs: 20, atOnce: 1 },
  );
  try {
    for (let waited = 0; lines.filter((line) => line === 'an event was delivered').length < 2; waited += 50) {
      if (waited > 15_000) throw new Error(`not delivered: ${lines.join()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (lines.length > 0 && lines.at(-1) !== 'an event was delivered') now += 1000;
    }
    const forged = await fetch(`http://127.0.0.1:${port}`, {
      method: 'POST',
      headers: { 'darkroom-signature': `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}` },
      body: event,
    });
    expect(forged.status).toBe(401);
    expect(output).toBe(`image.deleted ${id}\n`);
  } finally {
    await webhook.stop(0);
    child.kill('SIGKILL');
    await folder.remove();
  }
});

test('the payload of docs/webhooks.md is one that we send', () => {
  expect(notification.parse(JSON.parse(block('json'))).type).toBe('image.failed');
  for (const type of notification.shape.type.options) expect(page).toContain(`| \`${type}\` |`);
});

test('the schedule of docs/webhooks.md is the one that we keep', () => {
  expect([delayAfter(1), delayAfter(2), delayAfter(15)]).toEqual([5000, 10_000, 2 * 3600_000]);
  expect(page).toContain('after 5 seconds, then after twice as long each time, up to every 2 hours, for a day');
});
