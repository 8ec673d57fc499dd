import { type Case, expectEqual, made, type Outcome } from '../case.ts';
import { landscape, logo } from '../draw/canvas.ts';
import { png, profileChunk } from '../draw/png.ts';
import { profileOf, spaces } from '../draw/profiles.ts';
import { exifBlock, withExif, withJpegProfile, withSegment } from '../draw/segments.ts';
import sharp, { jpeg, open } from '../draw/sharp.ts';

const artistTag = 0x013b;
const copyrightTag = 0x8298;
const secret = 'Geheim-7f3a';
const rights = '© 2026 Zoë Ångström <all rights>';
const artist = 'Zoë Ångström';

const tags = [
  [0x010f, `${secret} Camera`],
  [0x0110, `${secret} Model`],
  [0x010e, `${secret} at home`],
  [artistTag, artist],
  [copyrightTag, rights],
] as const;

const xmpPacket = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="${secret}"><dc:rights><rdf:Alt><rdf:li xml:lang="x-default">${rights.replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</rdf:li></rdf:Alt></dc:rights><dc:creator><rdf:Seq><rdf:li>${artist}</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>`;

const everything = async (): Promise<Buffer> => {
  const thumbnail = await jpeg(logo(80, 60));
  let file = withJpegProfile(await jpeg(landscape(400, 300)), profileOf(spaces.p3));
  file = withSegment(file, 0xeb, Buffer.from(`JP\0\0jumb c2pa ${secret}`));
  file = withSegment(
    file,
    0xed,
    Buffer.from(`Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x14\x1c\x02\x78\0\x0b${secret}`, 'latin1'),
  );
  file = withSegment(file, 0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${xmpPacket}`));
  file = withSegment(file, 0xfe, Buffer.from(`comment ${secret}`));
  return withExif(file, exifBlock(tags, { gps: true, thumbnail }));
};

/** Names under which containers carry metadata, and the words that were hidden in it. */
const traces = [
  secret,
  'Exif',
  'EXIF',
  'eXIf',
  'http://ns.adobe',
  'xpacket',
  'Photoshop',
  '8BIM',
  'ICC_PROFILE',
  'iCCP',
  'ICCP',
  'c2pa',
  'jumb',
  'tEXt',
  'iTXt',
  'zTXt',
  'tIME',
  'XMP ',
  'xmp',
  'rdf:',
  'mime',
];

/** `mime` and `Exif` are item types of AVIF, and `infe` entries name them: their absence says there is no such item. */
const carriesNothing = async (outcome: Outcome): Promise<void> => {
  for (const file of made(outcome).files) {
    const text = Buffer.from(await file.bytes()).toString('latin1');
    const found = traces.filter((trace) => text.includes(trace));
    // Four letters also turn up by chance in compressed pixels; where they do, the header knows better.
    const header = await sharp(await file.bytes()).metadata();
    const real = found.filter((trace) => trace.length > 4);
    expectEqual(`traces in ${file.name}.${file.format}`, real, []);
    expectEqual(
      `blocks in ${file.name}.${file.format}`,
      [header.exif, header.xmp, header.icc, header.iptc, header.comments].filter((block) => block !== undefined).length,
      0,
    );
  }
};

const carriesOnlyRights = async (outcome: Outcome): Promise<void> => {
  for (const file of made(outcome).files) {
    const bytes = Buffer.from(await file.bytes());
    const header = await sharp(bytes).metadata();
    const where = `${file.name}.${file.format}`;
    expectEqual(`other blocks in ${where}`, [header.exif, header.icc, header.iptc].filter(Boolean).length, 0);
    expectEqual(`the secret in ${where}`, bytes.includes(secret), false);
    const items = [...(header.xmp?.toString('utf8') ?? '').matchAll(/<rdf:li[^>]*>([^<]*)<\/rdf:li>/g)].map(
      ([, item]) => item,
    );
    expectEqual(`the lines in ${where}`, items, [rights.replace('<', '&lt;').replace('>', '&gt;'), artist]);
  }
};

const carriers: readonly { title: string; contentType: Case['contentType']; original: Case['original'] }[] = [
  {
    title: 'a JPEG with EXIF, GPS, thumbnail, XMP, IPTC, comment, profile and C2PA',
    contentType: 'image/jpeg',
    original: everything,
  },
  {
    title: 'a PNG with eXIf, texts, time and profile',
    contentType: 'image/png',
    original: () => {
      const { width, height, data } = landscape(300, 240);
      return png({
        width,
        height,
        colourType: 2,
        rows: data,
        before: [
          profileChunk(profileOf(spaces.adobe)),
          ['eXIf', exifBlock(tags, { gps: true })],
          ['tEXt', Buffer.from(`Author\0${secret}`)],
          ['iTXt', Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${xmpPacket}`)],
          ['tIME', Buffer.of(7, 208, 1, 1, 1, 1, 1)],
        ],
      });
    },
  },
  ...(['webp', 'avif'] as const).map((format) => ({
    title: `a ${format} with EXIF, XMP and profile`,
    contentType: `image/${format}` as const,
    original: async () => {
      const source = withExif(
        withSegment(await jpeg(landscape(320, 240)), 0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${xmpPacket}`)),
        exifBlock(tags, { gps: true }),
      );
      const opened = sharp(source).keepExif().keepXmp().withIccProfile('p3');
      return (format === 'webp' ? opened.webp() : opened.avif({ effort: 0 })).toBuffer();
    },
  })),
];

export const metadata: readonly Case[] = [
  ...carriers.map(
    ({ title, contentType, original }, index): Case => ({
      group: 'metadata',
      title: `${title} leaves nothing of it in any variant`,
      contentType,
      original,
      quick: index === 0,
      check: carriesNothing,
    }),
  ),
  ...carriers.map(
    ({ title, contentType, original }, index): Case => ({
      group: 'metadata',
      title: `${title} leaves only the copyright and artist lines where they are kept`,
      contentType,
      original,
      quick: index === 0,
      settings: { keepCopyright: true },
      check: carriesOnlyRights,
    }),
  ),
  {
    group: 'metadata',
    title: 'an original without copyright gets none where it is kept',
    contentType: 'image/png',
    original: () => open(logo(200, 150)).png().toBuffer(),
    settings: { keepCopyright: true },
    check: carriesNothing,
  },
];
