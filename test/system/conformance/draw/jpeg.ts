/** A baseline JPEG of squares put together by hand, with the flaws that cameras and programs leave in theirs. */
export type JpegParts = {
  /** Luminance and chroma of each square of 8×8 pixels, from 0 to 255, row by row. */
  readonly squares: readonly (readonly [y: number, cb: number, cr: number])[];
  readonly across: number;
  readonly components?: 1 | 3;
  /** Restart markers after so many squares. */
  readonly restart?: number;
  /** Bytes that a program left before each restart marker, behind the pixels, and between segments. */
  readonly beforeRestarts?: Uint8Array;
  readonly beforeEnd?: Uint8Array;
  readonly betweenSegments?: Uint8Array;
  /** Segments before the tables, whole. */
  readonly before?: readonly Uint8Array[];
  /** How many squares are really stored; the rest is missing although the file goes on to its end. */
  readonly stored?: number;
  /** The last three bytes of the scan header. */
  readonly scan?: readonly [from: number, to: number, bits: number];
};

export const jpegOfSquares = (parts: JpegParts): Buffer => {
  const { squares, across, components = 3, restart = 0, betweenSegments = nothing, before = [] } = parts;
  const [width, height] = [across * 8, Math.ceil(squares.length / across) * 8];
  const ids = Array.from({ length: components }, (_, index) => index + 1);
  const segments = [
    ...before,
    segment(0xdb, [0, ...Array<number>(64).fill(8)]),
    segment(0xc0, [8, ...u16(height), ...u16(width), components, ...ids.flatMap((id) => [id, 0x11, 0])]),
    // Twelve sizes of steps between squares, each a code of four bits; and the one code "no detail", of one bit.
    segment(0xc4, [0x00, 0, 0, 0, 12, ...Array<number>(12).fill(0), ...Array.from({ length: 12 }, (_, size) => size)]),
    segment(0xc4, [0x10, 1, ...Array<number>(15).fill(0), 0]),
    ...(restart > 0 ? [segment(0xdd, u16(restart))] : []),
    segment(0xda, [components, ...ids.flatMap((id) => [id, 0]), ...(parts.scan ?? [0, 63, 0])]),
  ];
  const [first = nothing, ...others] = segments;
  return Buffer.concat([
    Buffer.of(0xff, 0xd8),
    first,
    ...others.flatMap((each) => [betweenSegments, each]),
    pixels(parts, components, restart),
    parts.beforeEnd ?? nothing,
    Buffer.of(0xff, 0xd9),
  ]);
};

export const segment = (marker: number, body: readonly number[] | Uint8Array): Buffer =>
  Buffer.from([0xff, marker, ...u16(body.length + 2), ...body]);

const nothing = new Uint8Array(0);
const u16 = (value: number) => [value >> 8, value & 255];

const pixels = ({ squares, stored, beforeRestarts = nothing }: JpegParts, components: number, restart: number) => {
  const out: Uint8Array[] = [];
  let bits: number[] = [];
  let last = [0, 0, 0];
  const flush = () => {
    while (bits.length % 8 !== 0) bits.push(1);
    for (let at = 0; at < bits.length; at += 8) {
      const byte = bits.slice(at, at + 8).reduce((value, bit) => value * 2 + bit, 0);
      out.push(byte === 0xff ? Buffer.of(0xff, 0) : Buffer.of(byte));
    }
    bits = [];
  };
  squares.slice(0, stored).forEach((square, index) => {
    if (restart > 0 && index > 0 && index % restart === 0) {
      flush();
      out.push(beforeRestarts, Buffer.of(0xff, 0xd0 + ((index / restart - 1) % 8)));
      last = [0, 0, 0];
    }
    for (let component = 0; component < components; component++) {
      const level = (square[component] ?? 0) - 128;
      const step = level - (last[component] ?? 0);
      last[component] = level;
      const size = step === 0 ? 0 : Math.floor(Math.log2(Math.abs(step))) + 1;
      put(bits, size, 4);
      put(bits, step < 0 ? step + 2 ** size - 1 : step, size);
      put(bits, 0, 1);
    }
  });
  flush();
  return Buffer.concat(out);
};

const put = (bits: number[], value: number, count: number): void => {
  for (let bit = count - 1; bit >= 0; bit--) bits.push((value >> bit) & 1);
};
