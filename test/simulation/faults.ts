import { type Random, randomFrom, seedOf } from './random.ts';

/** Every kind of fault, and how often it happens where it can: the share of the occasions. */
export const faultKinds = {
  'lost event': { share: 0.1, what: 'the notice of a stored original never comes' },
  'doubled event': { share: 0.1, what: 'a message is delivered twice' },
  'late event': { share: 0.1, what: 'a message comes many minutes late' },
  'reordered events': { share: 0.3, what: 'a younger message is received before an older one' },
  'crash before a call': { share: 0.004, what: 'a process crashes and its call is not made' },
  'crash after a call': { share: 0.004, what: 'a process crashes after its call, before it gets the answer' },
  'lost answer': { share: 0.006, what: 'a call succeeds and is reported as a failure' },
  throttle: { share: 0.01, what: 'a service refuses a call for being too many' },
  outage: { share: 0.0004, what: 'a service refuses every call for minutes' },
  'frozen process': { share: 0.002, what: 'a process pauses for minutes, longer than its lease, and then continues' },
  'full disk': { share: 0.0003, what: 'nothing can be written for minutes' },
  'clock off': { share: 0.2, what: 'the clock of a process is wrong by up to five seconds' },
  'clock set back': { share: 0.01, what: 'all clocks are set back by up to ten minutes' },
  'stale list': { share: 0.2, what: 'a list of the catalogue lacks what has changed lately' },
  'bit flip in an original': { share: 0.01, what: 'one bit of a stored original flips' },
  'lost file': { share: 0.02, what: 'a file of a ready version is gone from the store' },
  'cut file': { share: 0.01, what: 'a file of a ready version is shorter than it was' },
  'broken upload': { share: 0.1, what: 'a PUT breaks off half-way, and is repeated' },
  'slow upload': { share: 0.05, what: 'a PUT begins within the time of its ticket and ends long after' },
  'lost answer of a PUT': { share: 0.05, what: 'a PUT is stored, and the client gets no answer' },
  'two chores at once': { share: 0.3, what: 'a sweep, purge, audit or job runs beside another of its kind' },
  deployment: { share: 0.02, what: 'presets, encoder or both change while work is under way' },
  'another processor': { share: 0.1, what: 'a renderer on other hardware gives other bytes for the same recipe' },
  'restored catalogue': { share: 0.2, what: 'the catalogue is replaced by one that lacks many images, for two days' },
  'busy edge': { share: 0.3, what: 'the CDN accepts the purge of only some of the images, or of none' },
  'refusing bus': { share: 0.1, what: 'the event bus accepts only some of the events for a while' },
  'older catalogue': { share: 0.5, what: 'the catalogue of a backup from the middle of the story takes its place' },
} as const satisfies Record<string, { readonly share: number; readonly what: string }>;

export type FaultKind = keyof typeof faultKinds;
export const allKinds = Object.keys(faultKinds) as FaultKind[];

export type FaultCounts = Partial<Record<FaultKind, number>>;

export type Faults = {
  /** Whether a fault of the kind happens now. */
  readonly happens: (kind: FaultKind) => boolean;
  /** Which of these kinds happens to a call, if any: one draw for all of them. */
  readonly happensToCall: (kinds: readonly FaultKind[]) => FaultKind | undefined;
  readonly stop: () => void;
  readonly counts: FaultCounts;
};

export type FaultOptions = {
  /** Only these kinds; of those, each story has about half. */
  readonly kinds: readonly FaultKind[];
  /** The most faults in the whole story. */
  readonly limit: number;
};

/** Each story has some kinds of faults and lacks others, so that rare combinations come up (swarm testing). */
export const faultsFrom = (seed: number, { kinds, limit }: FaultOptions, random: Random): Faults => {
  const swarm = randomFrom(seedOf(seed, 7));
  const zeal = swarm.pick([0, 0.3, 1, 1, 2, 4]);
  const share = new Map<FaultKind, number>();
  for (const kind of allKinds) {
    const wanted = swarm.chance(0.5);
    if (wanted && kinds.includes(kind)) share.set(kind, faultKinds[kind].share * zeal);
  }
  /** The shares of the kinds of a call, which are always the same lists. */
  const shares = new Map<readonly FaultKind[], readonly number[]>();
  const sharesOf = (kinds: readonly FaultKind[]): readonly number[] => {
    const known = shares.get(kinds) ?? kinds.map((kind) => share.get(kind) ?? 0);
    shares.set(kinds, known);
    return known;
  };
  const counts: FaultCounts = {};
  let left = limit;
  const counted = (kind: FaultKind): true => {
    counts[kind] = (counts[kind] ?? 0) + 1;
    left--;
    return true;
  };
  return {
    counts,
    stop: () => {
      left = 0;
    },
    happens: (kind) => {
      const likely = share.get(kind);
      return likely !== undefined && left > 0 && random.next() < likely && counted(kind);
    },
    happensToCall: (kinds) => {
      if (left <= 0) return undefined;
      let drawn = random.next();
      const at = sharesOf(kinds).findIndex((likely) => {
        drawn -= likely;
        return drawn < 0;
      });
      const kind = kinds[at];
      if (kind) counted(kind);
      return kind;
    },
  };
};
