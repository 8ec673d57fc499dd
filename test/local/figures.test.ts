import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../lib/adapters/local/database.ts';
import { sqliteTaskQueue } from '../../lib/adapters/local/sqlite-task-queue.ts';
import { type HostFigures, type HostFiguresNeeds, hostFigures } from '../../lib/local/figures.ts';
import { lastHour } from '../../lib/local/last-hour.ts';
import { figuresContract } from '../contracts/figures.ts';

const began = 1_790_000_000_000;
const secondMs = 1000;
const minuteMs = 60_000;

/** A home whose clock a test moves. */
const openHome = (more: Partial<HostFiguresNeeds> = {}) => {
  let now = began;
  const clock = { now: () => now };
  const database = openDatabase(':memory:');
  const figures = hostFigures({
    ...{ database, clock, steady: clock },
    sizes: { known: () => ({ originals: 10, variants: 5 }), measure: async () => undefined, add: () => undefined },
    workers: () => ({ alive: () => 1 }),
    ...{ count: 2, keepFreeBytes: 500, freeBytes: async () => 1000 },
    ...more,
  });
  const queue = sqliteTaskQueue(database, { clock, maxReceives: 3 });
  return {
    figures,
    database,
    clock,
    pass: (ms: number) => {
      now += ms;
    },
    send: (letter: string) => queue.put({ render: { id: letter.repeat(26), version: 1 } }, 'urgent'),
  };
};

figuresContract('The last hour of a host', async () => {
  const { figures, database, clock, pass, send } = openHome();
  return {
    figures,
    now: clock.now,
    happen: async () => {
      pass(5 * minuteMs);
      for (const wallMs of [100, 200, 900]) {
        figures.ready();
        figures.rendered({ wallMs, cpuMs: 200 });
      }
      figures.failed();
      figures.answered(12);
      for (const letter of ['a', 'b']) await send(letter);
      await figures.sample();
      pass(10 * secondMs);
    },
    close: async () => database.close(),
  };
});

describe('The last hour', () => {
  let now: number;
  let hour: ReturnType<typeof lastHour>;
  beforeEach(() => {
    now = began;
    hour = lastHour({ now: () => now });
  });
  const pass = (ms: number) => {
    now += ms;
  };
  const series = (minutes = 60) => hour.series(minutes).series;

  test('has no value before its first step is over, and one more with each step', () => {
    hour.ready();
    expect(series().ready).toEqual([]);
    pass(10 * secondMs);
    expect(series().ready).toEqual([1]);
    pass(10 * secondMs);
    expect(series().ready).toEqual([1, 1]);
  });

  test('counts what happened in the minute that ended, and forgets it after that', () => {
    hour.ready();
    pass(20 * secondMs);
    hour.ready();
    hour.failed();
    pass(60 * secondMs);
    expect(series()).toMatchObject({ ready: [1, 1, 2, 2, 2, 2, 1, 1], failed: [0, 0, 1, 1, 1, 1, 1, 1] });
    pass(10 * secondMs);
    expect(series().ready.at(-1)).toBe(0);
  });

  test('knows the times of renders by the minute, to a fifth, and nothing where there was none', () => {
    for (let count = 0; count < 95; count++) hour.rendered(1000);
    for (let count = 0; count < 5; count++) hour.rendered(8000);
    pass(10 * secondMs);
    const [half, most] = [series().renderMedianMs[0] ?? 0, series().renderP95Ms[0] ?? 0];
    expect(half).toBeGreaterThan(800);
    expect(half).toBeLessThan(1200);
    expect(most).toBeLessThan(1200);
    expect(series().answerP95Ms).toEqual([null]);
    pass(60 * secondMs);
    expect(series().renderMedianMs.at(-1)).toBeNull();
  });

  test.each([
    [0, 0, 1],
    [300_000, 60_000, 120_000],
  ])('takes a time of %d ms, and says between %d and %d', (ms, least, most) => {
    hour.answered(ms);
    pass(10 * secondMs);
    const [said] = series().answerP95Ms;
    expect(said).toBeGreaterThanOrEqual(least);
    expect(said).toBeLessThanOrEqual(most);
  });

  test('keeps the most that waited in each step, and nothing of a step without a look', () => {
    hour.waiting(3);
    hour.waiting(7);
    hour.waiting(2);
    pass(20 * secondMs);
    expect(series().waiting).toEqual([7, null]);
  });

  test('goes back for an hour, however long the service runs', () => {
    for (let step = 0; step < 1000; step++) {
      hour.ready();
      pass(10 * secondMs);
    }
    expect(series().ready).toHaveLength(360);
    expect(new Set(series().ready)).toEqual(new Set([6]));
    expect(series(1).ready).toHaveLength(6);
  });

  test('says how long ago its last step ended', () => {
    pass(10 * secondMs - (began % (10 * secondMs)) + 4 * secondMs);
    expect(hour.series(60).agoMs).toBe(4 * secondMs);
  });
});

describe('The figures of a host', () => {
  let home: ReturnType<typeof openHome>;
  beforeEach(() => {
    home = openHome();
  });
  afterEach(() => home.database.close());
  const now = (figures: HostFigures = home.figures) => figures.recent(60);

  test('say what there is now', async () => {
    await home.send('a');
    home.pass(4 * secondMs);
    expect(await now()).toMatchObject({
      queue: { tasks: 1, oldestMs: 4 * secondMs },
      storedBytes: { originals: 10, variants: 5 },
      disk: { freeBytes: 1000, keptFreeBytes: 500 },
      renderers: { alive: 1, wanted: 2 },
      renders: { since: began, count: 0 },
    });
  });

  test('leave out what cannot be looked up, and say the rest', async () => {
    const broken = openHome({ freeBytes: () => Promise.reject(new Error('EIO')) });
    broken.database.close();
    await broken.figures.sample();
    const found = await now(broken.figures);
    expect([found.disk, found.queue, found.images]).toEqual([undefined, undefined, undefined]);
    expect(found.renderers).toEqual({ alive: 1, wanted: 2 });
  });

  test('count by a clock that is not adjusted, and tell the time of the machine', async () => {
    let [wall, steady] = [began, began];
    const adjusted = openHome({ clock: { now: () => wall }, steady: { now: () => steady } });
    adjusted.figures.ready();
    steady += 10 * secondMs;
    wall -= 3600 * secondMs;
    const { to, series } = await now(adjusted.figures);
    expect(series.ready).toEqual([1]);
    expect(to).toBe(wall - (steady % (10 * secondMs)));
    adjusted.database.close();
  });
});
