import type { IncomingMessage, ServerResponse } from 'node:http';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { transformSync } from 'esbuild';
import { defineConfig } from '../../lib/core/config.ts';
import { variantFormats } from '../../lib/core/formats.ts';
import { type Preset, shippedPresets } from '../../lib/core/presets.ts';
import { viewerRequestCode } from '../../lib/infra/delivery.ts';
import { corsFor } from '../../lib/local/cors.ts';

type Request = { method: string; uri: string; headers: Record<string, { value: string }> };
type Answer = Request & { statusCode?: number; headers: Record<string, { value: string }> };

/**
 * What AWS lists for cloudfront-js-2.0 of the objects that a program like ours uses, and nothing else of them.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */
const runtime = {
  Object:
    'create defineProperties defineProperty freeze getOwnPropertyDescriptor getOwnPropertyDescriptors getOwnPropertyNames getPrototypeOf isExtensible isFrozen isSealed keys preventExtensions seal assign entries values',
  'Object.prototype':
    'constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toString valueOf __proto__ __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ toLocaleString',
  'String.prototype':
    'constructor length toString valueOf charAt concat indexOf lastIndexOf match replace search slice split substr substring toLowerCase trim toUpperCase codePointAt endsWith includes repeat startsWith padStart padEnd trimStart trimEnd replaceAll',
  'RegExp.prototype': 'constructor global ignoreCase multiline source sticky flags exec test toString',
  Array: 'isArray of',
  'Array.prototype':
    'constructor length toString concat every filter forEach indexOf join lastIndexOf map pop push reduce reduceRight reverse shift slice some sort splice unshift copyWithin fill find findIndex includes',
};

const withoutWhatIsNotListed = `
  for (const [path, listed] of Object.entries(${JSON.stringify(runtime)})) {
    const object = path.split('.').reduce((from, name) => from[name], globalThis);
    for (const name of Object.getOwnPropertyNames(object))
      if (!listed.split(' ').includes(name) && !['prototype', 'length', 'name'].includes(name)) delete object[name];
  }`;

/** Loads the program as CloudFront would: alone, with nothing around it, and with no more than its runtime has. */
const load = (presets = defineConfig().presets) => {
  const context = createContext({});
  runInContext(withoutWhatIsNotListed, context);
  runInContext(viewerRequestCode(presets), context);
  return (uri: string, accept?: string, method = 'GET', more: Request['headers'] = {}): Answer => {
    const headers = { ...(accept !== undefined && { accept: { value: accept } }), ...more };
    const request: Request = { method, uri, headers };
    return runInContext('handler', context)({ request });
  };
};
const ask = load();
const folder = `/images/${'a'.repeat(26)}/v1`;

describe('The function in front of the CDN', () => {
  test('is written in the language of its runtime', () => {
    const code = viewerRequestCode(defineConfig().presets);
    const newer = { target: 'esnext', charset: 'utf8' } as const;
    const listed = { arrow: true, 'const-and-let': true, 'template-literal': true, 'rest-argument': true };
    const older = { ...newer, target: 'es5', supported: listed } as const;
    // A call that the runtime lacks throws here, or gives another result.
    expect(transformSync(code, older).code).toBe(transformSync(code, newer).code);
  });

  test.each([...variantFormats.map((format) => `640w.${format}`), 'manifest.json'])(
    'lets %s through as it is',
    (file) => {
      expect(ask(`${folder}/${file}`, 'image/avif')).toEqual({
        method: 'GET',
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
    ['image/avif;Q=0, image/webp', 'webp'],
    ['image/avif;q=0;x=1, image/webp', 'webp'],
    ['image/avif;q=0.5', 'avif'],
    ['image/png,*/*', 'jpeg'],
    ['*/*', 'jpeg'],
    ['', 'jpeg'],
    [undefined, 'jpeg'],
  ])('chooses for Accept: %s the format %s', (accept, format) => {
    expect(ask(`${folder}/640w`, accept).uri).toBe(`${folder}/640w.${format}`);
  });

  const asking = { origin: { value: 'https://page.example' }, 'access-control-request-method': { value: 'GET' } };

  test('answers a preflight in the words of the one-box home', () => {
    const told = new Map<string, string>();
    const response = {
      setHeader: (name: string, value: unknown) => told.set(name, String(value)),
      writeHead: (status: number) => ({ end: () => told.set('status', String(status)) }),
    };
    const headers = { origin: 'https://page.example', 'access-control-request-method': 'GET' };
    const request = { method: 'OPTIONS', headers } as unknown as IncomingMessage;
    const cors = corsFor([]);
    cors.mark(request, response as unknown as ServerResponse, `${folder}/640w`);
    cors.preflight(request, response as unknown as ServerResponse, `${folder}/640w`);
    for (const uri of [`${folder}/640w`, `${folder}/640w.avif`]) {
      const { statusCode, headers: answered } = ask(uri, undefined, 'OPTIONS', asking);
      const seen = Object.entries(answered).map(([name, { value }]) => [name, value] as const);
      told.delete('cross-origin-resource-policy');
      expect({ status: String(statusCode), ...Object.fromEntries(seen) }).toEqual(Object.fromEntries(told));
    }
  });

  test('answers any other OPTIONS itself, as the one-box home does', () => {
    const { statusCode, headers } = ask(`${folder}/640w`, undefined, 'OPTIONS');
    expect([statusCode, headers.allow?.value]).toEqual([405, 'GET, HEAD']);
  });

  test('carries no comment and no indentation, which CloudFront would count', () => {
    expect(viewerRequestCode(shippedPresets)).not.toMatch(/^(\s|\/\/)/m);
  });

  /** Presets with variants of their own names, `p0-0` and so on, each in all formats. */
  const presetsOf = (count: number): Record<string, Preset> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, at) => {
        const variants = Array.from({ length: 8 }, (_, nth) => ({
          ...{ name: `p${at}-${nth}`, width: 100 + nth, fit: 'inside' as const },
        }));
        return [`own-${at}`, { ...shippedPresets.web, variants }];
      }),
    );

  test('has room for the presets that ship, and for twenty others whose names are their own', () => {
    const code = viewerRequestCode({ ...shippedPresets, ...presetsOf(20) });
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(10_240);
    expect(load({ ...presetsOf(20) })(`${folder}/p19-7`, 'image/webp').uri).toBe(`${folder}/p19-7.webp`);
  });

  test('is refused before a deploy where the names do not fit, and the sentence lists them by preset', () => {
    const code = () => viewerRequestCode({ ...shippedPresets, ...presetsOf(40) });
    expect(code).toThrow(
      /CloudFront takes a function of 10240 bytes, and .* ours has 1\d{4}\. Give variants .* same names/,
    );
    expect(code).toThrow('gallery (thumbnail, preview, web)');
    expect(code).toThrow('own-39 (p39-0, p39-1, p39-2, p39-3, p39-4, p39-5, p39-6, p39-7).');
  });

  test('asks for no format that no picture has under a name', () => {
    const everything = 'image/avif,image/webp,*/*';
    expect(ask(`${folder}/thumbnail`, everything).uri).toBe(`${folder}/thumbnail.webp`);
    expect(ask(`${folder}/thumbnail`).uri).toBe(`${folder}/thumbnail.webp`);
    expect(ask(`${folder}/xlarge`, everything).uri).toBe(`${folder}/xlarge.jpeg`);
  });
});
