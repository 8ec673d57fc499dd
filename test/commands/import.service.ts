import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { readPathMap } from '../../lib/commands/path-map.ts';
import { jsonLines, runCommand, startCommand } from '../support/command.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let here: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(join(folder.path, 'data'));
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});
beforeEach(async () => {
  here = await temporaryFolder();
  for (const name of names) {
    await mkdir(join(here.path, 'old', name, '..'), { recursive: true });
    await writeFile(join(here.path, 'old', name), await bytesOf(noise(200, 150).jpeg()));
  }
});
afterEach(() => here.remove());

const names = ['a.jpg', 'b.jpg', 'deep/c d.jpg', 'deep/e.jpg'];
const map = () => join(here.path, 'map.jsonl');
const environment = () => ({ DARKROOM_URL: service.url, XDG_STATE_HOME: join(here.path, 'state') });
const importing = () => [
  'import',
  join(here.path, 'old'),
  '--map',
  map(),
  '--preset',
  'gallery',
  '--collection',
  here.path.split('/').at(-1) ?? '',
];
const images = async (): Promise<readonly { id: string }[]> => {
  const { items } = (await service.call('GET', `/v1/images?limit=100&collection=${importing().at(-1)}`)).body as {
    items: { id: string }[];
  };
  return items;
};

test('an import that is killed and repeated uploads nothing twice, and its map names every old path', async () => {
  const killed = startCommand([...importing(), '--parallel', '1'], environment());
  await until(async () => (await images()).length >= 2);
  killed.process.kill('SIGKILL');
  await killed.ended;
  expect(await runCommand(importing(), environment())).toMatchObject({ code: 0 });
  const mapped = readPathMap(map());
  expect(mapped.map(({ old }) => old)).toEqual(names);
  expect(mapped.map(({ id }) => id).sort()).toEqual((await images()).map(({ id }) => id).sort());
  for (const { url, manifest } of mapped)
    expect([(await fetch(url)).status, (await fetch(manifest)).status]).toEqual([200, 200]);
});

test('a file that is refused is left out of the map, and a folder that is missing leaves the map as it was', async () => {
  await writeFile(join(here.path, 'old', 'b.jpg'), 'this is no picture');
  const ended = await runCommand(importing(), environment());
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('b.jpg: The file is not a picture.') });
  const left = names.filter((name) => name !== 'b.jpg');
  expect(readPathMap(map()).map(({ old }) => old)).toEqual(left);
  await rm(join(here.path, 'old'), { recursive: true });
  expect(await runCommand(importing(), environment())).toMatchObject({ code: 1 });
  expect(existsSync(map()) && readPathMap(map()).length).toBe(left.length);
});

test('compare scores both sides against the original, and names what it cannot compare', async () => {
  await runCommand(importing(), environment());
  const site = join(here.path, 'site');
  await mkdir(join(site, 'deep'), { recursive: true });
  for (const name of names.slice(0, 3))
    await writeFile(join(site, name), await bytesOf(noise(200, 150).jpeg({ quality: 40 })));
  await writeFile(join(site, 'b.jpg'), 'this is no picture');
  const ended = await runCommand(['compare', map(), '--old', site, '--variant', 'preview', '--json'], environment());
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(`b.jpg: ${join(site, 'b.jpg')} cannot be decoded as a picture. Look at it`);
  expect(ended.stderr).toContain('deep/e.jpg: ');
  const rows = jsonLines(ended).toSorted((x, y) => (String(x.old) < String(y.old) ? -1 : 1));
  expect(rows).toMatchObject(
    ['a.jpg', 'deep/c d.jpg'].map((old) => ({
      old,
      before: { width: 200, height: 150, score: expect.any(Number) },
      after: { width: 200, file: 'preview.webp', score: expect.any(Number) },
    })),
  );
  for (const { before, after } of rows as { before: { score: number }; after: { score: number } }[])
    expect(after.score).toBeGreaterThan(before.score);
});
