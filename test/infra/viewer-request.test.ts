import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { defineConfig } from '../../lib/core/config.ts';
import { viewerRequestCode } from '../../lib/infra/delivery.ts';

type Request = { uri: string; headers: Record<string, { value: string }> };
type Answer = Request & { statusCode?: number; headers: Record<string, { value: string }> };

/**
 * Loads the program as CloudFront would: alone, with nothing around it and nothing in it that is younger than the ES 5.1
 * and the few methods of ES 6 to 12 which the documentation of its runtime 2.0 lists.
 */
const load = (presets = defineConfig().presets) => {
  const context = createContext({});
  runInContext(youngerThanTheRuntime.map((name) => `delete ${name};`).join('\n'), context);
  runInContext(viewerRequestCode(presets), context);
  return (uri: string, accept?: string): Answer => {
    const request: Request = { uri, headers: accept === undefined ? {} : { accept: { value: accept } } };
    return runInContext('handler', context)({ request });
  };
};
const youngerThanTheRuntime = [
  'Object.hasOwn',
  'Object.fromEntries',
  'Object.groupBy',
  'Array.prototype.at',
  'Array.prototype.flat',
  'Array.prototype.flatMap',
  'Array.prototype.findLast',
  'Array.prototype.toSorted',
  'Array.prototype.toReversed',
  'Array.prototype.with',
  'String.prototype.at',
  'String.prototype.matchAll',
  'globalThis.Set',
  'globalThis.Map',
  'globalThis.URL',
];
const ask = load();
const folder = `/images/${'a'.repeat(26)}/v1`;

describe('The function in front of the CDN', () => {
  test.each(['640w.avif', '64w.webp', 'thumbnail.jpeg', 'x.png', 'manifest.json'])(
    'lets %s through as it is',
    (file) => {
      expect(ask(`${folder}/${file}`, 'image/avif')).toEqual({
        uri: `${folder}/${file}`,
        headers: { accept: { value: 'image/avif' } },
      });
    },
  );

  test.each([
    '/',
    '/images',
    '/images/',
    '/index.html',
    '/favicon.ico',
    '/originals/aaaaaaaaaaaaaaaaaaaaaaaaaa/v1',
    '/images/short/v1/640w.avif',
    `${folder}/`,
    `${folder}`,
    `${folder}/640w.gif`,
    `${folder}/640W.avif`,
    `${folder}/a/640w.avif`,
    `${folder}/../v1/640w.avif`,
    `${folder}/unknown-name`,
    `${folder}/constructor`,
    `${folder}/__proto__`,
    `/images/${'a'.repeat(26)}/v0/640w.avif`,
    `/images/${'a'.repeat(26)}/vx/640w.avif`,
  ])('answers %s itself, and the answer is forgotten after a second', (uri) => {
    const { statusCode, headers } = ask(uri);
    expect(statusCode).toBe(404);
    expect(headers['cache-control']?.value).toBe('public, max-age=1');
  });

  test.each([
    ['image/avif,image/webp,image/*,*/*;q=0.8', 'avif'],
    ['text/html,image/avif,image/webp,*/*;q=0.8', 'avif'],
    ['image/webp,*/*', 'webp'],
    ['image/avif;q=0, image/webp', 'webp'],
    ['image/avif;q=0.5', 'avif'],
    ['image/png,*/*', 'jpeg'],
    ['*/*', 'jpeg'],
    ['', 'jpeg'],
    [undefined, 'jpeg'],
  ])('chooses for Accept: %s the format %s', (accept, format) => {
    expect(ask(`${folder}/640w`, accept).uri).toBe(`${folder}/640w.${format}`);
  });

  test('asks for no format that no picture has under a name', () => {
    const everything = 'image/avif,image/webp,*/*';
    expect(ask(`${folder}/thumbnail`, everything).uri).toBe(`${folder}/thumbnail.webp`);
    expect(ask(`${folder}/thumbnail`).uri).toBe(`${folder}/thumbnail.webp`);
    expect(ask(`${folder}/xlarge`, everything).uri).toBe(`${folder}/xlarge.jpeg`);
  });
});
