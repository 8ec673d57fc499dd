import { type Structure, textAt, viewOf } from './structure.ts';

export const webpStructure = (bytes: Uint8Array): Structure => {
  if (bytes.length < 12) return { whole: false, frames: 1 };
  const view = viewOf(bytes);
  const end = 8 + view.getUint32(4, true);
  let frames = 0;
  for (let at = 12; at + 8 <= Math.min(end, bytes.length); ) {
    if (textAt(bytes, at, 4) === 'ANMF') frames++;
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  return { whole: end <= bytes.length, frames: Math.max(1, frames) };
};
