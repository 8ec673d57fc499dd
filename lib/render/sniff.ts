import type { SourceFormat } from '../core/formats.ts';

/** What the first bytes say a file is. A format that we refuse has a name, and something to do about it. */
export type Sniffed =
  | { readonly accepted: SourceFormat }
  | { readonly refused: string; readonly advice: string }
  | { readonly nothing: true };

export const sniff = (bytes: Uint8Array): Sniffed =>
  signatures.find(({ matches }) => matches(bytes))?.is ?? sniffIsoMedia(bytes) ?? sniffText(bytes) ?? { nothing: true };

const starts = (...wanted: (number | string)[]) => at(0, ...wanted);
const at =
  (offset: number, ...wanted: (number | string)[]) =>
  (bytes: Uint8Array): boolean =>
    wanted
      .flatMap((part) => (typeof part === 'string' ? [...part].map((letter) => letter.charCodeAt(0)) : [part]))
      .every((byte, index) => bytes[offset + index] === byte);
const both = (first: (bytes: Uint8Array) => boolean, second: (bytes: Uint8Array) => boolean) => (bytes: Uint8Array) =>
  first(bytes) && second(bytes);

const asJpeg = 'Export it as JPEG and upload that.';
const asPng = 'Export it as PNG and upload that.';
const developed = 'Develop it in a photo program and upload a JPEG.';

// The order matters: raw camera files begin like TIFF.
const signatures: readonly { matches: (bytes: Uint8Array) => boolean; is: Sniffed }[] = [
  { matches: starts(0xff, 0xd8, 0xff), is: { accepted: 'jpeg' } },
  { matches: starts(0x89, 'PNG\r\n', 0x1a, '\n'), is: { accepted: 'png' } },
  { matches: both(starts('RIFF'), at(8, 'WEBP')), is: { accepted: 'webp' } },
  { matches: starts('GIF87a'), is: { accepted: 'gif' } },
  { matches: starts('GIF89a'), is: { accepted: 'gif' } },
  { matches: both(starts('II*\0'), at(8, 'CR')), is: { refused: 'a Canon raw photo (CR2)', advice: developed } },
  { matches: starts('IIRO'), is: { refused: 'an Olympus raw photo (ORF)', advice: developed } },
  { matches: starts('IIU\0'), is: { refused: 'a Panasonic raw photo (RW2)', advice: developed } },
  { matches: starts('FUJIFILMCCD-RAW'), is: { refused: 'a Fujifilm raw photo (RAF)', advice: developed } },
  { matches: starts('II*\0'), is: { refused: 'a TIFF or a raw photo', advice: asJpeg } },
  { matches: starts('MM\0*'), is: { refused: 'a TIFF or a raw photo', advice: asJpeg } },
  { matches: starts('II+\0'), is: { refused: 'a BigTIFF', advice: asJpeg } },
  { matches: starts('MM\0+'), is: { refused: 'a BigTIFF', advice: asJpeg } },
  { matches: starts('8BPS'), is: { refused: 'a Photoshop document (PSD)', advice: asPng } },
  { matches: starts('%PDF'), is: { refused: 'a PDF', advice: 'Export the page as PNG or JPEG and upload that.' } },
  { matches: starts('%!PS'), is: { refused: 'a PostScript file', advice: asPng } },
  { matches: starts(0xff, 0x0a), is: { refused: 'a JPEG XL', advice: asJpeg } },
  { matches: at(4, 'JXL \r\n', 0x87, '\n'), is: { refused: 'a JPEG XL', advice: asJpeg } },
  { matches: at(4, 'jP  \r\n', 0x87, '\n'), is: { refused: 'a JPEG 2000', advice: asJpeg } },
  { matches: starts(0xff, 0x4f, 0xff, 0x51), is: { refused: 'a JPEG 2000', advice: asJpeg } },
  { matches: both(starts('BM'), at(6, 0, 0, 0, 0)), is: { refused: 'a BMP', advice: asPng } },
  { matches: starts(0, 0, 1, 0), is: { refused: 'a Windows icon (ICO)', advice: asPng } },
  { matches: starts(0, 0, 2, 0), is: { refused: 'a Windows cursor (CUR)', advice: asPng } },
  { matches: starts('qoif'), is: { refused: 'a QOI', advice: asPng } },
  { matches: starts('v/1', 0x01), is: { refused: 'an OpenEXR', advice: asJpeg } },
  { matches: starts('#?RADIANCE'), is: { refused: 'a Radiance HDR', advice: asJpeg } },
];

const heicAdvice =
  'Export it as JPEG; on an iPhone choose Settings, Camera, Formats, Most Compatible, or let the browser convert it.';

/** HEIC, AVIF and videos share a container; the brands in its first box tell them apart. */
const sniffIsoMedia = (bytes: Uint8Array): Sniffed | undefined => {
  if (!at(4, 'ftyp')(bytes)) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0);
  const text = Buffer.from(bytes.subarray(8, Math.min(length, bytes.length, 512))).toString('latin1');
  const brands = new Set([text.slice(0, 4), ...(text.slice(8).match(/.{4}/gs) ?? [])]);
  const major = text.slice(0, 4);
  const has = (...names: string[]) => names.some((name) => brands.has(name));
  if (major === 'avis')
    return { refused: 'an animated AVIF', advice: 'Export the animation as WebP or GIF, or one frame as AVIF.' };
  if (has('avif')) return { accepted: 'avif' };
  if (has('heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1'))
    return { refused: 'a HEIC', advice: heicAdvice };
  if (has('crx ')) return { refused: 'a Canon raw photo (CR3)', advice: developed };
  return { refused: 'a video', advice: 'Upload a picture.' };
};

const sniffText = (bytes: Uint8Array): Sniffed | undefined => {
  const head = new TextDecoder().decode(bytes.subarray(0, 1024)).replaceAll('\0', '').trimStart();
  if (/^(<\?xml|<!--|<!DOCTYPE|<svg)/i.test(head) && /<svg[\s>]/i.test(head))
    return { refused: 'an SVG', advice: 'SVG can carry scripts; export it as PNG and upload that.' };
  return undefined;
};
