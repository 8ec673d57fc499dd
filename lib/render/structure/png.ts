import { type CodePoints, type Structure, textAt, viewOf } from './structure.ts';

export const pngStructure = (bytes: Uint8Array): Structure => {
  const view = viewOf(bytes);
  let animationFrames = 0;
  let colour: CodePoints | undefined;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = textAt(bytes, at + 4, 4);
    const body = at + 8;
    if (body + length + 4 > bytes.length) break;
    if (type === 'acTL' && length >= 4) animationFrames = view.getUint32(body);
    if (type === 'cICP' && length >= 2) colour = { primaries: bytes[body] ?? 2, transfer: bytes[body + 1] ?? 2 };
    if (type === 'IEND')
      return {
        whole: true,
        frames: 1,
        ...(animationFrames > 1 && { unkeptAnimation: 'an animated PNG (APNG)' }),
        colour,
      };
    at = body + length + 4;
  }
  return { whole: false, frames: 1 };
};
