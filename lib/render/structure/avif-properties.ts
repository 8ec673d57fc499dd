import { rangeOf } from './av1-sequence.ts';
import { type Structure, textAt, viewOf } from './structure.ts';

/**
 * What the item properties and references of an AVIF say about its samples that the decoder does not heed. Of several properties of a
 * kind the first counts, which writers give to the picture itself; later ones are those of thumbnails and of alpha.
 */
export const avifProperties = (
  bytes: Uint8Array,
): Pick<Structure, 'mended' | 'narrowGrey' | 'premultiplied' | 'layered'> => {
  const properties = [...boxesIn(bytes, pathTo(bytes, 'meta', 'iprp', 'ipco'))];
  const first = (type: string) => properties.find((box) => box.type === type);
  const codePoints = properties.find(
    ({ type, from, to }) => type === 'colr' && to - from >= 11 && textAt(bytes, from, 4) === 'nclx',
  );
  const configuration = first('av1C');
  const isGrey = configuration !== undefined && ((bytes[configuration.from + 2] ?? 0) & 0x10) !== 0;
  const isFull = codePoints
    ? ((bytes[codePoints.from + 10] ?? 0) & 0x80) !== 0
    : isGrey && rangeOfStream(bytes, configuration) !== 'limited';
  return {
    ...(isGrey && !isFull && { narrowGrey: true }),
    ...(codePoints && isFull && !isGrey && mended(bytes, codePoints.from + 4)),
    ...(isPremultiplied(bytes) && { premultiplied: true }),
    ...((first('a1op') || first('lsel') || first('a1lx')) && { layered: true }),
  };
};

/** Whether the picture itself, and not a thumbnail, refers to an opacity that its colours are multiplied by. */
const isPremultiplied = (bytes: Uint8Array): boolean => {
  const [primary, references] = [pathTo(bytes, 'meta', 'pitm'), pathTo(bytes, 'meta', 'iref')];
  if (!primary || !references) return false;
  // The number of an item has two bytes in version 0 of either box, and four in later ones.
  const picture = itemAt(bytes, primary.from + 4, bytes[primary.from]);
  return [...boxesIn(bytes, references)].some(
    ({ type, from }) => type === 'prem' && itemAt(bytes, from, bytes[references.from]) === picture,
  );
};

const itemAt = (bytes: Uint8Array, at: number, version: number | undefined): number =>
  bytes.subarray(at, at + (version === 0 ? 2 : 4)).reduce((number, byte) => number * 256 + byte, 0);

/** From the copy of the sequence header beside the properties, or else from where the pixels begin. */
const rangeOfStream = (bytes: Uint8Array, configuration: Box): 'full' | 'limited' | undefined => {
  const pixels = pathTo(bytes, 'mdat');
  return (
    rangeOf(bytes.subarray(configuration.from + 4, configuration.to)) ??
    (pixels && rangeOf(bytes.subarray(pixels.from, pixels.to)))
  );
};

const unspecified = 2;

/**
 * The decoder passes over "full range" where nothing else is specified. Said with what "unspecified" comes to in every
 * browser, sRGB in the matrix of BT.601, it is heeded.
 */
const mended = (bytes: Uint8Array, at: number): Pick<Structure, 'mended'> => {
  const view = viewOf(bytes);
  if ([0, 2, 4].some((offset) => view.getUint16(at + offset) !== unspecified)) return {};
  const copy = Buffer.from(bytes);
  copy.writeUIntBE(0x0001_000d_0006, at, 6);
  return { mended: copy };
};

type Box = { readonly type: string; readonly from: number; readonly to: number };

const pathTo = (bytes: Uint8Array, ...path: readonly string[]): Box | undefined => {
  let within: Box | undefined = { type: 'file', from: 0, to: bytes.length };
  for (const wanted of path) within = firstIn(bytes, within, wanted);
  return within;
};

const firstIn = (bytes: Uint8Array, within: Box | undefined, wanted: string): Box | undefined => {
  for (const box of boxesIn(bytes, within)) if (box.type === wanted) return box;
  return undefined;
};

/** The boxes in a box, each without its head; a `meta` and an `iref` have a version and flags before them. */
function* boxesIn(bytes: Uint8Array, within: Box | undefined): Generator<Box> {
  if (!within) return;
  const view = viewOf(bytes);
  for (let at = within.from + (within.type === 'meta' || within.type === 'iref' ? 4 : 0); at + 8 <= within.to; ) {
    const short = view.getUint32(at);
    const isLong = short === 1 && at + 16 <= within.to;
    const size = isLong ? Number(view.getBigUint64(at + 8)) : short === 0 ? within.to - at : short;
    if (size < 8) return;
    yield { type: textAt(bytes, at + 4, 4), from: at + (isLong ? 16 : 8), to: Math.min(at + size, within.to) };
    at += size;
  }
}
