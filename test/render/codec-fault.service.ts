import { describe, expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import type { Format } from '../../lib/core/formats.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import type { RenderOrder } from '../../lib/ports.ts';
import { encode } from '../../lib/render/encode.ts';
import type { EncoderSettings } from '../../lib/render/encoder-settings.ts';
import { frameOf, type Pixels } from '../../lib/render/pixels.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { cutOut, landscape, logo } from '../system/conformance/draw/canvas.ts';
import sharp, { jpeg, open } from '../system/conformance/draw/sharp.ts';

type Encode = typeof encode;
/** A codec that makes mistakes in one format; the others are as they should be. */
type Fault = (pixels: Pixels, encodeRightly: (pixels: Pixels) => Promise<Buffer>) => Promise<Buffer>;

const variant = { name: 'small', width: 200, fit: 'inside' } as const;
const preset = { ...shippedPresets.web, variants: [variant] };

const made = async (contentType: RenderOrder['contentType'], original: Buffer, format: Format, fault: Fault) => {
  const delivered: string[] = [];
  const faulty: Encode = (pixels, wanted, settings: EncoderSettings, copyright) => {
    const rightly = (instead: Pixels) => encode(instead, wanted, settings, copyright);
    return wanted === format ? fault(pixels, rightly) : rightly(pixels);
  };
  const order = { contentType, preset, limits: config.limits, keepCopyright: false };
  const rendering = sharpRenderer({ encode: faulty }).render(original, order, async ({ format }) => {
    delivered.push(format);
  });
  return { delivered, rendering };
};

const changed = (pixels: Pixels, change: (data: Buffer) => void): Pixels => {
  const data = Buffer.from(pixels.data);
  change(data);
  return { ...pixels, data };
};
const faults: readonly (readonly [string, Fault])[] = [
  [
    'ends in the middle',
    async (pixels, rightly) => {
      const file = await rightly(pixels);
      return file.subarray(0, file.length / 2);
    },
  ],
  ['is no file at all', async () => Buffer.from('there is nothing here')],
  [
    'is of another size',
    (pixels, rightly) =>
      rightly({
        ...frameOf(pixels, 0),
        height: pixels.height - 1,
        data: pixels.data.subarray(0, -pixels.width * pixels.channels),
      }),
  ],
  [
    'is black',
    (pixels, rightly) =>
      rightly(
        changed(pixels, (data) =>
          data.fill(0).forEach((_, at) => {
            if (pixels.channels === 4 && at % 4 === 3) data[at] = 255;
          }),
        ),
      ),
  ],
  [
    'is torn in its lower half',
    (pixels, rightly) => rightly(changed(pixels, (data) => data.fill(128, data.length / 2))),
  ],
  [
    'has red and blue exchanged',
    (pixels, rightly) =>
      rightly(
        changed(pixels, (data) => {
          for (let at = 0; at < data.length; at += pixels.channels)
            [data[at], data[at + 2]] = [data[at + 2] ?? 0, data[at] ?? 0];
        }),
      ),
  ],
];

const originals = {
  jpeg: ['image/jpeg', () => jpeg(landscape(200, 160, 3))],
  avif: ['image/jpeg', () => jpeg(landscape(200, 160, 3))],
  webp: ['image/png', () => open(logo(160, 120)).png().toBuffer()],
  png: ['image/png', () => open(cutOut(160, 120)).png().toBuffer()],
} as const;

describe.each(Object.entries(originals))('a %s that a codec made and that', (format, [contentType, draw]) => {
  test.each(faults)('%s is caught before its version can be ready', async (_what, fault) => {
    const { delivered, rendering } = await made(contentType, await draw(), format as Format, fault);
    await expect(rendering).rejects.toThrow();
    expect(delivered).not.toContain(format);
  });

  test('made correctly is delivered', async () => {
    const { delivered, rendering } = await made(contentType, await draw(), format as Format, (pixels, rightly) =>
      rightly(pixels),
    );
    await rendering;
    expect(delivered).toContain(format);
  });
});

test('one wrong pixel in a PNG is enough', async () => {
  const { rendering } = await made('image/png', await open(logo(160, 120)).png().toBuffer(), 'png', (pixels, rightly) =>
    rightly(
      changed(pixels, (data) => {
        data[300] = (data[300] ?? 0) ^ 1;
      }),
    ),
  );
  await expect(rendering).rejects.toMatchObject({ trouble: 'codec' });
});

describe('an animated WebP', () => {
  const colours = ['#c22', '#2c2', '#22c', '#cc2', '#2cc'];
  const animation = async () => {
    const frames = await Promise.all(
      colours.map((background) =>
        sharp({ create: { width: 150, height: 120, channels: 3, background } })
          .raw()
          .toBuffer(),
      ),
    );
    return sharp(Buffer.concat(frames), {
      raw: { width: 150, height: 120 * colours.length, channels: 3, pageHeight: 120 },
    })
      .webp({ effort: 0 })
      .toBuffer();
  };
  const withFrames =
    (choose: (frames: readonly Buffer[]) => readonly Buffer[]): Fault =>
    (pixels, rightly) => {
      if (pixels.frames === 1) return rightly(pixels);
      const all = Array.from({ length: pixels.frames }, (_, index) => frameOf(pixels, index).data);
      const data = Buffer.concat(choose(all));
      return rightly({ ...pixels, data, frames: data.length / (all[0]?.length ?? 1) });
    };

  test.each<[string, (frames: readonly Buffer[]) => readonly Buffer[]]>([
    ['whose last frame is black', (frames) => [...frames.slice(0, -1), Buffer.alloc(frames[0]?.length ?? 0)]],
    ['without its last frame', (frames) => frames.slice(0, -1)],
    ['without a frame in the middle', (frames) => frames.toSpliced(2, 1)],
    ['with two frames exchanged', (frames) => [0, 2, 1, 3, 4].flatMap((index) => frames[index] ?? [])],
    ['with a frame too many', (frames) => [...frames, ...frames.slice(0, 1)]],
  ])('%s is caught before its version can be ready', async (_what, choose) => {
    const { rendering } = await made('image/webp', await animation(), 'webp', withFrames(choose));
    await expect(rendering).rejects.toMatchObject({ trouble: 'codec' });
  });

  test('whose encoder said a frame twice as one that lasts is as it should be', async () => {
    const twice = await animation();
    const { data, info } = await sharp(twice, { animated: true }).raw().toBuffer({ resolveWithObject: true });
    const frame = data.length / colours.length;
    const doubled = Buffer.concat([
      data.subarray(0, frame),
      data.subarray(0, frame),
      data.subarray(frame),
      data.subarray(-frame),
    ]);
    const original = await sharp(doubled, {
      raw: { width: 150, height: 120 * 7, channels: info.channels as 3 | 4, pageHeight: 120 },
    })
      .gif()
      .toBuffer();
    const { rendering } = await made('image/gif', original, 'webp', (pixels, rightly) => rightly(pixels));
    expect((await rendering).kind).toBe('animated');
  });
});
