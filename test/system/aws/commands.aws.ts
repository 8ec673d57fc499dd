import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readPathMap } from '../../../lib/commands/path-map.ts';
import type { ImageAnswer } from '../../../lib/contract/answers.ts';
import { jsonLines, runCommand } from '../../support/command.ts';
import { bytesOf, noise } from '../../support/pictures.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { keys } from './emulated.ts';
import { startFront } from './front.ts';

// The commands that talk to a service, as programs, against the deployed stack: the same as against one machine.

// Each Lambda of the emulator starts a process.
jest.setTimeout(400_000);

const collection = 'commands';
let front: Awaited<ReturnType<typeof startFront>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let pictures: string;
let ids: readonly string[] = [];
const names = ['a.jpg', 'b.jpg', 'c.png'];

beforeAll(async () => {
  front = await startFront();
  folder = await temporaryFolder();
  pictures = join(folder.path, 'pictures');
  await mkdir(pictures);
  for (const name of names) {
    const picture = noise(200, 150);
    await writeFile(join(pictures, name), await bytesOf(name.endsWith('.png') ? picture.png() : picture.jpeg()));
  }
});
afterAll(async () => {
  await front.close();
  await folder.remove();
});

const run = (...args: string[]) =>
  runCommand(args, { DARKROOM_URL: front.url, DARKROOM_API_KEY: keys.test, XDG_STATE_HOME: folder.path });

describe('Against the deployed stack', () => {
  test('upload sends a folder, and nothing on a rerun', async () => {
    const args = ['upload', pictures, '--collection', collection, '--preset', 'gallery'];
    const sent = await run(...args, '--json');
    expect([sent.code, sent.stderr]).toEqual([0, '']);
    ids = jsonLines(sent).map(({ id }) => String(id));
    expect(new Set(ids).size).toBe(names.length);
    expect(await run(...args)).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('3 skipped') });
    const elsewhere = ['--sync', '--journal', join(folder.path, 'another.jsonl')];
    expect(await run(...args, ...elsewhere)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('3 skipped'),
    });
  });

  test('list and show know them', async () => {
    const listed = await run('list', '--collection', collection, '--json');
    expect(jsonLines(listed).map(({ id, status }) => [id, status])).toEqual(
      expect.arrayContaining(ids.map((id) => [id, 'ready'])),
    );
    const shown = await run('show', ids[0] ?? '');
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(/^status +v1 ready$/m) });
  });

  test('open names an address that a page can load, of the image and of one variant', async () => {
    for (const args of [[], ['--variant', 'preview.webp']]) {
      const opened = await run('open', ids[0] ?? '', '--print', ...args);
      expect([opened.code, opened.stderr]).toEqual([0, '']);
      const answer = await fetch(opened.stdout.trim());
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^image\//)]);
    }
  });

  test('capacity --measure takes its averages from the images of the stack', async () => {
    const measured = await run('capacity', '--images', '1000', '--measure', '--sample', '3', '--json');
    const [answer] = jsonLines(measured);
    const images = jsonLines(
      await run('list', '--status', 'ready', '--limit', '3', '--json'),
    ) as unknown as ImageAnswer[];
    const files = images.reduce((sum, { ready }) => sum + (ready?.variants.length ?? 0), 0) / images.length;
    const originalBytes = images.reduce((sum, { original }) => sum + original.bytes, 0) / images.length;
    expect(measured.code).toBe(0);
    expect(answer).toMatchObject({
      variants: Math.round(1000 * files),
      averages: { files, originalBytes, renderSeconds: expect.any(Number) },
    });
  });

  test('import maps old paths to addresses that are served, and compare scores both sides', async () => {
    const map = join(folder.path, 'map.jsonl');
    const imported = await run('import', pictures, '--map', map, '--collection', 'imported', '--preset', 'gallery');
    expect(imported).toMatchObject({ code: 0, stderr: expect.stringContaining('3 paths in the map\n') });
    const mapped = readPathMap(map);
    expect(mapped.map(({ old }) => old)).toEqual(names);
    for (const { url, manifest } of mapped)
      expect([(await fetch(url)).status, (await fetch(manifest)).status]).toEqual([200, 200]);
    const compared = await run('compare', map, '--old', pictures, '--json');
    expect([compared.code, compared.stderr]).toEqual([0, '']);
    expect(jsonLines(compared).toSorted((a, b) => (String(a.old) < String(b.old) ? -1 : 1))).toMatchObject(
      names.map((old) => ({ old, before: { width: 200 }, after: { score: expect.any(Number) } })),
    );
  });

  test('download fetches the originals as they were', async () => {
    const out = join(folder.path, 'originals');
    expect(await run('download', '--collection', collection, '--out', out)).toMatchObject({ code: 0, stderr: '' });
    const files = (await readdir(out)).sort((a, b) => a.slice(27).localeCompare(b.slice(27)));
    expect(files.map((file) => file.slice(27))).toEqual(names);
    for (const [at, name] of names.entries())
      expect(await readFile(join(out, files[at] ?? ''))).toEqual(await readFile(join(pictures, name)));
  });

  test('verify finds every byte as its manifest says', async () => {
    const ended = await run('verify', '--collection', collection);
    expect([ended.code, ended.stdout]).toEqual([0, '']);
    expect(ended.stderr).toContain('3 images, 12 files verified');
  });

  test('doctor follows a picture from ticket to delivery', async () => {
    const ended = await run('doctor', '--origin', 'https://app.example', '--json');
    expect(jsonLines(ended).filter(({ ok }) => ok !== true)).toEqual([]);
    expect(ended.code).toBe(0);
  });

  test('reprocess makes the next version of each, and jobs shows the job', async () => {
    const ended = await run('reprocess', '--collection', collection, '--preset', 'thumbnails', '--wait');
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('\tdone\t3 images: 3 done, 0 failed') });
    const [job = ''] = ended.stdout.split('\t');
    expect(await run('jobs', job)).toMatchObject({ code: 0, stdout: ended.stdout });
    expect((await run('jobs', '--limit', '5')).stdout).toContain(`${job}\tdone\t`);
  });

  test('delete removes them, and takes a repeat', async () => {
    const remove = () => run('delete', ...ids, '--yes');
    expect(await remove()).toMatchObject({ code: 0, stderr: '3 images deleted\n' });
    expect(await remove()).toMatchObject({ code: 0, stderr: '0 images deleted\n' });
    expect(await run('list', '--collection', collection)).toMatchObject({ code: 0, stdout: '' });
  });
});
