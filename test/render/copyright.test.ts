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

const iptc = (...sets: [number, string | Buffer][]) => {
  const data = Buffer.concat(
    sets.map(([number, text]) => {
      const bytes = Buffer.from(text as string);
      return Buffer.concat([Buffer.of(0x1c, 2, number, bytes.length >> 8, bytes.length & 255), bytes]);
    }),
  );
  const size = Buffer.of(0, 0, data.length >> 8, data.length & 255);
  return Buffer.concat([Buffer.from('Photoshop 3.0\x008BIM\x04\x04\0\0', 'latin1'), size, data]);
};

test('IPTC is asked last, and only for the copyright and the creator', () => {
  const block = iptc([105, 'a headline'], [80, 'Ann Ånström'], [90, 'a city'], [116, '© Ann']);
  const packet = copyrightPacket({ iptc: block });
  expect([...(packet ?? '').matchAll(/<rdf:li[^>]*>([^<]*)/g)].map(([, line]) => line)).toEqual([
    '© Ann',
    'Ann Ånström',
  ]);
  expect(packet).not.toMatch(/headline|city/);
  const both = copyrightPacket({ exif: exif([0x8298, 'from EXIF']), iptc: block });
  expect(both).toContain('from EXIF');
  expect(both).not.toContain('© Ann');
  expect(both).toContain('Ann Ånström');
  expect(copyrightPacket({ iptc: iptc([116, Buffer.from('© 1999', 'latin1')]) })).toContain('© 1999');
  // A length of 28 is the byte that begins a data set.
  expect(copyrightPacket({ iptc: iptc([116, 'x'.repeat(23)]) })).toContain('x'.repeat(23));
});

test('an IPTC block that is cut anywhere is harmless', () => {
  const block = iptc([80, 'Ann'], [116, 'a longer line']);
  for (let cut = 0; cut < block.length; cut++)
    expect(() => copyrightPacket({ iptc: block.subarray(0, cut) })).not.toThrow();
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
