import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BadPicture } from '../../lib/core/errors.ts';
import type { SourceFormat } from '../../lib/core/formats.ts';
import { sniff } from '../../lib/render/sniff.ts';
import { structureOf } from '../../lib/render/structure/index.ts';
import { landscape } from '../conformance/draw/canvas.ts';
import { avif, jpeg, open, webp } from '../conformance/draw/sharp.ts';

const canvas = landscape(160, 120);
const files = {
  jpeg: await jpeg(canvas),
  png: await open(canvas).png().toBuffer(),
  webp: await webp(canvas),
  avif: await avif(canvas),
  gif: await open(canvas).gif().toBuffer(),
} as const satisfies Record<SourceFormat, Buffer>;
const formats = Object.keys(files) as SourceFormat[];

test.each(formats)('a %s is whole, and not whole without any number of its last bytes', (format) => {
  const file = files[format];
  expect(structureOf(format, file).whole).toBe(true);
  // The last byte of a GIF says nothing but that it ends.
  for (let missing = format === 'gif' ? 2 : 1; missing <= 300; missing += 7)
    expect(structureOf(format, file.subarray(0, -missing)).whole).toBe(false);
});

test.each(formats)('a %s is recognised by its first bytes', (format) => {
  expect(sniff(files[format])).toEqual({ accepted: format });
});

test('no bytes whatever make the readers throw or run on', () => {
  fc.assert(
    fc.property(fc.constantFrom(...formats), fc.uint8Array({ maxLength: 400 }), fc.nat(60), (format, noise, kept) => {
      const bytes = Buffer.concat([files[format].subarray(0, kept), noise]);
      expect(() => sniff(bytes)).not.toThrow(BadPicture);
      expect(structureOf(format, bytes).frames).toBeGreaterThanOrEqual(1);
    }),
    { numRuns: 500 },
  );
});
