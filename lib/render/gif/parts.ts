/** A GIF as its blocks say it: the canvas, and where each frame lies in it and in the file. */
export type GifParts = {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly GifFrame[];
  /** How often the animation is shown; 0 is for ever. */
  readonly plays: number;
  /** The packet of XMP, which stands in the file as it is. */
  readonly xmp?: Uint8Array;
};

export type GifFrame = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** Red, green and blue of each colour. */
  readonly palette: Uint8Array;
  readonly transparent: number | undefined;
  readonly disposal: Disposal;
  readonly delayMs: number;
  /** How many bits a colour has in the compressed pixels, and where they begin. */
  readonly codeBits: number;
  readonly dataAt: number;
};

/** What becomes of a frame once its time is over: it stays, its area is cleared, or what it covered comes back. */
export type Disposal = 'keep' | 'clear' | 'restore';

const extension = 0x21;
const picture = 0x2c;
const graphicControl = 0xf9;
const application = 0xff;

/**
 * All frames whose data reach their end. Browsers show those in spite of what comes after: no trailer, a block that breaks
 * off, or bytes that are no block.
 */
export const gifParts = (bytes: Uint8Array): GifParts => {
  const u16 = (at: number) => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  const common = paletteAt(bytes, 13, bytes[10] ?? 0);
  const frames: GifFrame[] = [];
  let plays = 1;
  let xmp: Uint8Array | undefined;
  let control: Pick<GifFrame, 'transparent' | 'disposal' | 'delayMs'> = plain;
  let at = 13 + common.length;
  while (at < bytes.length) {
    const block = bytes[at];
    if (block === 0) {
      at++; // Some programs leave a zero between blocks.
    } else if (block === extension) {
      const end = afterSubBlocks(bytes, at + 2);
      if (end === undefined) break;
      if (bytes[at + 1] === graphicControl && (bytes[at + 2] ?? 0) >= 4) {
        const flags = bytes[at + 3] ?? 0;
        control = {
          transparent: flags & 1 ? bytes[at + 6] : undefined,
          disposal: disposals[(flags >> 2) & 7] ?? 'keep',
          delayMs: u16(at + 4) * 10,
        };
      }
      if (bytes[at + 1] === application && isLooping(bytes, at + 3) && (bytes[at + 14] ?? 0) >= 3) {
        const repeats = u16(at + 16);
        plays = repeats === 0 ? 0 : repeats + 1;
      }
      if (bytes[at + 1] === application && isNamed(bytes, at + 3, xmpName))
        xmp ??= bytes.subarray(at + 14, Math.max(at + 14, end - xmpTrailerBytes));
      at = end;
    } else if (block === picture) {
      const own = paletteAt(bytes, at + 10, bytes[at + 9] ?? 0);
      const dataAt = at + 10 + own.length;
      const end = afterSubBlocks(bytes, dataAt + 1);
      if (end === undefined) break;
      frames.push({
        left: u16(at + 1),
        top: u16(at + 3),
        width: u16(at + 5),
        height: u16(at + 7),
        interlaced: ((bytes[at + 9] ?? 0) & 0x40) !== 0,
        palette: own.length > 0 ? own : common,
        ...control,
        codeBits: bytes[dataAt] ?? 0,
        dataAt: dataAt + 1,
      });
      control = plain;
      at = end;
    } else break; // The trailer, or bytes that are no block.
  }
  const [first] = frames;
  return {
    // Programs that write no screen size, or one that is too small, mean that of the first frame.
    width: Math.max(u16(6), first ? first.left + first.width : 0),
    height: Math.max(u16(8), first ? first.top + first.height : 0),
    frames,
    plays,
    ...(xmp && { xmp }),
  };
};

const plain = { transparent: undefined, disposal: 'keep', delayMs: 0 } as const;

/** The fourth is what some old programs write for the third. */
const disposals: readonly Disposal[] = ['keep', 'keep', 'clear', 'restore', 'restore'];

const paletteAt = (bytes: Uint8Array, at: number, flags: number): Uint8Array =>
  bytes.subarray(at, at + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0));

const looping = ['NETSCAPE2.0', 'ANIMEXTS1.0'].map((name) => Buffer.from(name));
const isLooping = (bytes: Uint8Array, at: number): boolean => looping.some((name) => isNamed(bytes, at, name));

/** The text has no lengths in it. Behind it are 258 bytes that lead from any of its own, taken for a length, to the end. */
const xmpName = Buffer.from('XMP DataXMP');
const xmpTrailerBytes = 258;

const isNamed = (bytes: Uint8Array, at: number, name: Buffer): boolean =>
  name.equals(bytes.subarray(at, at + name.length));

/** Where a chain of sub-blocks ends; undefined when the file does so before. */
const afterSubBlocks = (bytes: Uint8Array, from: number): number | undefined => {
  let at = from;
  while (at < bytes.length) {
    const length = bytes[at] ?? 0;
    at += 1 + length;
    if (length === 0) return at;
  }
  return undefined;
};
