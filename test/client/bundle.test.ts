import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { type BuildOptions, build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');

const bundled = async (options: BuildOptions): Promise<string> => {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['lib/client/darkroom.ts'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    ...options,
  });
  return outputFiles?.[0]?.text ?? '';
};

test('the client for browsers is at most 6 KB, minified and gzipped', async () => {
  const { length } = gzipSync(await bundled({ minify: true, platform: 'browser' }), { level: 9 });
  expect(length).toBeGreaterThan(1000);
  expect(length).toBeLessThanOrEqual(6 * 1024);
});

test('the client that the page loads is the present one (npm run build:client)', async () => {
  const served = readFileSync(join(root, 'lib/web/client.js'), 'utf8');
  expect(served).toBe(await bundled({}));
});

test('the uploader with its client and the element of a picture are at most 20 KB as they are served, gzipped', () => {
  const sizeOf = (file: string) => gzipSync(readFileSync(join(root, 'lib/web', file)), { level: 9 }).length;
  expect(sizeOf('element.js')).toBeGreaterThan(5000);
  expect(sizeOf('picture.js')).toBeLessThanOrEqual(3 * 1024);
  expect(sizeOf('element.js') + sizeOf('element-worker.js') + sizeOf('picture.js')).toBeLessThanOrEqual(20 * 1024);
});

test.each([
  ['element.js', 'lib/client/element/darkroom-upload.ts'],
  ['element-worker.js', 'lib/client/element/worker.ts'],
  ['picture.js', 'lib/client/element/darkroom-picture.ts'],
  ['darkroom.js', 'lib/console/console.ts'],
])('%s is the present one (npm run build:client)', async (file, entry) => {
  const served = readFileSync(join(root, 'lib/web', file), 'utf8');
  // Not `toBe`, which would print all of both.
  expect(served === (await bundled({ entryPoints: [entry], minify: true }))).toBe(true);
});

test('the console is at most 60 KB with all that it loads, gzipped', () => {
  const files = ['index.html', 'darkroom.css', 'darkroom.js', 'element.js', 'element-worker.js'];
  const sizes = files.map((file) => gzipSync(readFileSync(join(root, 'lib/web', file)), { level: 9 }).length);
  expect(Math.min(...sizes)).toBeGreaterThan(100);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(60 * 1024);
});

test('the page names nothing by a path from the root, so that it works below the path of a proxy', () => {
  const page = readFileSync(join(root, 'lib/web/index.html'), 'utf8');
  const named = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address]) => address);
  expect(named).toEqual(expect.arrayContaining(['darkroom.css', 'darkroom.js', 'element.js', 'v1/docs']));
  expect(named.filter((address) => /^\/|^https?:/.test(address ?? ''))).toEqual([]);
});
