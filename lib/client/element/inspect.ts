/** What the first bytes of a file say: its type by signature, and its size in pixels by its header. */
export type Inspected = {
  readonly type: string;
  /** Undefined where the header does not begin the file, or is not one that we read. */
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
    return { type: 'image/png', size: sizeAt(view, 16), isAnimated: text(0, 4096).includes('acTL') };
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
const sizeAt = (view: DataView, at: number) => fits(view, at + 8) && sizeOf(view.getUint32(at), view.getUint32(at + 4));

/** Of the frame, which comes after any number of segments: ITU-T T.81, B.2.2. */
const jpegSize = (view: DataView) => {
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) at++;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return sizeOf(view.getUint16(at + 7), view.getUint16(at + 5));
    else at += 2 + view.getUint16(at + 2);
  }
  return undefined;
};

const webp = (view: DataView, chunk: string): Inspected => {
  const type = 'image/webp';
  if (!fits(view, 30)) return { type };
  const uint24 = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  if (chunk === 'VP8X')
    return { type, size: sizeOf(uint24(24) + 1, uint24(27) + 1), isAnimated: (view.getUint8(20) & 2) !== 0 };
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { type, size: sizeOf((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1) };
  }
  return { type, size: sizeOf(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff) };
};

/** The largest `ispe`: a file has one for each of its tiles, and one for the whole. */
const isoMedia = (view: DataView, brands: string): Inspected | undefined => {
  if (/^avis/.test(brands)) return { type: 'image/avif', isAnimated: true };
  const type = /avif/.test(brands)
    ? 'image/avif'
    : /hei[cxms]|hev[cx]|mif1|msf1/.test(brands)
      ? 'image/heic'
      : 'video/mp4';
  let size: Inspected['size'];
  for (let at = 4; type === 'image/avif' && at + 16 <= Math.min(view.byteLength, 16_384); at++) {
    // The four letters i, s, p, e; then version and flags, then the size.
    const found = view.getUint32(at) === 0x69737065 ? sizeAt(view, at + 8) : undefined;
    if (found && found.width * found.height > (size ? size.width * size.height : 0)) size = found;
  }
  return { type, size };
};
