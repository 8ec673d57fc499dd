import { expect, test } from '@jest/globals';
import { copyrightPacket } from '../../lib/render/copyright.ts';
import { exifBlock } from '../system/conformance/draw/segments.ts';

const exif = (...tags: [number, string][]) => exifBlock(tags);

test('an original without an author gets no packet', () => {
  expect(copyrightPacket({})).toBeUndefined();
  expect(copyrightPacket({ exif: exif([0x010f, 'Camera']) })).toBeUndefined();
  expect(copyrightPacket({ exif: exif([0x8298, '  \0 ']) })).toBeUndefined();
});

test('EXIF is asked before XMP', () => {
  const xmp = Buffer.from('<dc:rights><rdf:Alt><rdf:li>from XMP</rdf:li></rdf:Alt></dc:rights>');
  expect(copyrightPacket({ exif: exif([0x8298, 'from EXIF']), xmp })).toContain('from EXIF');
  expect(copyrightPacket({ xmp })).toContain('from XMP');
});

test('a line cannot bring markup of its own', () => {
  const packet = copyrightPacket({ exif: exif([0x8298, '</rdf:li><evil/>&']) });
  expect(packet).toContain('&lt;/rdf:li&gt;&lt;evil/&gt;&amp;');
  expect(packet).not.toContain('<evil');
});

test('offsets that point outside the block are harmless', () => {
  const block = exif([0x8298, 'a line that is long enough to lie elsewhere']);
  for (let cut = 0; cut < block.length; cut++)
    expect(() => copyrightPacket({ exif: block.subarray(0, cut) })).not.toThrow();
  const lying = Buffer.from(block);
  lying.writeUInt32LE(0xfffffff0, 4);
  expect(copyrightPacket({ exif: lying })).toBeUndefined();
});

test('a line of any length becomes at most 1000 characters', () => {
  expect(copyrightPacket({ exif: exif([0x8298, 'x'.repeat(5000)]) })?.match(/x{2,}/)?.[0]).toHaveLength(1000);
});
