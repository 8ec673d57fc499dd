import { isUtf8 } from 'node:buffer';
import type { Metadata } from 'sharp';

/** Where the lines are looked for, in this order: part of the recipe of what keeps them. */
export const copyrightSources = ['exif', 'xmp', 'iptc'] as const;

/**
 * The copyright line and the creators of an original as a fresh XMP packet with nothing else in it; undefined when the
 * original names neither. XMP rather than EXIF, because it holds any script and drags no technical tags along.
 */
export const copyrightPacket = (metadata: Pick<Metadata, (typeof copyrightSources)[number]>): string | undefined => {
  const found = copyrightSources.map((source): Lines => {
    const block = metadata[source];
    return block ? linesIn[source](block) : noLines;
  });
  const rights = found.find((lines) => lines.rights !== undefined)?.rights;
  const creators = found.find((lines) => lines.creators.length > 0)?.creators ?? [];
  if (rights === undefined && creators.length === 0) return undefined;
  return [
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">',
    rights === undefined
      ? ''
      : `<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">${escaped(rights)}</rdf:li></rdf:Alt></dc:rights>`,
    creators.length === 0 ? '' : `<dc:creator><rdf:Seq>${creators.map(item).join('')}</rdf:Seq></dc:creator>`,
    '</rdf:Description></rdf:RDF></x:xmpmeta>',
  ].join('');
};

const item = (line: string): string => `<rdf:li>${escaped(line)}</rdf:li>`;

type Lines = { readonly rights: string | undefined; readonly creators: readonly string[] };
const noLines: Lines = { rights: undefined, creators: [] };

const artistTag = 0x013b;
const copyrightTag = 0x8298;
const ascii = 2;

/** The first directory of EXIF (TIFF layout), where both lines live; offsets outside the block are ignored. */
const exifLines = (exif: Buffer): Lines => {
  const tiff = exif.subarray(0, 6).toString('latin1') === 'Exif\0\0' ? exif.subarray(6) : exif;
  if (tiff.length < 8) return noLines;
  const little = tiff.toString('latin1', 0, 2) === 'II';
  const u16 = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const u32 = (at: number) => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const directory = u32(4);
  if (directory + 2 > tiff.length) return noLines;
  const found: { rights?: Buffer; creator?: Buffer } = {};
  for (let entry = directory + 2; entry < directory + 2 + 12 * u16(directory); entry += 12) {
    if (entry + 12 > tiff.length) break;
    const tag = u16(entry);
    if ((tag !== artistTag && tag !== copyrightTag) || u16(entry + 2) !== ascii) continue;
    const length = u32(entry + 4);
    const from = length <= 4 ? entry + 8 : u32(entry + 8);
    found[tag === artistTag ? 'creator' : 'rights'] = tiff.subarray(from, Math.min(from + length, tiff.length));
  }
  // Read behind the loop: a directory can name one long line thousands of times.
  const { rights, creator } = found;
  return {
    rights: rights && cleaned(textOf(rights)),
    creators: creator ? listed([textOf(creator)]) : [],
  };
};

const xmpLines = (block: Buffer): Lines => {
  const xmp = block.toString('utf8');
  const [first] = itemsOf(xmp, 'dc:rights');
  return { rights: first === undefined ? undefined : cleaned(first), creators: listed(itemsOf(xmp, 'dc:creator')) };
};

const bylineSet = 80;
const copyrightSet = 116;

/** The application record of IPTC IIM, in the resource 0x0404 of a Photoshop block (JPEG) or bare. */
const iptcLines = (block: Buffer): Lines => {
  let rights: string | undefined;
  const bylines: string[] = [];
  const resource = block.indexOf(Buffer.of(0x38, 0x42, 0x49, 0x4d, 0x04, 0x04));
  // Behind the resource's number: its name, with its length before it and padded to pairs, and four bytes of length.
  const first = resource < 0 ? 0 : resource + 6 + (((block[resource + 6] ?? 0) + 2) & ~1) + 4;
  // A data set: 0x1c, record, number, two bytes of length.
  for (let at = first; at + 5 <= block.length && block[at] === 0x1c; ) {
    const length = block.readUInt16BE(at + 3);
    const text = block.subarray(at + 5, at + 5 + length);
    if (block[at + 1] === 2 && block[at + 2] === bylineSet) bylines.push(textOf(text));
    if (block[at + 1] === 2 && block[at + 2] === copyrightSet) rights ??= cleaned(textOf(text));
    at += 5 + length;
  }
  return { rights, creators: listed(bylines) };
};

/** The character set of EXIF and IPTC is seldom named: UTF-8 or else Latin. */
const textOf = (bytes: Buffer): string => bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');

const linesIn = { exif: exifLines, xmp: xmpLines, iptc: iptcLines } as const;

/** The texts of a property's items, or else its own. */
function* itemsOf(xmp: string, property: string): Generator<string> {
  const body = contentOf(xmp, property, 0)?.content;
  if (body === undefined) return;
  let found = contentOf(body, 'rdf:li', 0);
  if (!found) yield unescaped(withoutTags(body));
  for (; found; found = contentOf(body, 'rdf:li', found.end)) yield unescaped(withoutTags(found.content));
}

/**
 * What stands between the first such tag and the next end of one. Searched by hand, because an expression for this
 * takes time by the square of the length where tags are not closed.
 */
const contentOf = (xml: string, element: string, from: number): { content: string; end: number } | undefined => {
  const start = `<${element}`;
  let at = xml.indexOf(start, from);
  // dc:rightsHolder is another element.
  while (at >= 0 && /\w/.test(xml.charAt(at + start.length))) at = xml.indexOf(start, at + start.length);
  if (at < 0) return undefined;
  const opened = xml.indexOf('>', at);
  if (opened < 0) return undefined;
  const end = xml.indexOf(`</${element}>`, opened);
  return end < 0 ? undefined : { content: xml.slice(opened + 1, end), end };
};

/** The text outside of tags. A `<` that is not closed is text. */
const withoutTags = (xml: string): string => {
  const texts: string[] = [];
  let from = 0;
  for (;;) {
    const start = xml.indexOf('<', from);
    const end = start < 0 ? -1 : xml.indexOf('>', start);
    if (end < 0) return texts.concat(xml.slice(from)).join('');
    texts.push(xml.slice(from, start));
    from = end + 1;
  }
};

const maxLength = 1000;
const maxLengthWithPadding = 64 * 1024;

/** As many lines as are together no longer than one may be. */
const listed = (texts: Iterable<string>): readonly string[] => {
  const lines: string[] = [];
  let room = maxLength;
  for (const text of texts) {
    const line = cleaned(text)?.slice(0, room);
    if (!line) continue;
    lines.push(line);
    room -= line.length;
    if (room === 0) break;
  }
  return lines;
};

/** Tools pad these fields with NULs and blanks; control characters have no place in XML. */
const cleaned = (line: string): string | undefined => {
  const printable = [...line.slice(0, maxLengthWithPadding)]
    .map((character) => (character < ' ' ? ' ' : character))
    .join('');
  return printable.replace(/\s+/g, ' ').trim().slice(0, maxLength) || undefined;
};

/** Read in one pass: `&amp;#39;` is the text `&#39;`. */
const unescaped = (text: string): string =>
  text.replace(
    /&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(amp|lt|gt|quot|apos));/g,
    (reference, hex?: string, decimal?: string, name?: string) =>
      name === undefined
        ? (characterOf(hex ? Number.parseInt(hex, 16) : Number(decimal)) ?? reference)
        : (named[name] ?? reference),
  );

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Undefined for what is no character of XML. Control characters become blanks later. */
const characterOf = (code: number): string | undefined => {
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return code > 0x10ffff || isSurrogate || code === 0xfffe || code === 0xffff ? undefined : String.fromCodePoint(code);
};

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
