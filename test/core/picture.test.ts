import { describe, expect, test } from '@jest/globals';
import type { Format } from '../../lib/core/formats.ts';
import { pictureOf } from '../../lib/core/picture.ts';
import { plan } from '../../lib/core/plan.ts';
import { shippedPresets } from '../../lib/core/presets.ts';

const published = (preset: keyof typeof shippedPresets, width: number, height: number) =>
  plan(shippedPresets[preset], { width, height, kind: 'photo', transparent: false, format: 'jpeg' }).flatMap(
    ({ picture, format, names }) =>
      names.map((name) => ({ format, width: picture.width, height: picture.height, url: `/v1/${name}.${format}` })),
  );
const pictureFor = (preset: keyof typeof shippedPresets, width: number, height: number) =>
  pictureOf(published(preset, width, height), width, height);

describe('of a large photo under the preset `web`', () => {
  const picture = pictureFor('web', 3000, 2000);

  test('the sources go from avif over webp to jpeg', () => {
    expect(picture.sources.map(({ type }) => type)).toEqual(['image/avif', 'image/webp', 'image/jpeg']);
  });

  test('a srcset holds the uncropped variants with their true widths, and no crop', () => {
    expect(picture.sources[0]?.srcset).toBe(
      '/v1/1280w.avif 1280w, /v1/960w.avif 960w, /v1/640w.avif 640w, /v1/320w.avif 320w',
    );
  });

  test('the image is the largest of the last format, with its size', () => {
    expect(picture.img).toEqual({ src: '/v1/1280w.jpeg', width: 1280, height: 853 });
  });
});

test('a small original names each width once, and the true one', () => {
  expect(pictureFor('web', 500, 400).sources[1]?.srcset).toBe('/v1/1280w.webp 500w, /v1/320w.webp 320w');
});

test.each([
  [10_000, 100],
  [100, 10_000],
  [5000, 1],
  [1, 900],
  [1281, 853],
  [333, 777],
])('an original of %i×%i has every uncropped variant in its srcset', (width, height) => {
  const expected = new Set(
    published('web', width, height)
      .filter(({ url }) => /(1280|960|640|320)w.avif/.test(url))
      .map((variant) => variant.width),
  );
  const widths = pictureFor('web', width, height)
    .sources[0]?.srcset.split(', ')
    .map((entry) => Number.parseInt(entry.split(' ')[1] ?? '', 10));
  for (const width of expected) expect(widths).toContain(width);
});

test('a preset that crops everything offers its crops', () => {
  const picture = pictureFor('thumbnails', 3000, 2000);
  expect(picture.sources.map(({ srcset }) => srcset)).toEqual([
    '/v1/large.webp 800w, /v1/medium.webp 400w, /v1/small.webp 150w',
    '/v1/large.jpeg 800w, /v1/medium.jpeg 400w, /v1/small.jpeg 150w',
  ]);
});

test('a preset of one format offers it alone', () => {
  expect(pictureFor('specimen', 3000, 2000).sources).toHaveLength(1);
});

test('whatever a URL holds, it cannot leave its attribute', () => {
  const variant = { format: 'jpeg' as Format, width: 10, height: 10, url: `/a"><script>'&` };
  expect(pictureOf([variant], 10, 10).html).toContain('src="/a&quot;&gt;&lt;script&gt;&#39;&amp;"');
  expect(pictureOf([variant], 10, 10).html).not.toContain('<script');
});

test('the markup is the data', () => {
  const { html, sources, img } = pictureFor('web', 3000, 2000);
  for (const { type, srcset } of sources) expect(html).toContain(`<source type="${type}" srcset="${srcset}"`);
  expect(html).toContain(`<img src="${img.src}" width="${img.width}" height="${img.height}" alt=""`);
  expect(html).toMatch(/^<picture>.*<\/picture>$/);
});
