/**
 * How hard the AVIF encoder tries, by the size of the picture. Effort 1 takes a third of the CPU of 3 for some 6 % more
 * bytes: right where a picture is large and would eat the job, and not where it is small. From 3 to 4 the CPU grows
 * fivefold and the bytes do not fall at all. The measurements are in docs/performance.md, and
 * `npm run bench -- --effort` repeats them.
 */
export const avifEffort = (pixels: number): number => (pixels <= 320_000 ? 3 : 1);

/** Pixels here are those of all frames: long animations must not eat the job. */
export const webpEffort = (pixels: number): number => (pixels <= 16_000_000 ? 4 : 2);
