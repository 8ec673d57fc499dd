import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const source = join(import.meta.dirname, '..', '..', 'layers', 'sharp');

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let layer: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  layer = join(folder.path, 'layers', 'sharp');
  await cp(source, layer, { recursive: true, filter: (path) => path !== join(source, 'out') });
  await writeFile(join(layer, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder.path, 'NOTICE'), 'the licences');
});
afterEach(() => folder.remove());

/** A program called `npm` that installs these packages of `@img`. It ignores its arguments. */
const npmThatInstalls = async (...packages: readonly string[]): Promise<void> => {
  const program = join(folder.path, 'bin', 'npm');
  await mkdir(join(folder.path, 'bin'), { recursive: true });
  const made = packages.map((name) => `fs.mkdirSync('node_modules/@img/${name}', { recursive: true });`);
  const lines = [
    `#!${process.execPath}`,
    "const fs = require('node:fs');",
    "fs.appendFileSync('../../../asked', 'asked\\n');",
  ];
  await writeFile(program, [...lines, ...made, ''].join('\n'));
  await chmod(program, 0o755);
};
const build = (architecture: string) =>
  run(process.execPath, [join(layer, 'build.ts'), architecture], {
    env: { ...process.env, NODE_OPTIONS: '', PATH: [join(folder.path, 'bin'), process.env.PATH].join(delimiter) },
  });
const built = () => readdir(join(layer, 'out'));
const arm = ['colour', 'sharp-linux-arm64', 'sharp-libvips-linux-arm64'] as const;
const x64 = ['colour', 'sharp-linux-x64', 'sharp-libvips-linux-x64'] as const;

describe('The layer with sharp', () => {
  // npm 9 knows neither --cpu nor --libc, and installs for the machine that it runs on without a word.
  test.each([
    ['for another processor', [...x64, 'sharp-linuxmusl-x64'], '@img/sharp-linux-arm64'],
    ['for this processor and others', [...arm, 'sharp-wasm32'], '@img/sharp-wasm32'],
    ['without libvips', ['colour', 'sharp-linux-arm64'], '@img/sharp-libvips-linux-arm64'],
  ])('is refused when npm has installed it %s', async (_how, packages, named) => {
    await npmThatInstalls(...packages);
    await expect(build('arm64')).rejects.toMatchObject({ stderr: expect.stringContaining(named) });
    expect(await built()).not.toContain('arm64.lock');
    // A newer npm is given its chance.
    await npmThatInstalls(...arm);
    await build('arm64');
    expect(await built()).toContain('arm64.lock');
  });

  test('holds NOTICE, and is built again when that has changed', async () => {
    await npmThatInstalls(...arm);
    await build('arm64');
    await writeFile(join(folder.path, 'NOTICE'), 'other licences');
    await build('arm64');
    expect(await readFile(join(layer, 'out/arm64/nodejs/NOTICE'), 'utf8')).toBe('other licences');
  });

  test.each([
    ['arm64', arm],
    ['x86_64', x64],
  ] as const)('is built once for %s', async (architecture, packages) => {
    await npmThatInstalls(...packages);
    await build(architecture);
    await build(architecture);
    expect(await readFile(join(layer, 'asked'), 'utf8')).toBe('asked\n');
  });

  test('that an older npm once left here is built again', async () => {
    await npmThatInstalls(...arm);
    await build('arm64');
    await mkdir(join(layer, 'out', 'arm64', 'nodejs', 'node_modules', '@img', 'sharp-linux-x64'));
    await build('arm64');
    expect(await readdir(join(layer, 'out', 'arm64', 'nodejs', 'node_modules', '@img'))).toEqual([...arm].sort());
  });
});
