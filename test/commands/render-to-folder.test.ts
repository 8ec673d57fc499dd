import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { ownFilesIn, readManifest, renderToFolder } from '../../lib/commands/render-to-folder.ts';
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
  await writeFile(join(out, 'manifest.json'), '');
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

describe('a folder that has files of other origin', () => {
  const foreign = () => join(out, 'small.webp');
  beforeEach(() => mkdir(out));

  test('keeps each of them, also where a variant would have its name', async () => {
    await writeFile(foreign(), 'a picture of the user');
    await expect(render()).rejects.toThrow(
      `${foreign()} is there already, and was not made here. Name another folder by --out, or move the file away.`,
    );
    expect(await readdir(out)).toEqual(['small.webp']);
    expect(await readFile(foreign(), 'utf8')).toBe('a picture of the user');
  });

  test('keeps the picture itself that is rendered', async () => {
    file = foreign();
    const picture = await bytesOf(corners(160, 120).webp());
    await writeFile(file, picture);
    await expect(render()).rejects.toThrow(`${file} is there already`);
    expect(await readFile(file)).toEqual(Buffer.from(picture));
  });

  test.each([
    ['another program', '{"name":"a site","icons":[]}'],
    ['a program that writes comments into it', '// of a browser extension\n{"name":"blue"}'],
    ['a stranger who names files elsewhere', '{"unfinished":["../photo.jpg"]}'],
  ])('keeps a manifest.json of %s', async (_, site) => {
    await writeFile(join(out, 'manifest.json'), site);
    await expect(render()).rejects.toThrow(
      `${join(out, 'manifest.json')} is no manifest of Darkroom, and stays as it is. Name another folder by --out, or delete the file.`,
    );
    expect(await readFile(join(out, 'manifest.json'), 'utf8')).toBe(site);
  });

  test('is no such folder after a render that was cut off, though neither its files nor its manifest are whole', async () => {
    const cutOff: typeof world.renderer = {
      ...world.renderer,
      render: async (bytes, order, deliver) => {
        const rendered = await world.renderer.render(bytes, order, deliver);
        const [last] = rendered.variants;
        // What no file can be written from, after the others.
        if (last) await deliver({ ...last, name: 'last' }, undefined as never, 1);
        return rendered;
      },
    };
    await expect(
      renderToFolder({ ...world, renderer: cutOff }, { file, folder: out, preset: 'thumbnails' }),
    ).rejects.toThrow(/must be of type string/);
    const left = (await readdir(out)).filter((name) => name.endsWith('.webp'));
    expect(left.length).toBeGreaterThan(0);
    expect(await ownFilesIn(out)).toEqual(expect.arrayContaining(left));
    expect(await readManifest(out)).toBeUndefined();
    await writeFile(file, await bytesOf(corners(170, 120).jpeg()));
    expect((await render()).status).toBe('rendered');
    expect(await manifest()).toMatchObject({ width: 170 });
  });
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
