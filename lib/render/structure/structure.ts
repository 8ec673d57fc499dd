/** What can be learned from how a file is put together, without decoding a pixel. */
export type Structure = {
  /** Whether the file goes on to its own end; a file that was cut off does not. */
  readonly whole: boolean;
  readonly frames: number;
  /** What must be unpacked, where frames may be larger than the canvas that shows them. */
  readonly packedPixels?: number;
  /** What this animation is called, when it is one that we cannot keep moving. */
  readonly unkeptAnimation?: string;
  readonly colour?: CodePoints | undefined;
  readonly calibration?: Calibration;
  /** The file without what our decoders refuse or misread in it, and every viewer takes as it was meant. */
  readonly mended?: Uint8Array;
  /** Whether greys are stored from 16 to 235, which the decoder does not heed. */
  readonly narrowGrey?: boolean;
  /** Whether colours are stored multiplied by their opacity, which the decoder does not undo. */
  readonly premultiplied?: boolean;
  /** Whether the picture is stored as layers, not all of which the decoder can take. */
  readonly layered?: boolean;
};

/** Colour as coding-independent code points (ITU-T H.273): the numbers that AVIF and PNG may carry instead of a profile. */
export type CodePoints = { readonly primaries: number; readonly transfer: number };

/** Colour as PNG said it before there were profiles: the exponent of the file, and x and y of white, red, green and blue. */
export type Calibration = { readonly gamma: number; readonly chromaticities?: readonly number[] };

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

export const textAt = (bytes: Uint8Array, offset: number, length: number): string => {
  // A copy of each of a million types would take longer than all the rest.
  let text = '';
  for (let at = offset; at < Math.min(offset + length, bytes.length); at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
};
