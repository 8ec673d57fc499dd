import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { type PackageName, type Project, project, readJson, root } from './project.ts';

const names = ['DarkroomError', 'darkroom', 'put', 'untilReady', 'verifyWebhook'];
const typed = (packageName: PackageName) => `
import { type ImageAnswer, type Notification, type Ticket, type UploadRequest, darkroom, put, untilReady, verifyWebhook } from '${packageName}';

export const show = async (file: Blob): Promise<string> => {
  const request: UploadRequest = { contentType: 'image/jpeg', bytes: file.size };
  const ticket: Ticket = await darkroom({ url: 'https://api.example', key: 'secret' }).requestUpload(request);
  await put(ticket, file);
  const image: ImageAnswer = await untilReady(ticket, { url: 'https://api.example' });
  const told: Notification | undefined = await verifyWebhook('secret', {}, '{}');
  const format: 'avif' | 'webp' | 'jpeg' | 'png' | undefined = image.ready?.variants[0]?.format;
  return [told?.type, format, ticket.upload.headers['content-type']].join();
};

// @ts-expect-error: a length is a number
export const wrong: UploadRequest = { contentType: 'image/jpeg', bytes: 'many' };
`;

describe.each<PackageName>(['darkroom-images-client', 'darkroom-images'])('The client of the package %s', (name) => {
  let app: Project;
  beforeAll(async () => {
    app = await project();
    await app.install(name);
    await app.borrow('typescript', '@types/node', 'undici-types');
  });
  afterAll(() => app.remove());

  test('can be imported', async () => {
    await app.write({ 'ask.mjs': `import * as client from '${name}'; console.log(Object.keys(client).sort().join())` });
    expect(await app.node('ask.mjs')).toMatchObject({ code: 0, stdout: `${names.join()}\n`, stderr: '' });
  });

  test('can be required', async () => {
    await app.write({ 'ask.cjs': `const client = require('${name}'); console.log(Object.keys(client).sort().join())` });
    // As in versions of Node.js that require no ES module.
    const ended = await app.node('--no-experimental-require-module', 'ask.cjs');
    expect(ended).toMatchObject({ code: 0, stdout: `${names.join()}\n`, stderr: '' });
  });

  test('can be required in each of its parts, with the names that an import has', async () => {
    await app.borrow('aws-cdk-lib', 'constructs');
    const { exports } = await readJson(join(app.path, 'node_modules', name, 'package.json'));
    const parts = Object.entries(exports as Readonly<Record<string, string | Readonly<Record<string, unknown>>>>);
    const isForBoth = ([, conditions]: (typeof parts)[number]) =>
      typeof conditions === 'string' || 'require' in conditions;
    // Elements are for browsers.
    const notForBoth = parts.filter((part) => !isForBoth(part)).map(([part]) => part);
    expect(notForBoth).toEqual(['./element', './picture-element']);
    const files = parts.filter(isForBoth).map(([part]) => part.replace(/^\./, name));
    expect(files.length).toBeGreaterThan(5);
    await app.write({
      'all.cjs': `for (const file of process.argv.slice(2)) {
        const part = require(file);
        if (!file.endsWith('.json'))
          import(file).then((same) => console.log(file, String(Object.keys(part).sort()) === String(Object.keys(same).sort()), Object.keys(part).length > 0));
      }`,
    });
    const ended = await app.node('--no-experimental-require-module', 'all.cjs', ...files);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    const modules = files.filter((file) => !file.endsWith('.json'));
    expect(ended.stdout.trim().split('\n').sort()).toEqual(modules.map((file) => `${file} true true`).sort());
  });

  test.each([
    ['node16', 'node16', 'use.mts'],
    ['node16', 'node16', 'use.cts'],
    ['bundler', 'preserve', 'use.ts'],
  ])('has types under moduleResolution %s (module %s, %s)', async (moduleResolution, module, file) => {
    const options = { module, moduleResolution, target: 'es2022', strict: true, noEmit: true, skipLibCheck: false };
    const compilerOptions = { ...options, exactOptionalPropertyTypes: true, lib: ['es2022', 'dom'], types: [] };
    await app.write({
      [file]: typed(name),
      'tsconfig.json': JSON.stringify({ compilerOptions, files: [file] }),
    });
    expect(await app.node('node_modules/typescript/bin/tsc')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('becomes a script for browsers, without modules of Node', async () => {
    await app.write({ 'page.js': `import { darkroom } from '${name}'; globalThis.service = darkroom({ url: '' });` });
    const { outputFiles, warnings } = await build({
      absWorkingDir: app.path,
      entryPoints: ['page.js'],
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    });
    const text = outputFiles[0]?.text ?? '';
    expect(warnings).toEqual([]);
    expect(text).not.toMatch(/\bnode:|\brequire\(|\bimport\b/);
    expect(text.length).toBeLessThan(12 * 1024);
  });

  test('has the element with its worker beside it, as a script and with types', async () => {
    await app.write({
      'page.ts': `import { type Upload, DarkroomUpload } from '${name}/element';
        const element = document.querySelector('darkroom-upload');
        export const uploads: readonly Upload[] = element instanceof DarkroomUpload ? element.uploads : [];`,
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          ...{ module: 'preserve', moduleResolution: 'bundler', target: 'es2022', strict: true, noEmit: true },
          ...{ lib: ['es2022', 'dom', 'dom.iterable'], types: [] },
        },
        files: ['page.ts'],
      }),
    });
    expect(await app.node('node_modules/typescript/bin/tsc')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const { exports } = await readJson(join(app.path, 'node_modules', name, 'package.json'));
    const { default: script } = (exports as { './element': { default: string } })['./element'];
    const text = await readFile(join(app.path, 'node_modules', name, script), 'utf8');
    const [worker] = /element-worker\.js/.exec(text) ?? [];
    await readFile(join(app.path, 'node_modules', name, script, '..', worker ?? 'none'));
  });
});

describe('The types of the package', () => {
  const types = [
    ...['Download', 'Health', 'ImageAnswer', 'ImagePage', 'JobAnswer', 'JobListRequest', 'JobPage', 'JobRequest'],
    ...['ListRequest', 'Notification', 'Problem', 'ReceiptAnswer', 'ReprocessRequest', 'Ticket', 'UploadRequest'],
    'VersionStarted',
  ];
  const same = (kind: string, names: readonly string[]) =>
    names.map((name) => `export const ${kind}${name}: Same<Built${kind}.${name}, Source${kind}.${name}> = true;`);
  // Relative, so that it is a path on every system.
  const compared = (source: string) => `
import type * as BuiltClient from 'darkroom-images';
import type * as BuiltConfig from 'darkroom-images/config';
import type * as SourceClient from '${source}/package/client.ts';
import type * as SourceConfig from '${source}/package/config.ts';
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
${[...same('Client', types), ...same('Config', ['Config', 'ConfigInput', 'Preset'])].join('\n')}
`;

  test('are those that the sources infer', async () => {
    const app = await project({ type: 'module' });
    try {
      await app.install('darkroom-images');
      await app.borrow('typescript', '@types/node', 'undici-types');
      const options = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, skipLibCheck: true };
      const more = { allowImportingTsExtensions: true, exactOptionalPropertyTypes: true, resolveJsonModule: true };
      const lib = ['es2024', 'esnext.array', 'esnext.iterator', 'dom', 'dom.iterable', 'dom.asynciterable'];
      await app.write({
        'same.ts': compared(relative(app.path, root).replaceAll('\\', '/')),
        'tsconfig.json': JSON.stringify({
          compilerOptions: { ...options, ...more, lib, types: ['node'] },
          files: ['same.ts'],
        }),
      });
      expect(await app.node('node_modules/typescript/bin/tsc')).toMatchObject({ code: 0, stdout: '' });
    } finally {
      await app.remove();
    }
  });
});

describe('The client alone', () => {
  test('brings no other package', async () => {
    const app = await project();
    try {
      await app.install('darkroom-images-client');
      const { packages } = await readJson(join(app.path, 'package-lock.json'));
      expect(Object.keys(packages as object)).toEqual(['', 'node_modules/darkroom-images-client']);
    } finally {
      await app.remove();
    }
  });
});
