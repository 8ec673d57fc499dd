import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Kind } from '../../lib/core/formats.ts';
import { pictureOf } from '../../lib/core/picture.ts';
import { plan } from '../../lib/core/plan.ts';
import { type Preset, shippedPresets } from '../../lib/core/presets.ts';

const published = (preset: Preset, width: number, height: number, kind: Kind = 'photo', at = '/images') =>
  plan(preset, { width, height, kind, transparent: kind === 'transparent', format: 'jpeg' }).flatMap((encoding) =>
    encoding.names.map((name) => ({
      name,
      format: encoding.format,
      width: encoding.picture.width,
      height: encoding.picture.height,
      bytes: 1,
      quality: null,
      sha256: '',
      url: `${at}/${name}.${encoding.format}`,
    })),
  );

describe('a format that is not worth offering', () => {
  const bytes = { avif: 900, webp: 1000, jpeg: 1500, png: 1 };
  const formatsOf = (sizes: Partial<typeof bytes>) =>
    pictureOf(
      published(shippedPresets.web, 4000, 3000).map((variant) => ({
        ...variant,
        bytes: { ...bytes, ...sizes }[variant.format],
      })),
      4000,
      3000,
    ).sources.map(({ type }) => type);

  test('is left out: an AVIF that is larger than the WebP, a WebP that is larger than the JPEG', () => {
    expect(formatsOf({})).toEqual(['image/avif', 'image/webp', 'image/jpeg']);
    expect(formatsOf({ avif: 1001 })).toEqual(['image/webp', 'image/jpeg']);
    expect(formatsOf({ webp: 1501 })).toEqual(['image/avif', 'image/jpeg']);
    expect(formatsOf({ avif: 1600, webp: 1501 })).toEqual(['image/jpeg']);
  });
});

describe('the picture of a photo in web', () => {
  const { sources, img, html } = pictureOf(published(shippedPresets.web, 4000, 3000), 4000, 3000);

  test('offers every whole variant, the most wanted format first, and no square crop', () => {
    expect(sources).toEqual(
      ['avif', 'webp', 'jpeg'].map((format) => ({
        type: `image/${format}`,
        srcset: ['1280', '960', '640', '320'].map((w) => `/images/${w}w.${format} ${w}w`).join(', '),
      })),
    );
  });

  test('falls back to the largest variant in the format that everything can show', () => {
    expect(img).toEqual({ src: '/images/1280w.jpeg', width: 1280, height: 960 });
  });

  test('is one <picture> element that ends in an <img> with its size', () => {
    expect(html.match(/<source /g)).toHaveLength(3);
    expect(html).toMatch(
      /^<picture>.*<img src="\/images\/1280w\.jpeg" width="1280" height="960" alt="" loading="lazy" decoding="async"><\/picture>$/,
    );
  });
});

test.each<[Kind, string[], string]>([
  ['graphic', ['image/webp', 'image/png'], '/images/1280w.png'],
  ['transparent', ['image/webp', 'image/png'], '/images/1280w.png'],
  ['animated', ['image/webp', 'image/jpeg'], '/images/1280w.jpeg'],
])('of a %s there are sources in %j and the fallback %s', (kind, types, src) => {
  const { sources, img } = pictureOf(published(shippedPresets.web, 4000, 3000, kind), 4000, 3000);
  expect(sources.map(({ type }) => type)).toEqual(types);
  expect(img.src).toBe(src);
});

test('a preset of nothing but crops shows its crops', () => {
  const { img } = pictureOf(published(shippedPresets.thumbnails, 4000, 3000), 4000, 3000);
  expect(img).toEqual({ src: '/images/large.jpeg', width: 800, height: 800 });
});

test('of any original, no width is offered twice, and the fallback is among what is offered', () => {
  const side = fc.integer({ min: 1, max: 10_000 });
  fc.assert(
    fc.property(fc.constantFrom(...Object.values<Preset>(shippedPresets)), side, side, (preset, width, height) => {
      const { sources, img } = pictureOf(published(preset, width, height), width, height);
      for (const { srcset } of sources) {
        const widths = srcset.split(', ').map((candidate) => candidate.split(' ')[1]);
        expect(new Set(widths).size).toBe(widths.length);
      }
      expect(sources.at(-1)?.srcset).toContain(` ${img.width}w`);
    }),
  );
});

test('no URL can leave its quotes', () => {
  const { html } = pictureOf(published(shippedPresets.specimen, 400, 300, 'photo', '/"><script>&amp;'), 400, 300);
  expect(html).not.toContain('<script>');
  expect(html).toContain('/&quot;&gt;&lt;script&gt;&amp;amp;/');
});

test('a small original names each width once, and the true one', () => {
  const { sources } = pictureOf(published(shippedPresets.web, 500, 400), 500, 400);
  expect(sources[1]?.srcset).toBe('/images/1280w.webp 500w, /images/320w.webp 320w');
});

test.each([
  [10_000, 100],
  [100, 10_000],
  [5000, 1],
  [1, 900],
  [1281, 853],
  [333, 777],
  // 960 pixels wide, it is exactly 487.5 high.
  [1408, 715],
  [715, 1408],
])('an original of %i×%i has every uncropped variant in its srcset', (width, height) => {
  const variants = published(shippedPresets.web, width, height);
  const whole = variants.filter(({ name }) => ['1280w', '960w', '640w', '320w'].includes(name));
  const srcset = pictureOf(variants, width, height).sources[0]?.srcset;
  for (const variant of whole) expect(srcset).toContain(` ${variant.width}w`);
});

test('an original has every uncropped variant in its srcset, also where a side of it is halfway between two pixels', () => {
  const side = fc.integer({ min: 1, max: 8000 });
  const any = fc.tuple(side, side);
  const halfway = fc
    .tuple(fc.constantFrom(64, 128, 256, 512), fc.nat(200), fc.integer({ min: 1, max: 40 }))
    .map(([width, height, times]): [number, number] => [width * times, (2 * height + 1) * times]);
  fc.assert(
    fc.property(fc.oneof(any, halfway), fc.boolean(), ([one, other], upright) => {
      const [width, height] = upright ? [other, one] : [one, other];
      const variants = published(shippedPresets.web, width, height);
      const offered = (pictureOf(variants, width, height).sources[0]?.srcset ?? '')
        .split(', ')
        .map((candidate) => Number(candidate.split(' ')[1]?.slice(0, -1)));
      const whole = variants.filter(({ name }) => ['1280w', '960w', '640w', '320w'].includes(name));
      for (const variant of whole) expect(offered).toContain(variant.width);
    }),
    { numRuns: 1000 },
  );
});

test('the window is told how wide the picture wants to be', () => {
  const { html } = pictureOf(published(shippedPresets.web, 4000, 3000), 4000, 3000);
  expect(html.match(/sizes="\(max-width: 1280px\) 100vw, 1280px"/g)).toHaveLength(3);
});
