import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startOnTerminal } from '../support/command.ts';
import { type FlakyProxy, type Mishap, startFlakyProxy } from '../support/flaky-proxy.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { imageOnce, isDone, type Service, startServiceOnKnownPort, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

// Progress on a pseudo-terminal. Requests are held until the display shows where the work is, so no speed matters.
// test/commands/upload.service.ts and render.service.ts do the same with their commands.

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let proxy: FlakyProxy;
let service: Service;
let ids: readonly string[];
let round = 0;
const collection = () => `round-${round}`;
const names = ['a.jpg', 'b.jpg'];
const old = () => join(folder.path, 'old');
const map = () => join(folder.path, 'map.jsonl');

beforeAll(async () => {
  folder = await temporaryFolder();
  proxy = await startFlakyProxy();
  const started = await startServiceOnKnownPort(join(folder.path, 'data'), { DARKROOM_PUBLIC_URL: proxy.url });
  proxy.target = `http://127.0.0.1:${started.port}`;
  service = started;
  await mkdir(old());
});
beforeEach(async () => {
  proxy.forget();
  round++;
  const photos = await Promise.all(names.map(() => bytesOf(noise(200, 150).jpeg())));
  const tickets = await Promise.all(
    photos.map((photo) => upload(service, photo, { preset: 'gallery', collection: collection() })),
  );
  ids = tickets.map(({ id }) => id);
  for (const id of ids) await imageOnce(service, id, isDone);
  for (const [at, name] of names.entries()) await writeFile(join(old(), name), photos[at] ?? '');
  const lines = ids.map((id, at) => ({ old: names[at], id, version: 1, url: 'unread', manifest: 'unread' }));
  await writeFile(map(), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
});
afterAll(async () => {
  await service.stop();
  await proxy.close();
  await folder.remove();
});

const start = (...args: readonly string[]) =>
  startOnTerminal(args, { DARKROOM_URL: proxy.url, XDG_STATE_HOME: join(folder.path, 'state') });

type Held = readonly [method: string, path: string, mishap: Mishap];
type Case = readonly [string, args: () => readonly string[], held: () => readonly Held[], doing: string, unit: string];
const heldFor = (held: (id: string) => Held) => () => ids.map(held);

test.each<Case>([
  [
    'download',
    () => [...ids, '--out', join(folder.path, 'downloaded')],
    heldFor((id) => ['GET', `/originals/${id}/`, 'halfway']),
    `[${'#'.repeat(10)}${'-'.repeat(10)}] `,
    'files',
  ],
  [
    'delete',
    () => [...ids, '--yes'],
    heldFor((id) => ['DELETE', `/v1/images/${id}`, 'stalled']),
    'deleting ',
    'images',
  ],
  [
    'verify',
    () => ['--collection', collection()],
    heldFor((id) => ['GET', `/${id}/v1/manifest.json`, 'stalled']),
    'verifying ',
    'images',
  ],
  [
    'compare',
    () => [map(), '--old', old()],
    heldFor((id) => ['GET', `/v1/images/${id}`, 'stalled']),
    'comparing a.jpg',
    'pictures',
  ],
  [
    'import',
    () => [old(), '--map', join(folder.path, 'new-map.jsonl'), '--preset', 'gallery', '--collection', 'imported'],
    () => names.map(() => ['GET', '/v1/images/', 'stalled'] as const),
    `[${'#'.repeat(20)}] rendering `,
    'files',
  ],
])('darkroom %s moves its progress on a terminal', async (command, args, held, doing, unit) => {
  for (const one of held()) proxy.plan(...one);
  const { stdout, ended } = start(command, ...args());
  await until(() => stdout().includes(doing) && stdout().includes(`0 of 2 ${unit}`), stdout);
  proxy.release();
  await until(() => stdout().includes(`1 of 2 ${unit}`), stdout);
  proxy.release();
  expect((await ended).code).toBe(0);
  // Nothing of it is left above what the command says last.
  expect(stdout().slice(stdout().lastIndexOf(`of 2 ${unit}`))).toContain('\u001b[J');
});

/** Back to the beginning of the line, and all of it erased. */
const empty = '\r\u001b[K';

test('darkroom reprocess --wait shows where the job is on a terminal, and its table begins on an empty line', async () => {
  proxy.plan('GET', '/v1/jobs/', 'stalled');
  const { stdout, ended } = start('reprocess', '--collection', collection(), '--wait');
  await until(() => stdout().includes(`${empty}counting the images`) || stdout().includes(' of 2 images'), stdout);
  proxy.release();
  expect((await ended).code).toBe(0);
  expect(stdout()).toContain(`${empty}\u001b[1mJOB `);
});
