import { describe, expect, test } from '@jest/globals';
import deployed from '../../darkroom.config.ts';
import { type ConfigInput, defineConfig } from '../../lib/core/config.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import { Unusable } from '../../lib/core/unusable.ts';

const { web } = shippedPresets;
const [variant] = web.variants;
const withVariant = (change: object) => ({ presets: { web: { ...web, variants: [{ ...variant, ...change }] } } });
const withPreset = (change: object) => ({ presets: { web: { ...web, ...change } } });

const complaints = (input: unknown): readonly string[] => {
  try {
    defineConfig(input as ConfigInput);
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    return error.message.split('\n').slice(1);
  }
  return [];
};

test('an empty configuration means the limits, times and presets that are documented', () => {
  expect({ ...defineConfig() }).toEqual({
    presets: { ...shippedPresets },
    defaultPreset: 'web',
    limits: {
      maxBytes: 10_485_760,
      minWidth: 100,
      minHeight: 100,
      maxWidth: 10_000,
      maxHeight: 10_000,
      maxPixels: { jpeg: 100_000_000, png: 100_000_000, webp: 100_000_000, avif: 40_000_000, gif: 100_000_000 },
      maxFrames: 300,
      maxAnimationPixels: 150_000_000,
      renderSeconds: 60,
    },
    accept: ['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif'],
    ticketSeconds: 900,
    downloadSeconds: 3600,
    keepCopyright: false,
    retention: {
      ...{ eventDays: 30, orphanDays: 1, failedDays: 30, orphanImages: 100, orphanShare: 0.01 },
      ...{ expiredDays: 30, tombstoneDays: 365, jobDays: 90, trashDays: 7 },
    },
  });
});

test('the configuration that ships changes nothing of that', () => expect(deployed).toEqual(defineConfig()));

test('what is set is kept, and the rest stays as it was', () => {
  const config = defineConfig({ limits: { maxBytes: 5 }, ticketSeconds: 60, accept: ['image/png'] });
  const { limits } = defineConfig();
  expect(config).toEqual({
    ...defineConfig(),
    limits: { ...limits, maxBytes: 5 },
    ticketSeconds: 60,
    accept: ['image/png'],
  });
});

test('presets of one’s own replace those that ship', () => {
  const config = defineConfig({ presets: { mine: web }, defaultPreset: 'mine' });
  expect(Object.keys(config.presets)).toEqual(['mine']);
});

test.each(['constructor', 'toString', '__proto__'])('a client that asks for the preset %s finds none', (name) => {
  expect(defineConfig().presets[name]).toBeUndefined();
});

describe('refused, with the path of the bad field:', () => {
  test.each<[string, unknown]>([
    ['tiketSeconds', { tiketSeconds: 60 }],
    ['ticketSeconds', { ticketSeconds: '900' }],
    ['ticketSeconds', { ticketSeconds: 9 }],
    ['ticketSeconds', { ticketSeconds: 604_801 }],
    ['ticketSeconds', { ticketSeconds: 60.5 }],
    ['ticketSeconds', { ticketSeconds: Number.NaN }],
    ['ticketSeconds', { ticketSeconds: Number.POSITIVE_INFINITY }],
    ['ticketSeconds', { ticketSeconds: null }],
    ['downloadSeconds', { downloadSeconds: 0 }],
    ['downloadSeconds', { downloadSeconds: 604_801 }],
    ['presets.web.keep.0', withPreset({ keep: ['gps'] })],
    ['keepCopyright', { keepCopyright: 'false' }],
    ['accept', { accept: [] }],
    ['accept', { accept: 'image/png' }],
    ['accept.1', { accept: ['image/png', 'image/tiff'] }],
    ['limits', { limits: 10 }],
    ['limits.maxByte', { limits: { maxByte: 10 } }],
    ['limits.maxBytes', { limits: { maxBytes: 0 } }],
    ['limits.maxBytes', { limits: { maxBytes: -1 } }],
    ['limits.maxBytes', { limits: { maxBytes: '10MB' } }],
    ['limits.maxBytes', { limits: { maxBytes: 200 * 1024 * 1024 + 1 } }],
    ['limits.minWidth', { limits: { minWidth: 0 } }],
    ['limits.minWidth', { limits: { minWidth: 200, maxWidth: 100 } }],
    ['limits.minHeight', { limits: { minHeight: 200, maxHeight: 100 } }],
    ['limits.maxWidth', { limits: { maxWidth: 16_384 } }],
    ['limits.maxHeight', { limits: { maxHeight: 1e9 } }],
    ['limits.maxPixels.avif', { limits: { maxPixels: { avif: 0 } } }],
    ['limits.maxPixels.tiff', { limits: { maxPixels: { tiff: 1 } } }],
    ['limits.maxFrames', { limits: { maxFrames: 0 } }],
    ['limits.maxAnimationPixels', { limits: { maxAnimationPixels: 0 } }],
    ['limits.renderSeconds', { limits: { renderSeconds: 901 } }],
    ['defaultPreset', { defaultPreset: 'wbe' }],
    ['defaultPreset', { defaultPreset: '' }],
    ['defaultPreset', { defaultPreset: 'toString' }],
    ['defaultPreset', { defaultPreset: 'constructor' }],
    ['defaultPreset', { presets: {} }],
    ['defaultPreset', { presets: { mine: web } }],
    ['presets', { presets: null }],
    ['presets', { presets: [web] }],
    ['presets.Web', { presets: { ...shippedPresets, Web: web } }],
    ['presets.a/b', { presets: { ...shippedPresets, 'a/b': web } }],
    ['presets.web', { presets: { web: 'webp' } }],
    ['presets.web.sizes', withPreset({ sizes: [1, 2] })],
    ['presets.web.variants', withPreset({ variants: [] })],
    ['presets.web.variants', withPreset({ variants: [variant, { ...variant, width: 7 }] })],
    [
      'presets.web.variants',
      withPreset({ variants: Array.from({ length: 33 }, (_, n) => ({ ...variant, name: `${n}` })) }),
    ],
    ['presets.web.variants.0.name', withVariant({ name: '' })],
    ['presets.web.variants.0.name', withVariant({ name: '../1280w' })],
    ['presets.web.variants.0.name', withVariant({ name: 'Large' })],
    ['presets.web.variants.0.name', withVariant({ name: 'a'.repeat(33) })],
    ['presets.web.variants.0.name', withVariant({ name: 1280 })],
    ['presets.web.variants.0.width', withVariant({ width: 0 })],
    ['presets.web.variants.0.width', withVariant({ width: -5 })],
    ['presets.web.variants.0.width', withVariant({ width: 1.5 })],
    ['presets.web.variants.0.width', withVariant({ width: 16_384 })],
    ['presets.web.variants.0.width', withVariant({ width: undefined })],
    ['presets.web.variants.0.height', withVariant({ height: '300' })],
    ['presets.web.variants.0.fit', withVariant({ fit: 'fill' })],
    ['presets.web.variants.0.position', withVariant({ position: 'left' })],
    ['presets.web.variants.0.crop', withVariant({ crop: true })],
    ['presets.web.variants.0.quality.png', withVariant({ quality: { png: 9 } })],
    ['presets.web.variants.0.quality.webp', withVariant({ quality: { webp: 101 } })],
    ['presets.web.formats.photo', withPreset({ formats: { ...web.formats, photo: [] } })],
    ['presets.web.formats.photo.0', withPreset({ formats: { ...web.formats, photo: ['gif'] } })],
    ['presets.web.formats.video', withPreset({ formats: { ...web.formats, video: ['webp'] } })],
    [
      'presets.web.formats.animated',
      withPreset({ formats: { photo: ['webp'], graphic: ['webp'], transparent: ['webp'] } }),
    ],
    ['presets.web.quality.avif', withPreset({ quality: { ...web.quality, avif: 0 } })],
    ['presets.web.quality.jpeg', withPreset({ quality: { avif: 50, webp: 80 } })],
    ['presets.web.quality.avif', withPreset({ quality: { ...web.quality, avif: { from: 60, to: 50, score: 70 } } })],
    ['presets.web.quality.avif', withPreset({ quality: { ...web.quality, avif: { from: 50, to: 60 } } })],
    ['presets.web.quality.avif', withPreset({ quality: { ...web.quality, avif: { from: 50, to: 60, score: '70' } } })],
    ['presets.web.variants.0.maxBytes', withVariant({ maxBytes: 0 })],
  ])('%s in %j', (path, input) => {
    expect(complaints(input)).toEqual([expect.stringMatching(/^ {2}\S+: ./)]);
    expect(complaints(input)[0]?.trimStart().split(':')[0]).toBe(path);
  });

  test('all bad fields at once, each with its own sentence', () => {
    expect(complaints({ ticketSeconds: 0, limits: { maxBytes: 0 }, tiket: 1, other: 2 })).toEqual([
      expect.stringContaining('limits.maxBytes: '),
      expect.stringContaining('ticketSeconds: '),
      '  tiket: there is no such setting',
      '  other: there is no such setting',
    ]);
  });

  test('a preset name, with the rule that it breaks', () => {
    expect(complaints({ presets: { ...shippedPresets, Web: web } })).toEqual([
      '  presets.Web: a preset name is like a variant name',
    ]);
  });
});
