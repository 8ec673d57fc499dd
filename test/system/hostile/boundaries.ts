import type { SourceFormat } from '../../../lib/core/formats.ts';

/** One part of a file between two boundaries of its structure: a segment, a chunk, a box, a block. */
export type Part = { readonly from: number; readonly to: number };

/** The parts of a valid file in their order, without a gap; a container is its head, followed by its content. */
export const partsOf = (format: SourceFormat, file: Buffer): readonly Part[] => {
  const bounds = [...new Set([0, ...starts[format](file), file.length])].sort((a, b) => a - b);
  return bounds.slice(0, -1).map((from, index) => ({ from, to: bounds[index + 1] ?? file.length }));
};

function* jpegStarts(file: Buffer) {
  let at = 2;
  while (at + 4 <= file.length) {
    yield at;
    const marker = file[at + 1] ?? 0;
    if (marker === 0xd9) return;
    at += 2 + file.readUInt16BE(at + 2);
    if (marker !== 0xda) continue;
    yield at;
    while (at < file.length && (file[at] !== 0xff || file[at + 1] === 0 || isRestart(file[at + 1]))) at++;
  }
  yield at;
}
const isRestart = (marker = 0) => marker >= 0xd0 && marker <= 0xd7;

function* pngStarts(file: Buffer) {
  for (let at = 8; at + 12 <= file.length; at += 12 + file.readUInt32BE(at)) yield at;
}

function* riffStarts(file: Buffer) {
  for (let at = 12; at + 8 <= file.length; ) {
    yield at;
    if (file.toString('latin1', at, at + 4) === 'ANMF') yield at + 24;
    const length = file.readUInt32LE(at + 4);
    at += 8 + length + (length % 2);
  }
}

const containers = ['meta', 'iprp', 'ipco', 'iinf', 'iref'];
function* boxStarts(file: Buffer, from = 0, to = file.length): Generator<number> {
  for (let at = from; at + 8 <= to; ) {
    const size = file.readUInt32BE(at);
    if (size < 8) return;
    yield at;
    const type = file.toString('latin1', at + 4, at + 8);
    const inside = type === 'meta' || type === 'iref' ? 12 : type === 'iinf' ? 14 : 8;
    if (containers.includes(type)) yield* boxStarts(file, at + inside, Math.min(to, at + size));
    at += size;
  }
}

function* gifStarts(file: Buffer) {
  const tableBytes = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  yield 13;
  let at = 13 + tableBytes(file[10] ?? 0);
  while (at < file.length) {
    yield at;
    const block = file[at];
    if (block === 0x21) at += 2;
    else if (block === 0x2c) {
      at += 10 + tableBytes(file[at + 9] ?? 0) + 1;
      yield at;
    } else return;
    while ((file[at] ?? 0) !== 0) at += 1 + (file[at] ?? 0);
    at++;
  }
}

const starts: Record<SourceFormat, (file: Buffer) => Iterable<number>> = {
  jpeg: jpegStarts,
  png: pngStarts,
  webp: riffStarts,
  avif: boxStarts,
  gif: gifStarts,
};
