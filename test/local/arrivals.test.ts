import { beforeEach, expect, test } from '@jest/globals';
import { originalKey, type VersionRef } from '../../lib/core/object-keys.ts';
import { type Arrivals, arrivalsEndpoint, watchArrivals } from '../../lib/local/arrivals.ts';

const upload: VersionRef = { id: 'a'.repeat(26), version: 1 };
const key = originalKey(upload);
const minuteMs = 60_000;

let now: number;
let adjusted: number;
let stored: Set<string>;
let cutOff: boolean;
let asked: { readonly key: string; readonly at: number }[];
let arrived: VersionRef[];
let arrivals: Arrivals;

beforeEach(() => {
  now = 0;
  adjusted = 0;
  stored = new Set();
  cutOff = false;
  asked = [];
  arrived = [];
  const silent = () => undefined;
  arrivals = watchArrivals({
    originals: {
      head: async (key) => {
        asked.push({ key, at: now });
        if (cutOff) throw new Error('cut off');
        return stored.has(key) ? { key, bytes: 5, modifiedAt: now } : undefined;
      },
    },
    clock: { now: () => now + adjusted },
    steady: { now: () => now },
    log: { info: silent, warn: silent, error: silent },
    arrived: ({ id, version }) => void arrived.push({ id, version }),
  });
});

const pass = async (ms: number): Promise<void> => {
  for (const end = now + ms; now < end; ) {
    now += 100;
    await arrivals.look();
  }
};

test('an upload is noticed once, soon after it was stored', async () => {
  arrivals.expect(upload, 15 * minuteMs);
  await pass(4000);
  stored.add(key);
  await pass(1500);
  expect(arrived).toEqual([upload]);
  await pass(minuteMs);
  expect(arrived).toHaveLength(1);
});

test('an upload that never comes is asked about ever more rarely, and not any more after its ticket', async () => {
  arrivals.expect(upload, 15 * minuteMs);
  await pass(20 * minuteMs);
  expect(asked.length).toBeLessThan(90);
  expect((asked[1]?.at ?? 0) - (asked[0]?.at ?? 0)).toBeLessThan(500);
  expect((asked.at(-1)?.at ?? 0) - (asked.at(-2)?.at ?? 0)).toBe(15_000);
  expect(asked.at(-1)?.at).toBeGreaterThan(16 * minuteMs);
  expect(asked.at(-1)?.at).toBeLessThan(17 * minuteMs);
});

test('an upload is noticed after the store was cut off', async () => {
  cutOff = true;
  arrivals.expect(upload, 15 * minuteMs);
  await pass(minuteMs);
  cutOff = false;
  stored.add(key);
  await pass(15_000);
  expect(arrived).toEqual([upload]);
});

test('a crowd of uploads is asked about eight at a time', async () => {
  for (let version = 1; version <= 30; version++) arrivals.expect({ ...upload, version }, 15 * minuteMs);
  now = 300;
  await arrivals.look();
  expect(asked).toHaveLength(8);
  await pass(400);
  expect(new Set(asked.map(({ key }) => key)).size).toBe(30);
});

test.each([
  [
    'S3',
    { Records: [{ eventName: 'ObjectCreated:Put', s3: { object: { key: encodeURIComponent(`pictures/${key}`) } } }] },
  ],
  ['MinIO', { EventName: 's3:ObjectCreated:Put', Key: `bucket/pictures/${key}`, Records: [] }],
])('a notification of %s lets the store be asked at once, and one about another key does not', async (_store, body) => {
  arrivals.expect(upload, 15 * minuteMs);
  await pass(10 * minuteMs);
  const before = asked.length;
  stored.add(key);
  let status: number | undefined;
  const response = { writeHead: (code: number) => ({ end: () => (status = code) }) };
  const notify = (text: string) => arrivalsEndpoint(arrivals)({} as never, response as never, text);
  await notify(JSON.stringify({ Key: `bucket/${originalKey({ ...upload, version: 9 })}` }));
  await arrivals.look();
  expect(asked).toHaveLength(before);
  await notify(JSON.stringify(body));
  await arrivals.look();
  expect([status, arrived]).toEqual([204, [upload]]);
});

test('waits for as long as the ticket lasts, however the clock is adjusted before it is given or afterwards', async () => {
  adjusted = -3 * 60 * minuteMs;
  arrivals.expect(upload, now + adjusted + 15 * minuteMs);
  adjusted = 3 * 60 * minuteMs;
  await pass(15 * minuteMs);
  stored.add(key);
  await pass(15_000);
  expect(arrived).toEqual([upload]);
});

test('a hint that comes while the store is being asked is not lost with the older answer', async () => {
  arrivals.expect(upload, 15 * minuteMs);
  await pass(4000);
  const before = asked.length;
  for (let looks = 0; asked.length === before && looks < 1000; looks++) {
    now += 100;
    const looking = arrivals.look();
    if (asked.length > before) {
      // The answer under way is that nothing is there yet.
      await Promise.resolve();
      stored.add(key);
      arrivals.hint([key]);
    }
    await looking;
  }
  await arrivals.look();
  expect(arrived).toEqual([upload]);
});
