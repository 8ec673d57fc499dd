import { type CodePoints, type Structure, textAt, viewOf } from './structure.ts';

/** Boxes of the ISO base media format. Sizes are checked here; where the pixels lie in them is the decoder's business. */
export const avifStructure = (bytes: Uint8Array): Structure => {
  let colour: CodePoints | undefined;
  let profiled = false;
  let whole = true;
  const walk = (from: number, to: number): void => {
    for (const box of boxes(bytes, from, to)) {
      if (box.end > to) whole = false;
      const inside = containers[box.type];
      if (inside !== undefined) walk(box.body + inside, Math.min(box.end, to));
      if (box.type !== 'colr') continue;
      const sort = textAt(bytes, box.body, 4);
      if (sort === 'prof' || sort === 'rICC') profiled = true;
      if (sort === 'nclx') {
        const view = viewOf(bytes);
        colour ??= { primaries: view.getUint16(box.body + 4), transfer: view.getUint16(box.body + 6) };
      }
    }
  };
  walk(0, bytes.length);
  // A profile says more than the code points, and the decoder applies it.
  return { whole, frames: 1, colour: profiled ? undefined : colour };
};

/** Boxes that hold boxes, and how many bytes come before the first. */
const containers: Readonly<Record<string, number>> = { meta: 4, iprp: 0, ipco: 0 };

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
