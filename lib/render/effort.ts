/**
 * How hard the AVIF encoder tries, by the size of the picture. The step from 3 to 4 costs five times the CPU for
 * about 4 % of the bytes, so only small pictures, where that is milliseconds, take it; the measurements are in
 * docs/performance.md, and `npm run bench -- --effort` repeats them.
 */
export const avifEffort = (pixels: number): number => avifSteps.find(({ upTo }) => pixels <= upTo)?.effort ?? 2;

const avifSteps = [
  { upTo: 32_000, effort: 4 },
  { upTo: 2_500_000, effort: 3 },
];

/** Pixels here are those of all frames: long animations must not eat the job. */
export const webpEffort = (pixels: number): number => (pixels <= 16_000_000 ? 4 : 2);
