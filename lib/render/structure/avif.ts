import { type CodePoints, type Structure, textAt, viewOf } from './structure.ts';

/** Boxes of the ISO base media format. Sizes are checked here; where the pixels lie in them is the decoder's business. */
export const avifStructure = (bytes: Uint8Array): Structure => {
  let colour: CodePoints | undefined;
  let profiled = false;
  let whole = true;
  const walk = (from: number, to: number, within: string): void => {
    for (const box of boxes(bytes, from, to)) {
      const end = Math.min(box.end, to);
      if (box.end > to) whole = false;
      const inside = boxesBefore(within, box.type);
      if (inside !== undefined) walk(box.body + inside, end, box.type);
      if (box.type !== 'colr') continue;
      const sort = textAt(bytes, box.body, Math.min(4, end - box.body));
      if (sort === 'prof' || sort === 'rICC') profiled = true;
      if (sort !== 'nclx') continue;
      if (end - box.body < nclxBytes) {
        whole = false;
        continue;
      }
      const view = viewOf(bytes);
      colour ??= { primaries: view.getUint16(box.body + 4), transfer: view.getUint16(box.body + 6) };
    }
  };
  walk(0, bytes.length, 'file');
  // A profile says more than the code points, and the decoder applies it.
  return { whole, frames: 1, colour: profiled ? undefined : colour };
};

/** Its sort, three code points of two bytes each, and a byte of flags. */
const nclxBytes = 11;

/**
 * How many bytes come before the first box in a box that holds boxes; undefined for one that holds none, or stands where
 * it has no business. A container within its own kind is passed over, so no file makes the walk deeper than this table.
 */
const boxesBefore = (within: string, type: string): number | undefined => {
  if (within === 'file' && type === 'meta') return 4;
  if (within === 'meta' && type === 'iprp') return 0;
  return within === 'iprp' && type === 'ipco' ? 0 : undefined;
};

function* boxes(bytes: Uint8Array, from: number, to: number) {
  const view = viewOf(bytes);
  for (let at = from; at + 8 <= to; ) {
    const short = view.getUint32(at);
    const long = short === 1 && at + 16 <= to;
    const size = long ? Number(view.getBigUint64(at + 8)) : short === 0 ? to - at : short;
    if (size < 8) return;
    yield { type: textAt(bytes, at + 4, 4), body: at + (long ? 16 : 8), end: at + size };
    at += size;
  }
}
