/** What the first bytes of a file say: its type by signature, and its size in pixels by its header. */
export type Inspected = {
  readonly type: string;
  /** Of the upright picture, as the service counts. Undefined where the first bytes do not tell it. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
  readonly isAnimated?: boolean;
};

/** How many bytes are looked at: the EXIF data of a photo comes before its size. */
export const inspectedBytes = 256 * 1024;

export const inspect = (bytes: Uint8Array): Inspected | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  const head = text(0, 12);
  if (head.startsWith('\xff\xd8\xff')) return { type: 'image/jpeg', size: jpegSize(view) };
  if (head.startsWith('\x89PNG\r\n\x1a\n'))
    return { type: 'image/png', size: pngSize(view), isAnimated: text(0, 4096).includes('acTL') };
  if (/^GIF8[79]a/.test(head))
    return {
      type: 'image/gif',
      size: fits(view, 10) && sizeOf(view.getUint16(6, true), view.getUint16(8, true)),
      isAnimated: true,
    };
  if (/^RIFF.{4}WEBP/s.test(head)) return webp(view, text(12, 16));
  if (head.slice(4, 8) === 'ftyp') return isoMedia(view, text(8, Math.min(view.byteLength, 64)));
  if (/^(<\?xml.*)?<svg|^<!doctype svg/is.test(text(0, 1024).trimStart())) return { type: 'image/svg+xml' };
  const known = others.find(([signature]) => head.startsWith(signature));
  return known && { type: known[1] };
};

const others = [
  ['II*\0', 'image/tiff'],
  ['MM\0*', 'image/tiff'],
  ['%PDF', 'application/pdf'],
  ['8BPS', 'image/vnd.adobe.photoshop'],
  ['BM', 'image/bmp'],
  ['\xff\x0a', 'image/jxl'],
  ['\0\0\0\x0cJXL ', 'image/jxl'],
] as const;

const fits = (view: DataView, bytes: number) => (view.byteLength >= bytes ? true : undefined);
const sizeOf = (width: number, height: number) => (width > 0 && height > 0 ? { width, height } : undefined);
const upright = (size: Inspected['size'], isTurned: boolean | undefined): Inspected['size'] =>
  size && isTurned ? { width: size.height, height: size.width } : size;
const sizeAt = (view: DataView, at: number) => fits(view, at + 8) && sizeOf(view.getUint32(at), view.getUint32(at + 4));

/** Whether the EXIF data that begins here turns the picture by a quarter: the orientations 5 to 8. */
const turns = (view: DataView, at: number): boolean => {
  if (!fits(view, at + 8)) return false;
  const isLittle = view.getUint16(at) === 0x4949;
  const directory = at + view.getUint32(at + 4, isLittle);
  const count = fits(view, directory + 2) ? view.getUint16(directory, isLittle) : 0;
  for (let tag = directory + 2; tag < directory + 2 + 12 * count && fits(view, tag + 12); tag += 12)
    if (view.getUint16(tag, isLittle) === 0x0112) return [5, 6, 7, 8].includes(view.getUint16(tag + 8, isLittle));
  return false;
};

const exif = 0x45786966;

/** Of the frame, which comes after any number of segments: ITU-T T.81, B.2.2. */
const jpegSize = (view: DataView) => {
  let isTurned: boolean | undefined;
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) at++;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return upright(sizeOf(view.getUint16(at + 7), view.getUint16(at + 5)), isTurned);
    else {
      if (marker === 0xe1 && view.getUint32(at + 4) === exif) isTurned ??= turns(view, at + 10);
      at += 2 + view.getUint16(at + 2);
    }
  }
  return undefined;
};

const pngSize = (view: DataView): Inspected['size'] => {
  let isTurned = false;
  for (let at = 8; fits(view, at + 8); at += 12 + view.getUint32(at))
    if (view.getUint32(at + 4) === 0x65584966) isTurned = turns(view, at + 8);
  return upright(sizeAt(view, 16), isTurned);
};

/** Where a chunk of this name has its data; undefined where it is not among the first bytes. */
const riffChunk = (view: DataView, name: number): number | undefined => {
  for (let at = 12; fits(view, at + 8); at += 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) % 2))
    if (view.getUint32(at) === name) return at + 8;
  return undefined;
};

const webp = (view: DataView, chunk: string): Inspected => {
  const type = 'image/webp';
  if (!fits(view, 30)) return { type };
  const uint24 = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  if (chunk === 'VP8X') {
    const flags = view.getUint8(20);
    // The orientation comes last in the file.
    const found = (flags & 8) === 0 ? undefined : riffChunk(view, 0x45584946);
    const isTurned = found !== undefined && turns(view, view.getUint32(found) === exif ? found + 6 : found);
    const isKnown = (flags & 8) === 0 || found !== undefined;
    const size = isKnown ? upright(sizeOf(uint24(24) + 1, uint24(27) + 1), isTurned) : undefined;
    return { type, size, isAnimated: (flags & 2) !== 0 };
  }
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { type, size: sizeOf((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1) };
  }
  return { type, size: sizeOf(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff) };
};

/** The largest `ispe`: a file has one for each of its tiles, and one for the whole. `irot` turns it by quarters. */
const isoMedia = (view: DataView, brands: string): Inspected | undefined => {
  if (/^avis/.test(brands)) return { type: 'image/avif', isAnimated: true };
  const type = /avif/.test(brands)
    ? 'image/avif'
    : /hei[cxms]|hev[cx]|mif1|msf1/.test(brands)
      ? 'image/heic'
      : 'video/mp4';
  let size: Inspected['size'];
  let isTurned = false;
  for (let at = 4; type === 'image/avif' && at + 16 <= Math.min(view.byteLength, 16_384); at++) {
    if (view.getUint32(at) === 0x69726f74) isTurned = view.getUint8(at + 4) % 2 === 1;
    // The four letters i, s, p, e; then version and flags, then the size.
    const found = view.getUint32(at) === 0x69737065 ? sizeAt(view, at + 8) : undefined;
    if (found && found.width * found.height > (size ? size.width * size.height : 0)) size = found;
  }
  return { type, size: upright(size, isTurned) };
};
