import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ticket } from '../../lib/contract/answers.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { imageOnce, isDone, type Service, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

// The commands of README.md, docs/one-box.md and docs/webhooks.md that need neither root nor a cloud, as they stand there.

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = { readme: read('README.md'), oneBox: read('docs/one-box.md'), webhooks: read('docs/webhooks.md') };
const block = (page: keyof typeof pages, beginning: string): string => {
  const found = [...pages[page].matchAll(/```sh\n([\s\S]*?)```/g)].map(([, script = '']) => script);
  const [script, ...others] = found.filter((text) => text.startsWith(beginning));
  if (script === undefined || others.length > 0) throw new Error(`${page} has not one block that begins ${beginning}`);
  return script;
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
let photo: Uint8Array<ArrayBuffer>;
let environment: Record<string, string | undefined>;
beforeAll(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, 'data');
  photo = await bytesOf(noise(300, 200).jpeg());
  await writeFile(join(folder.path, 'photo.jpg'), photo);
  const bin = join(folder.path, 'bin');
  await mkdir(bin);
  // What both would run in a checkout.
  const program = `'${process.execPath}' '${join(root, 'bin/darkroom.ts')}'`;
  await writeFile(join(bin, 'npx'), `#!/bin/sh\nshift\nexec ${program} "$@"\n`);
  await writeFile(join(bin, 'npm'), `#!/bin/sh\n[ "$*" = start ] && exec ${program} serve\n`);
  for (const name of ['npx', 'npm']) await chmod(join(bin, name), 0o755);
  const path = [bin, dirname(process.execPath), process.env.PATH].join(delimiter);
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  environment = { ...inherited, PATH: path, DARKROOM_DATA: data, DARKROOM_PORT: '0' };
});
afterAll(() => folder.remove());

const run = async (script: string, cwd = folder.path, more: Record<string, string> = {}): Promise<string> => {
  const env = { ...environment, ...more };
  const { stdout, stderr } = await promisify(execFile)('bash', ['-eu', '-c', script], { cwd, env });
  return stdout + stderr;
};

describe('The settings on the page start a service', () => {
  const littleMemory = () => block('oneBox', 'export DARKROOM_WORKERS=1');
  test.each([
    ['docs/one-box.md, little memory', littleMemory],
    ['docs/one-box.md, 256 MB', () => block('oneBox', 'export DARKROOM_LITTLE_MEMORY=on') + littleMemory()],
    ['docs/one-box.md, a CDN in front', () => block('oneBox', 'DARKROOM_PURGE_URL=')],
    ['docs/webhooks.md', () => block('webhooks', 'DARKROOM_WEBHOOK_URL=')],
  ])('%s', async (name, script) => {
    const own = join(folder.path, name.replace(/\W/g, ''));
    // In a group of its own, because bash does not pass a signal on.
    const child: ChildProcess = spawn('bash', ['-eu', '-c', script()], {
      cwd: folder.path,
      detached: true,
      env: { ...environment, DARKROOM_DATA: own },
    });
    const closed = once(child, 'close');
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (chunk) => {
        output += chunk;
      });
    await until(() => output.includes('Darkroom is ready: ') || child.exitCode !== null);
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await closed;
    expect(output).toMatch(/^Darkroom is ready: http:\S+\n/);
  });
});

test('README.md: the call of curl is answered with a ticket for the photo', async () => {
  const service = await startService(join(folder.path, 'readme'), { DARKROOM_WORKERS: '1' });
  const answer = await run(block('readme', 'curl').replace('localhost:8787', service.url));
  const ticket = JSON.parse(answer.slice(answer.indexOf('{'))) as Ticket;
  const { method, url, headers } = ticket.upload;
  expect((await fetch(url, { method, headers, body: photo })).status).toBe(200);
  expect(await imageOnce(service, ticket.id, isDone)).toMatchObject({ status: 'ready', filename: 'photo.jpg' });
  await service.stop();
});

test('docs/one-box.md and docs/webhooks.md: failed images, faults, a backup, a lost database and the trash', async () => {
  const start = (): Promise<Service> => startService(data, { DARKROOM_WORKERS: '1' });
  const before = await start();
  const { id } = await upload(before, photo, { preset: 'gallery' });
  await imageOnce(before, id, isDone);
  const at = { DARKROOM_URL: before.url };
  expect(await run(block('oneBox', 'npx darkroom reprocess --failed gave-up'), data, at)).toContain('No image');
  expect(await run(block('oneBox', 'npx darkroom verify --repair'), data, at)).toContain('1 image, 4 files verified');
  // The second command names an image that is not here.
  expect(await run(block('webhooks', 'npx darkroom events replay'))).toMatch(/^[^\n]*: 1\.\n[^\n]*: 0\.\n$/);
  const backup = join(folder.path, 'mnt');
  const here = (script: string) => script.replaceAll('/mnt/backup', backup);
  await mkdir(backup);
  expect(await run(here(block('oneBox', 'npx darkroom backup')))).toContain('originals: 1.');
  await before.stop();

  const original = join(data, 'private', originalKey({ id, version: 1 }));
  await rm(original);
  expect(await run(here(block('oneBox', 'npx darkroom restore')))).toContain('are back: 1.');
  expect(new Uint8Array(await readFile(original))).toEqual(photo);

  await rename(join(data, 'darkroom.db'), join(folder.path, 'damaged.db'));
  for (const rest of ['-wal', '-shm']) await rm(join(data, `darkroom.db${rest}`), { force: true });
  expect(await run(block('oneBox', 'npx darkroom rebuild'))).toContain('Images with something new: 1.');

  const trash = block('oneBox', 'cp -al private/.trash');
  const day = /\.trash\/([\d-]+)\//.exec(trash)?.[1] ?? '';
  const trashed = join(data, 'private/.trash', day, originalKey({ id, version: 1 }));
  await mkdir(dirname(trashed), { recursive: true });
  await mkdir(join(data, 'public/.trash', day), { recursive: true });
  await rename(original, trashed);
  await run(trash, data);
  expect(new Uint8Array(await readFile(original))).toEqual(photo);
  const after = await start();
  expect((await after.call('GET', `/v1/images/${id}`)).status).toBe(200);
  await after.stop();
});
