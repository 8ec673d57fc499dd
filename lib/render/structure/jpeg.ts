import { type Structure, viewOf } from './structure.ts';

const startOfScan = 0xda;
const endOfImage = 0xd9;

/** Markers up to the end of the picture; what phones append after it (motion photos, gain maps) is not looked at. */
export const jpegStructure = (bytes: Uint8Array): Structure => {
  const view = viewOf(bytes);
  let baseline = false;
  let harmlessFlaw = false;
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) {
      at++; // Stray bytes between segments: decoders skip them too.
      continue;
    }
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === endOfImage) return { whole: true, frames: 1, harmlessFlaw };
    if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    const length = view.getUint16(at + 2);
    if (marker === 0xc0 || marker === 0xc1) baseline = true;
    if (marker === startOfScan) {
      // Some phones write progressive parameters into baseline files.
      const [from, to, bits] = bytes.subarray(at + 2 + length - 3, at + 2 + length);
      if (baseline && (from !== 0 || to !== 63 || bits !== 0)) harmlessFlaw = true;
    }
    at += 2 + length;
    if (marker === startOfScan) at = endOfScan(bytes, at);
  }
  return {
    whole: at + 2 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] === endOfImage,
    frames: 1,
    harmlessFlaw,
  };
};

const endOfScan = (bytes: Uint8Array, from: number): number => {
  let at = from;
  while (at < bytes.length) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return bytes.length;
    const next = bytes[at + 1] ?? 0;
    const isData = next === 0 || next === 0xff || (next >= 0xd0 && next <= 0xd7);
    if (!isData) return at;
    at += next === 0xff ? 1 : 2;
  }
  return bytes.length;
};
