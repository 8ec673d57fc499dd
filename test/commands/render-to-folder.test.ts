import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { renderToFolder } from '../../lib/commands/render-to-folder.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;
let out: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder.path, 'photo.jpg');
  out = join(folder.path, 'out');
  await writeFile(file, await bytesOf(corners(160, 120).jpeg()));
});
afterEach(() => folder.remove());

const world = { renderer: sharpRenderer(), config };
const render = (preset = 'thumbnails') => renderToFolder(world, { file, folder: out, preset });
const manifest = async () => JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'));

test('a folder is rendered once, and again when a file of it, the manifest, the preset or the picture is another', async () => {
  const first = await render();
  expect(first.status).toBe('rendered');
  const names = (await manifest()).variants.map((one: { file: string }) => one.file);
  expect((await readdir(out)).sort()).toEqual([...names, 'manifest.json'].sort());
  expect(await render()).toEqual({ status: 'skipped', files: names.length });
  await writeFile(join(out, names[0]), 'cut');
  expect((await render()).status).toBe('rendered');
  await rm(join(out, names[0]));
  expect((await render()).status).toBe('rendered');
  await writeFile(join(out, 'manifest.json'), '{');
  expect((await render()).status).toBe('rendered');
  expect((await render('gallery')).status).toBe('rendered');
  const others = (await manifest()).variants.map((one: { file: string }) => one.file);
  expect((await readdir(out)).sort()).toEqual([...others, 'manifest.json'].sort());
  await writeFile(file, await bytesOf(corners(170, 120).jpeg()));
  expect((await render('gallery')).status).toBe('rendered');
  expect((await render('gallery')).status).toBe('skipped');
});

test('a preset of another name with the same settings is rendered again, because the manifest names its preset', async () => {
  const { thumbnails } = config.presets;
  if (!thumbnails) throw new Error('there is no preset of this name');
  const twins = { ...config, presets: { ...config.presets, twin: thumbnails } };
  const renderAs = (preset: string) => renderToFolder({ ...world, config: twins }, { file, folder: out, preset });
  expect((await renderAs('thumbnails')).status).toBe('rendered');
  expect((await renderAs('twin')).status).toBe('rendered');
  expect((await manifest()).preset).toBe('twin');
  expect((await renderAs('twin')).status).toBe('skipped');
});

test('a folder that cannot be made is named', async () => {
  await writeFile(out, 'a file');
  await expect(render()).rejects.toThrow(
    `${out} cannot be written: there is a file of this name. Name another folder by --out.`,
  );
});

test.each([
  ['this is no picture', 'thumbnails', /./],
  ['', 'nothing', /preset/],
])(
  'what cannot be rendered is refused in a sentence, and leaves no folder: %j as %s',
  async (content, preset, sentence) => {
    await writeFile(file, content);
    await expect(render(preset)).rejects.toThrow(sentence);
    await expect(manifest()).rejects.toThrow();
  },
);
