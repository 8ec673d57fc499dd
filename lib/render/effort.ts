/**
 * How hard the AVIF encoder tries, by the size of the picture. From 2 to 3 the bytes fall by 6 % and the CPU grows by
 * 70 %, which small pictures can afford; from 3 to 4 the CPU grows fivefold and the bytes do not fall at all. The
 * measurements are in docs/performance.md, and `npm run bench -- --effort` repeats them.
 */
export const avifEffort = (pixels: number): number => (pixels <= 320_000 ? 3 : 2);

/** Pixels here are those of all frames: long animations must not eat the job. */
export const webpEffort = (pixels: number): number => (pixels <= 16_000_000 ? 4 : 2);
