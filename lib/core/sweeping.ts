/** How sweeps and purges divide their work. `lib/adapters/aws/ceilings.ts` computes from it what they can do on AWS. docs/decisions.md#core */

/** On AWS so many functions sweep beside each other, each its share of the list. */
export const sweepShares = 4;
export const sweepEveryMs = 15 * 60_000;
/** A function may run for 14 minutes. What is left then is done by the next sweep. */
export const sweepMs = 12 * 60_000;

/**
 * A step has so many calls of one service under way at most, and no more wait in the client: there each has a second to
 * find a connection, and waiting for a free one would count. docs/decisions.md#calls-at-once
 */
export const callsAtOnce = 50;

/** So many versions end in one call; while some groups wait for answers, others go on. */
export const sweepGroup = { size: 100, atOnce: 4 } as const;
/** So many tombstones are looked after side by side. */
export const deletionGroup = { size: 25, atOnce: 2 } as const;

/** A purge removes objects and takes notes for so many images side by side, and begins nothing more after so long. */
export const purgedAtOnce = 25;
export const purgeMs = 10 * 60_000;
