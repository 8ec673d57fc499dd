import { type PurgeWorld, purge } from '../pipeline/purge.ts';
import type { Ports } from '../ports.ts';

/**
 * A purge that can be called each second. After trouble it rests for 5 s, then for twice as long each time, up to 5
 * minutes; it never gives up. The catalogue knows which purges are due, so a restart loses nothing but the length of
 * the pause.
 */
export const patientPurge = (
  world: PurgeWorld & Pick<Ports, 'log'> & { readonly isOwed: () => boolean },
): (() => Promise<void>) => {
  const { clock, log, isOwed } = world;
  let failures = 0;
  let quietUntil = 0;
  return async () => {
    if (clock.now() < quietUntil || !isOwed()) return;
    try {
      const report = await purge(world);
      failures = 0;
      if (report.purged + report.again > 0) log.info('purged', report);
    } catch (error) {
      const restMs = Math.min(shortestRestMs * 2 ** failures++, longestRestMs);
      quietUntil = clock.now() + restMs;
      log.warn('the CDN could not be told what to forget', { error, attempt: failures, nextInSeconds: restMs / 1000 });
    }
  };
};

const shortestRestMs = 5000;
const longestRestMs = 5 * 60_000;
