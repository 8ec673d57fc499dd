import { expect, test } from '@jest/globals';
import { copyrightPacket } from '../../lib/render/copyright.ts';
import { exifBlock } from '../system/conformance/draw/segments.ts';

const exif = (...tags: [number, string][]) => exifBlock(tags);

test('an original without an author gets no packet', () => {
  expect(copyrightPacket({})).toBeUndefined();
  expect(copyrightPacket({ exif: exif([0x010f, 'Camera']) })).toBeUndefined();
  expect(copyrightPacket({ exif: exif([0x8298, '  \0 ']) })).toBeUndefined();
});

test.each(['A', 'Ann', 'Anna'])(
  'a line of EXIF is found beside its tag and elsewhere, as its length asks for: %s',
  (line) => {
    expect(copyrightPacket({ exif: exif([0x8298, line]) })).toContain(`>${line}<`);
    expect(copyrightPacket({ exif: exif([0x013b, line]) })).toContain(`<dc:creator><rdf:Seq><rdf:li>${line}<`);
  },
);

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

const creatorsIn = (packet: string | undefined): readonly (string | undefined)[] => {
  const list = /<dc:creator><rdf:Seq>(.*)<\/rdf:Seq><\/dc:creator>/.exec(packet ?? '')?.[1] ?? '';
  return [...list.matchAll(/<rdf:li>([^<]*)<\/rdf:li>/g)].map(([, line]) => line);
};

test('every creator is kept, in order, from a list of XMP and from repeated lines of IPTC', () => {
  const xmp = '<dc:creator><rdf:Seq><rdf:li>A &amp; One</rdf:li>\n<rdf:li> </rdf:li><rdf:li>B Two</rdf:li></rdf:Seq>';
  expect(creatorsIn(inXmp(`${xmp}</dc:creator><dc:rights><rdf:li>©</rdf:li></dc:rights>`))).toEqual([
    'A &amp; One',
    'B Two',
  ]);
  expect(creatorsIn(inXmp('<dc:creator>Ann</dc:creator>'))).toEqual(['Ann']);
  expect(creatorsIn(copyrightPacket({ iptc: iptc([80, 'Ann'], [116, '©'], [80, 'Bert'], [80, '']) }))).toEqual([
    'Ann',
    'Bert',
  ]);
  // A field of EXIF is one line, as it stands.
  const exifAndXmp = { exif: exif([0x013b, 'Ann; Bert']), xmp: Buffer.from(`${xmp}</dc:creator>`) };
  expect(creatorsIn(copyrightPacket(exifAndXmp))).toEqual(['Ann; Bert']);
});

test('creators are together at most 1000 characters', () => {
  const many = `<rdf:li>${'x'.repeat(300)}</rdf:li>`.repeat(100_000);
  const lines = creatorsIn(inXmp(`<dc:creator><rdf:Seq>${many}</rdf:Seq></dc:creator>`));
  expect(lines.map((line) => line?.length)).toEqual([300, 300, 300, 100]);
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

const inXmp = (properties: string) => copyrightPacket({ xmp: Buffer.from(properties) });

// Of such lengths, a search by the square of the length does not end within the limit of a test.
test.each([
  ['tags', '<dc:rights>'],
  ['beginnings of tags', '<dc:rights'],
  ['other elements', '<dc:rightsHolder>'],
])('a million %s without an end hide no line of another property', (_, text) => {
  expect(inXmp(text.repeat(1_000_000))).toBeUndefined();
  expect(inXmp(`<dc:creator>Ann</dc:creator>${text.repeat(1_000_000)}`)).toContain('>Ann<');
});

test('a million beginnings of tags in an item are text, and a million tags are none', () => {
  const line = />(&lt;){1000}<\/rdf:li>/;
  expect(inXmp(`<dc:rights>${'<'.repeat(1_000_000)}</dc:rights>`)).toMatch(line);
  expect(inXmp(`<dc:rights><rdf:li>${'<'.repeat(1_000_000)}</rdf:li></dc:rights>`)).toMatch(line);
  expect(inXmp(`<dc:rights>${'<rdf:li'.repeat(1_000_000)}</dc:rights>`)).toContain('>&lt;rdf:li&lt;rdf:li');
  expect(inXmp(`<dc:rights>${'<rdf:li>'.repeat(1_000_000)}</dc:rights>`)).toBeUndefined();
});

test('a directory of EXIF that names a long line for every entry gives the line of the last', () => {
  const [entries, length] = [60_000, 4_000_000];
  const from = 8 + 2 + 12 * entries;
  const block = Buffer.alloc(from + length, 'x');
  block.write('II*\0', 'latin1');
  block.writeUInt32LE(8, 4);
  block.writeUInt16LE(entries, 8);
  for (let entry = 0; entry < entries; entry++) {
    const at = 10 + 12 * entry;
    block.writeUInt16LE(0x8298, at);
    block.writeUInt16LE(2, at + 2);
    block.writeUInt32LE(length - entry, at + 4);
    block.writeUInt32LE(from + entry, at + 8);
  }
  block.write('the last', from + entries - 1);
  expect(copyrightPacket({ exif: block })).toContain('>the last');
});

test('a line of XMP is the text of the first item, or else of the property', () => {
  const line = (properties: string) => /<rdf:li[^>]*>([^<]*)/.exec(inXmp(properties) ?? '')?.[1];
  expect(line('<dc:rights><rdf:Alt><rdf:li xml:lang="en">one</rdf:li><rdf:li>two</rdf:li></rdf:Alt></dc:rights>')).toBe(
    'one',
  );
  expect(line('<dc:rightsHolder>A</dc:rightsHolder><dc:rights a="b">B</dc:rights>')).toBe('B');
  expect(line('<dc:rights><b>bold</b> and <i>not closed</dc:rights>')).toBe('bold and not closed');
  expect(line('<dc:rights><rdf:li>1 < 2</dc:rights>')).toBe('1 &lt; 2');
  expect(line('<dc:rights></dc:rights><dc:rights>late</dc:rights>')).toBeUndefined();
});

test.each([
  ['&#xA9; 2024 O&#39;Brien &#x1f4f7;', "© 2024 O'Brien \u{1f4f7}"],
  ['&amp;#39; &amp;amp; &amp;lt;', '&amp;#39; &amp;amp; &amp;lt;'],
  ['&quot;a&apos; &lt;b&gt;', '"a\' &lt;b&gt;'],
  // What is no character stays as it stands.
  [
    '&#xD800; &#1114112; &#xfffe; &#; &#x; &nbsp; &#65',
    '&amp;#xD800; &amp;#1114112; &amp;#xfffe; &amp;#; &amp;#x; &amp;nbsp; &amp;#65',
  ],
  ['a&#0;b&#10;c', 'a b c'],
])('the references in %s are read once', (text, line) => {
  expect(inXmp(`<dc:rights>${text}</dc:rights>`)).toContain(`<rdf:li xml:lang="x-default">${line}</rdf:li>`);
});

test('EXIF is UTF-8 or else Latin', () => {
  const latin = exif([0x8298, '@ 2024 M?ller']);
  latin[latin.indexOf('@')] = 0xa9;
  latin[latin.indexOf('?')] = 0xfc;
  expect(copyrightPacket({ exif: latin })).toContain('>© 2024 Müller<');
  expect(copyrightPacket({ exif: exif([0x013b, 'Ann Ånström']) })).toContain('>Ann Ånström<');
});
