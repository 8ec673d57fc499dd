import { type Instant, isUnfinished, type Unfinished } from '../core/image.ts';
import type { VersionRef } from '../core/object-keys.ts';
import { callsAtOnce } from '../core/sweeping.ts';
import { inBatches } from '../pipeline/parts/in-batches.ts';
import type { Ports } from '../ports.ts';

type World = Pick<Ports, 'catalogue' | 'notes' | 'clock'>;
type Stuck = VersionRef & { readonly updatedAt: Instant };

/** With more, the youngest of them are not looked at between two sweeps that send them. */
export const mostNoted = 100;

/** Collects the versions that a sweep sends again; keeps the oldest. */
export const stuckVersions = () => {
  let oldest: readonly Stuck[] = [];
  return {
    add: ({ id, version, updatedAt }: Unfinished): void => {
      oldest = [...oldest, { id, version, updatedAt }];
      // Sorting each time would take longer than the sweep.
      if (oldest.length > 2 * mostNoted) oldest = oldestOf(oldest);
    },
    all: (): readonly Stuck[] => oldestOf(oldest),
  };
};

/**
 * How long the version has not moved that has waited longest, of those that sweeps have sent again. A sweep comes back to
 * such a version after an hour, two, four …: so it is noted under this name, and read again after each sweep until it has
 * moved. A sweep without anything stuck reads one note. docs/decisions.md#stuck-versions
 */
export const longestStuckMs = async (
  { catalogue, notes, clock }: World,
  name: string,
  sent: readonly Stuck[],
): Promise<number> => {
  const text = (await notes.read(name)) ?? '[]';
  const isSent = new Set(sent.map(nameOf));
  const before = (JSON.parse(text) as readonly Stuck[]).filter((one) => !isSent.has(nameOf(one)));
  const found = await inBatches(before, callsAtOnce, ({ id, version }) => catalogue.version(id, version));
  const still = before.filter(({ updatedAt }, at) => {
    const now = found[at];
    return now !== undefined && isUnfinished(now) && now.updatedAt === updatedAt;
  });
  const stuck = oldestOf([...sent, ...still]);
  const next = JSON.stringify(stuck);
  if (next !== text) await notes.write(name, next);
  return stuck[0] ? Math.max(clock.now() - stuck[0].updatedAt, 0) : 0;
};

const oldestOf = (all: readonly Stuck[]): readonly Stuck[] =>
  all.toSorted((one, other) => one.updatedAt - other.updatedAt).slice(0, mostNoted);

const nameOf = ({ id, version }: VersionRef): string => `${id} ${version}`;
