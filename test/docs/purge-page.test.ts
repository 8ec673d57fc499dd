import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { purgeHook } from '../../lib/adapters/local/purge-hook.ts';
import { freePort } from '../support/free-port.ts';
import { rawRequest } from '../support/raw-request.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

// The receiver of docs/one-box.md and its `forget` for nginx, run as they stand there.

const page = readFileSync(join(import.meta.dirname, '../../docs/one-box.md'), 'utf8');
const [receiver = '', forNginx = ''] = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, block = '']) => block);
const secret = 'a-secret-of-both-sides';
const [gone, kept] = ['a'.repeat(26), 'b'.repeat(26)];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let cache: string;
let program: ChildProcess;
let url: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  cache = join(folder.path, 'cache');
  await mkdir(join(cache, '0', 'a1'), { recursive: true });
  await writeFile(join(folder.path, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder.path, 'receiver.js'), receiver);
  await writeFile(join(folder.path, 'forget.js'), forNginx);
  const port = await freePort();
  url = `http://127.0.0.1:${port}/purge`;
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const env = { ...inherited, PORT: String(port), DARKROOM_PURGE_SECRET: secret, NGINX_CACHE: cache };
  program = spawn(process.execPath, [join(folder.path, 'receiver.js')], { env, stdio: 'ignore' });
  await until(() =>
    rawRequest(url).then(
      () => true,
      () => false,
    ),
  );
});
afterAll(async () => {
  program?.kill('SIGKILL');
  await folder?.remove();
});

/** As nginx keeps it: its own header, the key in a line, the head of the answer, the body. */
const cached = (name: string, key: string): Promise<void> =>
  writeFile(
    join(cache, '0', 'a1', name),
    Buffer.concat([Buffer.alloc(330, 1), Buffer.from(`\nKEY: ${key}\nHTTP/1.1 200 OK\r\n\r\n`), Buffer.alloc(9000, 7)]),
  );
const left = () => readdir(join(cache, '0', 'a1'));

test('the receiver on the page, with nginx, forgets every file of the deleted image and none of another', async () => {
  await cached('1', `/images/${gone}/v1/640w.avif`);
  await cached('2', `/images/${gone}/v2/640w`);
  await cached('3', `/images/${kept}/v1/640w.avif`);
  const edge = purgeHook({ url, secret, timeoutMs: 10_000 });
  expect(await edge.forget([gone], 'deleted')).toBe(1);
  expect(await left()).toEqual(['3']);
  expect(await edge.forget([gone], 'deleted')).toBe(1);
});

test('the receiver on the page refuses a call without the secret', async () => {
  const stranger = purgeHook({ url, secret: 'a-secret-of-a-stranger', timeoutMs: 10_000 });
  await expect(stranger.forget([kept], 'deleted')).rejects.toThrow('401');
  expect(await left()).toContain('3');
});
