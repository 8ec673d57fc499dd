import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { HtmlValidate, StaticConfigLoader } from 'html-validate';
import config from '../../darkroom.config.ts';
import { presentImage } from '../../lib/api/present.ts';
import type { Kind, SourceFormat } from '../../lib/core/formats.ts';
import { begin, finish, type Image, newVersion } from '../../lib/core/image.ts';
import { plan } from '../../lib/core/plan.ts';
import { type Preset, shippedPresets } from '../../lib/core/presets.ts';
import { readSettings } from '../../lib/local/settings.ts';
import { openApiDocument } from '../../lib/openapi/document.ts';
import { docsPage } from '../../lib/openapi/page.ts';

const checker = new HtmlValidate(new StaticConfigLoader({ root: true, extends: ['html-validate:standard'] }));

/** What an HTML checker has to say about a document. */
const complaintsAbout = (html: string): readonly string[] =>
  checker
    .validateStringSync(html)
    .results.flatMap(({ messages }) => messages.map(({ ruleId, line, message }) => `${ruleId} ${line}: ${message}`));

const pageWith = (html: string) =>
  `<!doctype html>\n<html lang="en">\n  <head><title>A page</title></head>\n  <body><main>${html}</main></body>\n</html>\n`;

test('the checker that all of this relies on complains', () => {
  expect(complaintsAbout(pageWith('<picture><img src="/a" width="1.5" alt><source></picture>'))).not.toEqual([]);
  expect(complaintsAbout(pageWith('<p><div></div></p>'))).not.toEqual([]);
  expect(complaintsAbout(pageWith('<p>fine</p>'))).toEqual([]);
});

test('the page at / is valid', () => {
  expect(complaintsAbout(readFileSync(join(import.meta.dirname, '../../lib/web/index.html'), 'utf8'))).toEqual([]);
});

test('the page of the API is valid', () => {
  expect(complaintsAbout(docsPage(openApiDocument({ config, release: '1.2.3' })).text)).toEqual([]);
});

type Source = { readonly kind: Kind; readonly format: SourceFormat; readonly transparent: boolean };
const sources: Record<string, Source> = {
  photo: { kind: 'photo', format: 'jpeg', transparent: false },
  graphic: { kind: 'graphic', format: 'png', transparent: false },
  'transparent picture': { kind: 'transparent', format: 'png', transparent: true },
  animation: { kind: 'animated', format: 'gif', transparent: false },
  'transparent animation': { kind: 'animated', format: 'webp', transparent: true },
};
const sizes = [
  [4000, 3000],
  [120, 7000],
  [100, 100],
] as const;
const hostileName = `"><script>alert('1')</script>&amp; \u202egnp.<b>.jpg`;

const ready = (preset: Preset, source: Source, width: number, height: number): Image => {
  const id = 'a'.repeat(26);
  const original = { contentType: 'image/jpeg', bytes: 1, sha256: null, width, height } as const;
  const variants = plan(preset, { width, height, ...source }).flatMap(({ names, format, picture }) =>
    names.map((name) => ({
      ...{ name, format, width: picture.width, height: picture.height },
      ...{ bytes: 1, quality: null, sha256: '' },
    })),
  );
  const placeholder = { thumbhash: '', color: '#000000' };
  const rendering = { kind: source.kind, width, height, recipe: '', placeholder, variants };
  const pending = newVersion({ id, version: 1, source: 1, preset: 'web', original, expiresAt: null }, 0);
  const version = finish(begin(pending, 1), rendering, original, 2);
  const image = { id, collection: hostileName, filename: hostileName, createdAt: 0, updatedAt: 2 };
  return { ...image, newest: version, visible: version, progress: 1 };
};

/** As a browser takes a `srcset` apart: a candidate is a URL up to white space, and descriptors up to a comma. */
const candidatesOf = (srcset: string): readonly (readonly [string, string])[] =>
  [...srcset.matchAll(/[\s,]*(\S*[^\s,])(?:\s+([^,]*))?,?/g)].map(([, url = '', descriptor = '']) => [url, descriptor]);

describe.each([
  'http://127.0.0.1:8787',
  'https://pictures.example/a&b/&amp;/&lt',
  'https://pictures.example/"><script>alert(1)</script>',
  `https://pictures.example/it's 2x, or <b>`,
  'https://pictures.example/`a`/%22/\\/',
  'https://bücher.example/möwe,/',
])('under %s', (url) => {
  const { publicUrl: site = '' } = readSettings({ DARKROOM_PUBLIC_URL: url });

  describe.each(Object.entries(sources))('the <picture> of a %s', (_what, source) => {
    test.each(Object.entries<Preset>(shippedPresets))('by %s is valid, and leads to its variants', (_name, preset) => {
      const shown = sizes.map(([width, height]) => presentImage(ready(preset, source, width, height), site).ready);
      expect(complaintsAbout(pageWith(shown.map((one) => one?.picture.html).join('\n')))).toEqual([]);
      for (const { picture, variants } of shown.filter((one) => one !== null)) {
        expect(picture.html.match(/<(?!\/)\w+/g)).toEqual([
          '<picture',
          ...picture.sources.map(() => '<source'),
          '<img',
        ]);
        const urls = variants.map((variant) => variant.url);
        for (const [url, descriptor] of picture.sources.flatMap(({ srcset }) => candidatesOf(srcset))) {
          expect(urls).toContain(url);
          expect(new URL(url).href).toBe(url);
          expect(descriptor).toMatch(/^[1-9]\d*w$/);
        }
      }
    });
  });
});
