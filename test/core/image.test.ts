import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  begin,
  expire,
  fail,
  finish,
  forgive,
  giveBack,
  isLegalMove,
  isUnfinished,
  isUsedUp,
  keptAttempts,
  leasedUntil,
  maxAttempts,
  maxDeaths,
  moves,
  newVersion,
  type Original,
  type Rendering,
  type Retrying,
  retryLater,
  type Status,
  type Version,
  withDeath,
} from '../../lib/core/image.ts';
import { shippedPresets } from '../../lib/core/presets.ts';

const statuses = Object.keys(moves) as Status[];
const original: Original = { contentType: 'image/jpeg', bytes: 9, sha256: null, width: null, height: null };
const decoded: Original = { ...original, sha256: 'x', width: 400, height: 300 };
const rendering: Rendering = {
  kind: 'photo',
  width: 400,
  height: 300,
  recipe: 'r',
  placeholder: { thumbhash: '', color: '#000000' },
  variants: [],
};
const error = { code: 'gave-up', message: 'No.' } as const;
const settings = { preset: shippedPresets.web, keepCopyright: true };
const declaration = { id: 'a'.repeat(26), version: 2, source: 1, preset: 'web', settings, original, expiresAt: 900 };
const declared = newVersion(declaration, 100);

type Steps = {
  begin: typeof begin;
  retryLater: typeof retryLater;
  giveBack: typeof giveBack;
  forgive: typeof forgive;
  finish: typeof finish;
  fail: typeof fail;
  expire: typeof expire;
};
type Step = keyof Steps;

/** Which states each step takes. This table does not compile unless it is exactly what the step's type takes. */
const takes = {
  begin: { pending: true, processing: true, retrying: true },
  retryLater: { processing: true },
  giveBack: { processing: true },
  forgive: { retrying: true },
  finish: { processing: true },
  fail: { processing: true, retrying: true },
  expire: { pending: true },
} satisfies { [S in Step]: Record<Parameters<Steps[S]>[0]['status'], true> };

const steps = Object.keys(takes) as Step[];

/** The step, as the types allow it; undefined where they do not. */
const after = (step: Step, version: Version, at: number): Version | undefined => {
  if (!Object.hasOwn(takes[step], version.status)) return undefined;
  const run: { [S in Step]: () => Version } = {
    begin: () => begin(version as Parameters<typeof begin>[0], at),
    retryLater: () => retryLater(version as Parameters<typeof retryLater>[0], at, 'render-time'),
    giveBack: () => giveBack(version as Parameters<typeof giveBack>[0], at, 'disk'),
    forgive: () => forgive(version as Parameters<typeof forgive>[0], at),
    finish: () => finish(version as Parameters<typeof finish>[0], rendering, decoded, at),
    fail: () => fail(version as Parameters<typeof fail>[0], error, decoded, at),
    expire: () => expire(version as Parameters<typeof expire>[0], at),
  };
  return run[step]();
};

const walk = (path: readonly Step[]) => {
  const visited: Version[] = [declared];
  for (const [index, step] of path.entries()) {
    const next = after(step, visited.at(-1) ?? declared, 101 + index);
    if (next) visited.push(next);
  }
  return visited;
};

const always = (fact: (visited: readonly Version[]) => void) =>
  fc.assert(fc.property(fc.array(fc.constantFrom(...steps), { maxLength: 30 }).map(walk), fact), { numRuns: 1000 });

const pairs = (visited: readonly Version[]) =>
  visited.slice(1).map((to, index) => [visited[index] ?? declared, to] as const);

describe('in any sequence of moves', () => {
  test('none of them is illegal', () => {
    always((visited) => {
      for (const [from, to] of pairs(visited))
        expect([from.status, to.status, isLegalMove(from.status, to.status)]).toEqual([from.status, to.status, true]);
    });
  });

  test('the revision grows by exactly one with each', () => {
    always((visited) => expect(visited.map(({ revision }) => revision)).toEqual(visited.map((_, index) => index)));
  });

  test('the attempts grow by one when a renderer begins, and by nothing else', () => {
    always((visited) => {
      for (const [from, to] of pairs(visited)) {
        if (to.status === 'processing') expect(to.attempts).toBe(from.attempts + 1);
        else expect([from.attempts, Math.max(0, from.attempts - 1)]).toContain(to.attempts);
      }
    });
  });

  test('what the version is of never changes, and each move notes when it was', () => {
    always((visited) => {
      for (const [from, to] of pairs(visited)) {
        const { id, version, source, preset, createdAt } = to;
        expect(to.settings).toBe(settings);
        expect({ id, version, source, preset, createdAt }).toEqual({
          id: declaration.id,
          version: 2,
          source: 1,
          preset: 'web',
          createdAt: 100,
        });
        expect(to.updatedAt).toBeGreaterThan(from.updatedAt);
      }
    });
  });

  test('ready has a rendering and no reason, failed a reason and no rendering, nothing else has either', () => {
    always((visited) => {
      for (const version of visited) {
        expect('rendering' in version).toBe(version.status === 'ready');
        expect('error' in version).toBe(version.status === 'failed');
      }
    });
  });

  test('a move leaves the version it started from as it was', () => {
    always((visited) => {
      const copies = structuredClone(visited);
      for (const version of visited) for (const step of steps) after(step, version, 999);
      expect(visited).toEqual(copies);
    });
  });
});

test('every legal move is made by some step', () => {
  const made = new Set<string>();
  always((visited) => {
    for (const [from, to] of pairs(visited)) made.add(`${from.status} → ${to.status}`);
  });
  const legal = statuses.flatMap((from) => moves[from].map((to) => `${from} → ${to}`));
  expect([...made].sort()).toEqual(legal.sort());
});

test.each([
  ['pending', ['processing', 'expired']],
  ['processing', ['processing', 'retrying', 'ready', 'failed']],
  ['retrying', ['processing', 'retrying', 'failed']],
  ['ready', []],
  ['failed', []],
  ['expired', []],
] as const)('%s leads to %j and nowhere else', (from, allowed) => {
  expect(statuses.filter((to) => isLegalMove(from, to)).sort()).toEqual([...allowed].sort());
});

test.each(['ready', 'failed', 'expired'] as const)('%s is an end: no step takes it', (end) => {
  expect(steps.filter((step) => Object.hasOwn(takes[step], end))).toEqual([]);
});

test('a version is unfinished exactly while it can still move', () => {
  always((visited) => {
    for (const version of visited)
      expect(isUnfinished(version)).toBe(['pending', 'processing', 'retrying'].includes(version.status));
  });
});

test('an declared version is pending, unmoved and never begun', () => {
  expect(declared).toEqual({
    ...declaration,
    status: 'pending',
    createdAt: 100,
    updatedAt: 100,
    attempts: 0,
    revision: 0,
  });
});

test('an end knows the original as it was decoded, and ready knows when', () => {
  const processing = begin(declared, 200);
  expect(finish(processing, rendering, decoded, 300)).toMatchObject({ original: decoded, rendering, readyAt: 300 });
  expect(fail(processing, error, decoded, 300)).toMatchObject({ original: decoded, error });
});

test('a ticket ends with its version being pending: nothing later has an expiry', () => {
  always((visited) => expect(visited.slice(1).filter((version) => 'expiresAt' in version)).toEqual([]));
});

test('transient trouble is given three attempts', () => expect(maxAttempts).toBe(3));

describe('an attempt that is given back', () => {
  test('does not count, and the next one takes its place', () => {
    const back = giveBack(begin(declared, 200), 300, 'disk');
    expect(back).toMatchObject({ status: 'retrying', attempts: 0, revision: 2 });
    expect(begin(back, 400).attempts).toBe(1);
  });

  test('may be one that was charged before', () => {
    const charged = retryLater(begin(declared, 200), 300, 'render-time');
    expect([charged.attempts, forgive(charged, 400).attempts]).toEqual([1, 0]);
  });

  test('leaves the death in the books, and so many deaths end a version though no attempt is charged', () => {
    let version = begin(declared, 200);
    for (let deaths = 1; deaths < maxDeaths; deaths++)
      version = begin(giveBack(withDeath(version), 300, 'render-death'), 300);
    expect([version.deaths, isUsedUp(version)]).toEqual([maxDeaths - 1, false]);
    expect(isUsedUp(giveBack(withDeath(version), 300, 'render-death'))).toBe(true);
  });
});

describe('an attempt that ended', () => {
  test('is kept with its trouble, through every later move', () => {
    const second = begin(retryLater(begin(declared, 200), 300, 'render-time'), 400);
    const third = begin(second, 500);
    const kept = [
      { startedAt: 200, endedAt: 300, trouble: 'render-time', counted: true },
      // Its renderer was killed.
      { startedAt: 400, endedAt: null, trouble: 'render-death', counted: true },
    ];
    expect(third.endedAttempts).toEqual(kept);
    expect(finish(third, rendering, decoded, 600).endedAttempts).toEqual(kept);
    expect(fail(third, error, decoded, 600).endedAttempts).toEqual(kept);
  });

  test('is marked where it does not count, at once or later', () => {
    expect(giveBack(begin(declared, 200), 300, 'disk').endedAttempts).toMatchObject([
      { trouble: 'disk', counted: false },
    ]);
    const two = retryLater(begin(retryLater(begin(declared, 200), 300, 'codec'), 400), 500, 'render-death');
    expect(forgive(two, 600).endedAttempts).toMatchObject([{ counted: true }, { startedAt: 400, counted: false }]);
  });

  test('is forgiven once for each death that counted, also where other trouble came after it', () => {
    const twice = retryLater(begin(retryLater(begin(declared, 200), 300, 'render-death'), 400), 500, 'render-death');
    const full = giveBack(begin(twice, 600), 700, 'disk');
    const forgiven = forgive(forgive(full, 800), 900);
    expect([forgiven.attempts, forgiven.endedAttempts?.map(({ counted }) => counted)]).toEqual([
      0,
      [false, false, false],
    ]);
  });

  test('is not one that waited for its turn', () => {
    expect(giveBack(begin(declared, 200), 300, 'turn')).not.toHaveProperty('endedAttempts');
  });

  test('makes room for newer ones, however many the machine has ended', () => {
    let version: Retrying = giveBack(begin(declared, 0), 1, 'disk');
    for (let at = 10; at < 1000; at += 10) version = giveBack(begin(version, at), at + 1, 'disk');
    expect(version.endedAttempts).toHaveLength(keptAttempts);
    expect(version.endedAttempts?.at(-1)).toMatchObject({ startedAt: 990, endedAt: 991 });
  });

  test('was not kept in older versions, which go on all the same', () => {
    const { startedAt, ...older } = begin(declared, 200);
    expect(retryLater(older, 300, 'unknown')).not.toHaveProperty('endedAttempts');
    expect(forgive({ ...older, status: 'retrying' }, 300)).not.toHaveProperty('endedAttempts');
  });
});

describe('a lease', () => {
  const held = begin(declared, 1000, { leaseMs: 500 });
  test.each([
    ['holds while it lasts', held, 1499, 1500],
    ['holds from the first moment', held, 1000, 1500],
    ['is over at its end', held, 1500, undefined],
    ['holds nothing when the clock was set back since it began', held, 999, undefined],
    ['ends with its attempt', retryLater(held, 1100, 'unknown'), 1200, undefined],
    ['is none in a version from before there were any', { ...held, leaseUntil: undefined }, 1200, undefined],
  ] as const)('%s', (_, version, at, until) => expect(leasedUntil(version, at, 500)).toBe(until));
});

test.each([
  ['is kept', 1500, 1500],
  ['is not before the ticket, where the clock of the store shows whole seconds only', 900, 1000],
  ['is not after the attempt, where the clock of the store is ahead', 9000, 2000],
])('when an original arrived %s', (_, said, kept) => {
  const draft = { id: 'a', version: 1, source: 1, preset: 'web', original, expiresAt: 9000 };
  expect(begin(newVersion(draft, 1000), 2000, { arrivedAt: said }).arrivedAt).toBe(kept);
});
