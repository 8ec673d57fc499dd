import { type Calibration, type CodePoints, type Structure, textAt, viewOf } from './structure.ts';

export const pngStructure = (bytes: Uint8Array): Structure => {
  const view = viewOf(bytes);
  let animationFrames = 0;
  let colour: CodePoints | undefined;
  let gamma: number | undefined;
  let chromaticities: Calibration['chromaticities'];
  let isNamed = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = textAt(bytes, at + 4, 4);
    const body = at + 8;
    if (body + length + 4 > bytes.length) break;
    if (type === 'acTL' && length >= 4) animationFrames = view.getUint32(body);
    if (type === 'cICP' && length >= 2) colour = { primaries: bytes[body] ?? 2, transfer: bytes[body + 1] ?? 2 };
    if (type === 'gAMA' && length >= 4) gamma = view.getUint32(body) / 100_000;
    if (type === 'cHRM' && length >= 32)
      chromaticities = Array.from({ length: 8 }, (_, place) => view.getUint32(body + 4 * place) / 100_000);
    // Each of these says more than gamma and primaries do, and takes their place. So does a profile, if it can be read.
    if (type === 'sRGB' || type === 'cICP') isNamed = true;
    if (type === 'IEND')
      return {
        whole: true,
        frames: 1,
        ...(animationFrames > 1 && { unkeptAnimation: 'an animated PNG (APNG)' }),
        colour,
        ...(gamma && !isNamed && { calibration: { gamma, ...(chromaticities && { chromaticities }) } }),
      };
    at = body + length + 4;
  }
  return { whole: false, frames: 1 };
};
