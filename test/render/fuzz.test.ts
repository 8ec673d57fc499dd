import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import config from '../../darkroom.config.ts';
import { BadPicture } from '../../lib/core/errors.ts';
import { formatOfContentType, type SourceFormat } from '../../lib/core/formats.ts';
import type { RenderOrder } from '../../lib/ports.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { cutOut, landscape } from '../system/conformance/draw/canvas.ts';
import { inkJpeg, mixtures } from '../system/conformance/draw/cmyk.ts';
import { pressProfile } from '../system/conformance/draw/profiles.ts';
import { avif, jpeg, open, webp } from '../system/conformance/draw/sharp.ts';

const canvas = landscape(130, 110);
const files: readonly (readonly [RenderOrder['contentType'], Buffer])[] = [
  ['image/jpeg', await jpeg(canvas)],
  ['image/jpeg', await open(canvas).jpeg({ progressive: true }).toBuffer()],
  ['image/jpeg', await inkJpeg(mixtures.slice(0, 126), pressProfile())],
  ['image/png', await open(cutOut(130, 110)).png().toBuffer()],
  ['image/webp', await webp(canvas)],
  ['image/webp', await webp(cutOut(130, 110))],
  ['image/avif', await avif(canvas)],
  ['image/gif', await open(canvas).gif().toBuffer()],
];
const preset = {
  ...config.presets.web,
  variants: [{ name: 'small', width: 64, fit: 'inside' }],
} as RenderOrder['preset'];
const renderer = sharpRenderer();

const endOf = async (
  contentType: RenderOrder['contentType'],
  bytes: Buffer,
): Promise<'made' | 'refused' | SourceFormat> => {
  try {
    const order = { contentType, preset, limits: config.limits, keepCopyright: true };
    const { variants } = await renderer.render(bytes, order, async () => undefined);
    return variants.length > 0 ? 'made' : formatOfContentType(contentType);
  } catch (error) {
    if (error instanceof BadPicture) return 'refused';
    throw error;
  }
};

test('a file with any bytes changed is made or refused with a code, and never breaks the renderer', async () => {
  const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(change, { minLength: 1, maxLength: 8 }),
      async ([type, file], changes) => {
        const bytes = Buffer.from(file);
        for (const [where, value] of changes) {
          // Headers are small and matter most, so half of the changes go there.
          const at = value % 2 === 0 ? where * Math.min(200, bytes.length) : where * bytes.length;
          bytes[Math.min(bytes.length - 1, Math.floor(at))] = value;
        }
        expect(['made', 'refused']).toContain(await endOf(type, bytes));
      },
    ),
    { numRuns: 300 },
  );
});
