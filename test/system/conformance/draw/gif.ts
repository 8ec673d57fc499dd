/** A GIF put together by hand: disposal, offsets, delays and loops that no encoder would choose. */
export type GifFrame = {
  readonly left?: number;
  readonly top?: number;
  readonly width: number;
  readonly height: number;
  /** Palette indexes, row by row. */
  readonly pixels: Uint8Array;
  readonly delay: number;
  /** 1 keeps, 2 clears to the background, 3 restores what was there before. */
  readonly disposal?: 0 | 1 | 2 | 3 | 4;
  readonly transparent?: number;
  /** Colours of its own. */
  readonly palette?: Palette;
  /** Rows in the order of a picture that appears in four passes. */
  readonly interlaced?: boolean;
};
export type Palette = readonly (readonly [number, number, number])[];

export const gif = (
  width: number,
  height: number,
  palette: Palette,
  frames: readonly GifFrame[],
  loop?: number,
  more: { readonly background?: number; readonly ending?: Uint8Array } = {},
): Buffer => {
  const screen = Buffer.from([...u16(width), ...u16(height), 0b1111_0011, more.background ?? 0, 0]);
  const looping = loop === undefined ? [] : [0x21, 0xff, 11, ...ascii('NETSCAPE2.0'), 3, 1, ...u16(loop), 0];
  return Buffer.concat([
    Buffer.from('GIF89a'),
    screen,
    tableOf(palette),
    Buffer.from(looping),
    ...frames.map(block),
    more.ending ?? Buffer.of(0x3b),
  ]);
};

const tableOf = (palette: Palette): Buffer => {
  const table = Buffer.alloc(3 * 16);
  palette.forEach((colour, index) => {
    table.set(colour, index * 3);
  });
  return table;
};

const block = (frame: GifFrame): Buffer => {
  const flags = ((frame.disposal ?? 0) << 2) | (frame.transparent === undefined ? 0 : 1);
  const control = [0x21, 0xf9, 4, flags, ...u16(frame.delay / 10), frame.transparent ?? 0, 0];
  const table = frame.palette ? tableOf(frame.palette) : Buffer.alloc(0);
  const sort = (frame.palette ? 0b1000_0011 : 0) | (frame.interlaced ? 0b0100_0000 : 0);
  const place = [...u16(frame.left ?? 0), ...u16(frame.top ?? 0), ...u16(frame.width), ...u16(frame.height), sort];
  return Buffer.concat([Buffer.from([...control, 0x2c, ...place]), table, lzw(inStoredOrder(frame))]);
};

const inStoredOrder = ({ pixels, width, height, interlaced }: GifFrame): Uint8Array => {
  if (!interlaced) return pixels;
  const rows = [0, 4, 2, 1].flatMap((from, pass) => {
    const step = [8, 8, 4, 2][pass] ?? 1;
    return Array.from({ length: Math.max(0, Math.ceil((height - from) / step)) }, (_, row) => from + row * step);
  });
  return Buffer.concat(rows.map((row) => pixels.subarray(row * width, (row + 1) * width)));
};

/** LZW that never learns: a clear code often enough keeps every code at five bits. */
const lzw = (pixels: Uint8Array): Buffer => {
  const bits: number[] = [];
  const put = (code: number) => {
    for (let bit = 0; bit < 5; bit++) bits.push((code >> bit) & 1);
  };
  pixels.forEach((pixel, index) => {
    if (index % 12 === 0) put(16);
    put(pixel);
  });
  put(17);
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  bits.forEach((bit, index) => {
    bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << (index & 7));
  });
  const blocks: Buffer[] = [Buffer.of(4)];
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255);
    blocks.push(Buffer.of(part.length), part);
  }
  return Buffer.concat([...blocks, Buffer.of(0)]);
};

const u16 = (value: number) => [value & 255, value >> 8];
const ascii = (text: string) => [...Buffer.from(text)];
