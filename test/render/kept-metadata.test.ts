import { expect, test } from '@jest/globals';

import config from '../../darkroom.config.ts';
import { type Preset, shippedPresets } from '../../lib/core/presets.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { landscape } from '../system/conformance/draw/canvas.ts';

import { exifBlock, withExif } from '../system/conformance/draw/segments.ts';
import sharp, { jpeg } from '../system/conformance/draw/sharp.ts';

const variants: Preset['variants'] = [{ name: 'only', width: 120, fit: 'inside' }];
const plain: Preset = { ...shippedPresets.web, variants };

/** A photo whose EXIF names its author, its camera and where it was taken, rendered by a preset. */
const rendered = async (preset: Preset): Promise<ReadonlyMap<string, Buffer>> => {
  const tags = [
    [0x010f, 'Camera of the author'],
    [0x013b, 'Ann Author'],
    [0x8298, 'Copyright Ann'],
  ] as const;
  const original = withExif(await jpeg(landscape(160, 120)), exifBlock(tags, { gps: true }));
  const order = { contentType: 'image/jpeg', preset, limits: config.limits, keepCopyright: false } as const;
  const files = new Map<string, Buffer>();
  await sharpRenderer().render(original, order, async ({ format }, bytes) => {
    files.set(format, Buffer.from(bytes));
  });
  return files;
};

test('a preset that keeps the copyright gives every file the two lines and nothing else, least of all the place', async () => {
  const files = await rendered({ ...plain, keep: ['copyright'] });
  expect([...files.keys()].sort()).toEqual(['avif', 'jpeg', 'webp']);
  for (const bytes of files.values()) {
    const { xmp, exif, iptc, icc } = await sharp(bytes).metadata();
    const packet = xmp?.toString('utf8') ?? '';
    expect([...packet.matchAll(/<rdf:li[^>]*>([^<]*)/g)].map(([, line]) => line)).toEqual([
      'Copyright Ann',
      'Ann Author',
    ]);
    expect([exif, iptc, icc]).toEqual([undefined, undefined, undefined]);
    expect(bytes.toString('latin1')).not.toMatch(/Camera of|GPS|exif:/);
  }
});

test('a preset that keeps nothing gives none of the files a line', async () => {
  for (const bytes of (await rendered(plain)).values()) expect(bytes.toString('latin1')).not.toMatch(/Ann|Camera of/);
});
