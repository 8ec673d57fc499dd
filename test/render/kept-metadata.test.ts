import { expect, test } from '@jest/globals';

import config from '../../darkroom.config.ts';
import { type Preset, shippedPresets } from '../../lib/core/presets.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { landscape } from '../system/conformance/draw/canvas.ts';

import { gif } from '../system/conformance/draw/gif.ts';
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

test('the copyright and every creator of a GIF are kept, still or moving', async () => {
  const text =
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:rights><rdf:Alt><rdf:li>© Zoë</rdf:li></rdf:Alt></dc:rights><dc:creator><rdf:Seq><rdf:li>A One</rdf:li><rdf:li>B Two</rdf:li></rdf:Seq></dc:creator><city>Place</city></x:xmpmeta>';
  // Any byte of the text may be taken for a length: the walk ends in the countdown behind it.
  const countdown = Buffer.from([1, ...Array.from({ length: 256 }, (_, step) => 255 - step), 0]);
  const xmp = Buffer.concat([Buffer.from('!\xff\x0bXMP DataXMP', 'latin1'), Buffer.from(text), countdown]);
  const palette = [
    [10, 120, 60],
    [200, 90, 30],
  ] as const;
  const frame = (index: number) => ({
    width: 120,
    height: 100,
    delay: 100,
    pixels: new Uint8Array(12_000).fill(index),
  });
  for (const frames of [[frame(0)], [frame(0), frame(1)]]) {
    const original = gif(120, 100, palette, frames, undefined, { ending: Buffer.concat([xmp, Buffer.of(0x3b)]) });
    const preset: Preset = { ...plain, keep: ['copyright'] };
    const order = { contentType: 'image/gif', preset, limits: config.limits, keepCopyright: false } as const;
    let files = 0;
    await sharpRenderer().render(original, order, async (_, bytes) => {
      files++;
      const packet = (await sharp(bytes).metadata()).xmp?.toString('utf8') ?? '';
      expect([...packet.matchAll(/<rdf:li[^>]*>([^<]*)/g)].map(([, line]) => line)).toEqual([
        '© Zoë',
        'A One',
        'B Two',
      ]);
      expect(packet).not.toContain('Place');
    });
    expect(files).toBeGreaterThan(1);
  }
});

test('a preset that keeps nothing gives none of the files a line', async () => {
  for (const bytes of (await rendered(plain)).values()) expect(bytes.toString('latin1')).not.toMatch(/Ann|Camera of/);
});
