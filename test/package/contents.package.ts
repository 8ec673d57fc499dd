import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { built, type PackageName, type Packed, type Project, pack, project, readJson, root } from './project.ts';

describe.each<[PackageName, { readonly kib: number }]>([
  ['darkroom-images-client', { kib: 60 }],
  ['darkroom-images', { kib: 4096 }],
])('The package %s', (name, { kib }) => {
  let app: Project;
  let packed: Packed;
  beforeAll(async () => {
    app = await project();
    packed = await pack(name, app.path);
    const { bytes, unpackedBytes, files } = packed;
    process.stdout.write(`${name}: ${files.length} files, ${bytes} bytes packed, ${unpackedBytes} bytes unpacked\n`);
  });
  afterAll(() => app.remove());

  test(`is at most ${kib} KiB`, () => {
    expect(packed.bytes).toBeLessThan(kib * 1024);
  });

  test('holds JavaScript, declarations and papers, and no sources, tests or settings', () => {
    const kinds =
      /^(esm|cjs|bin|functions\/\w+|web)\/[\w-]+\.(js|mjs|mjs\.map|wasm|html|css)$|^(esm|cjs)\/(lib|package)\/[\w/-]+\.d\.ts$|^cjs\/package\.json$|^layer\/nodejs\/(package|npm-shrinkwrap)\.json$|^(LICENSE|NOTICE|README\.md|CHANGELOG\.md|package\.json)$/;
    expect(packed.files.filter((path) => !kinds.test(path))).toEqual([]);
    expect(packed.files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'web/element.js']));
  });

  test('has a README for people who have no checkout', () => {
    const readme = readFileSync(join(built, name, 'README.md'), 'utf8');
    expect(readme).toContain('```');
    expect(readme).not.toMatch(/not published|<!--|\]\((?!https?:|#)/);
  });

  test('names no folder of the machine that built it', () => {
    const telling = packed.files.filter((path) => readFileSync(join(built, name, path), 'utf8').includes(root));
    expect(telling).toEqual([]);
  });

  test('has the version of the checkout', async () => {
    const { version } = await readJson(join(root, 'package.json'));
    expect(await readJson(join(built, name, 'package.json'))).toMatchObject({ name, version });
  });

  test('passes publint', async () => {
    const { messages, pkg = {} } = await publint({ pkgDir: join(built, name), strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test.each([
    [
      'every entry for both kinds of modules',
      ['--profile', 'node16', '--exclude-entrypoints', 'element', 'picture-element'],
    ],
    [
      'the elements, which are for bundlers and browsers',
      ['--profile', 'esm-only', '--entrypoints', 'element', 'picture-element'],
    ],
  ])('has correct types, by attw: %s', async (_what, options) => {
    const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    const { code, stdout } = await app.node(attw, packed.file, '--no-emoji', '--no-color', ...options);
    expect([code, code === 0 ? '' : stdout]).toEqual([0, '']);
  });
});

test('NOTICE has the licence of every package that is in a bundle', () => {
  const bundled = JSON.parse(readFileSync(join(built, 'bundled.json'), 'utf8')) as readonly string[];
  const notice = readFileSync(join(built, 'darkroom-images/NOTICE'), 'utf8');
  const titles = [...notice.matchAll(/^-{80}\n(.+)\n-{80}\n/gm)].flatMap(([, title = '']) => title.split(', '));
  expect(bundled).toEqual(expect.arrayContaining(['zod', '@aws-sdk/client-s3', 'commander']));
  expect(bundled.filter((name) => !titles.includes(name))).toEqual([]);
});

test('The whole package brings sharp, and uses the CDK only if it is installed already', async () => {
  const app = await project();
  try {
    await app.install('darkroom-images');
    // npm would read the list of all versions of a peer with a range.
    expect(await readJson(join(built, 'darkroom-images/package.json'))).not.toHaveProperty('peerDependencies');
    const { packages } = await readJson(join(app.path, 'package-lock.json'));
    const names = Object.keys(packages as object).map((path) => path.replace('node_modules/', ''));
    expect(names.filter((name) => !/^(@img\/.+|@emnapi\/.+|tslib|)$/.test(name)).sort()).toEqual([
      ...['darkroom-images', 'detect-libc', 'semver', 'sharp'],
    ]);
  } finally {
    await app.remove();
  }
});
