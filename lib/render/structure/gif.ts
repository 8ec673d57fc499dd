import type { Structure } from './structure.ts';

const extension = 0x21;
const picture = 0x2c;
const trailer = 0x3b;

export const gifStructure = (bytes: Uint8Array): Structure => {
  let frames = 0;
  let at = 13 + paletteBytes(bytes[10] ?? 0);
  while (at < bytes.length) {
    const block = bytes[at];
    // Some programs leave a zero between blocks.
    if (block === 0) at++;
    else if (block === trailer) return { whole: true, frames: Math.max(1, frames) };
    else if (block === extension) at = afterSubBlocks(bytes, at + 2);
    else if (block === picture) {
      frames++;
      at = afterSubBlocks(bytes, at + 11 + paletteBytes(bytes[at + 9] ?? 0));
    } else break;
  }
  return { whole: false, frames: Math.max(1, frames) };
};

const paletteBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

const afterSubBlocks = (bytes: Uint8Array, from: number): number => {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] ?? 0);
  return at + 1;
};
