import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import config from '../../darkroom.config.ts';
import { sqliteBulkJobs } from '../../lib/adapters/local/sqlite-bulk-jobs.ts';
import { sqliteCatalogue } from '../../lib/adapters/local/sqlite-catalogue.ts';
import { type SqliteTaskQueue, sqliteTaskQueue } from '../../lib/adapters/local/sqlite-task-queue.ts';
import { maxReceives, newVersion, type Status, type Version } from '../../lib/core/image.ts';
import { originalKey, versionPrefix } from '../../lib/core/object-keys.ts';
import type { Pauses } from '../../lib/local/circuit-breaker.ts';
import { type Home, openHome } from '../../lib/local/home.ts';
import { type RenderWorkers, startRenderWorkers } from '../../lib/local/render-workers.ts';
import type { Catalogue, ObjectStore } from '../../lib/ports.ts';
import { recipeOf } from '../../lib/render/recipe.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const realWorker = [fileURLToPath(new URL('../../bin/render-worker.ts', import.meta.url))];
const lyingWorker = fileURLToPath(new URL('../support/lying-worker.ts', import.meta.url));
const troubledWorker = fileURLToPath(new URL('../support/troubled-worker.ts', import.meta.url));

let photo: Uint8Array;
let poison: Uint8Array;
let animation: Uint8Array;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let home: Home;
let catalogue: Catalogue;
let queue: SqliteTaskQueue;
let workers: RenderWorkers | undefined;
let pids: number[];
let logged: string[];
const clock = { now: Date.now };

beforeAll(async () => {
  photo = await bytesOf(noise(300, 200).jpeg());
  const frames = { width: 120, height: 300, channels: 3, pageHeight: 100 } as const;
  animation = await bytesOf(sharp(randomBytes(120 * 300 * 3), { raw: frames }).gif());
  poison = await bytesOf(noise(400, 200).jpeg());
});
beforeEach(async () => {
  folder = await temporaryFolder();
  home = openHome(folder.path);
  catalogue = sqliteCatalogue(home.database);
  queue = sqliteTaskQueue(home.database, { clock, maxReceives });
  [workers, pids, logged] = [undefined, [], []];
});
afterEach(async () => {
  await workers?.stop(0);
  home.database.close();
  await folder.remove();
});

const start = (
  worker: readonly string[],
  {
    its = {},
    variants = home.variants,
    originals = home.originals,
    steady = clock,
    ...more
  }: {
    its?: Partial<SqliteTaskQueue>;
    variants?: ObjectStore;
    originals?: typeof home.originals;
    steady?: typeof clock;
    count?: number;
    largePixels?: number;
    pauses?: Pauses;
  } = {},
): void => {
  const note = (message: string, { pid }: { pid?: number } = {}) => {
    logged.push(message);
    if (pid !== undefined) pids.push(pid);
  };
  const log = { info: note, warn: note, error: note };
  workers = startRenderWorkers(
    {
      ...home,
      queue: { ...queue, ...its },
      jobs: sqliteBulkJobs(home.database),
      ...{ variants, originals, catalogue, clock, steady, config, recipeOf, log },
    },
    {
      count: 1,
      launch: { command: process.execPath, arguments: worker, environment: {} },
      timeoutMs: 120_000,
      maxResidentBytes: 1024 ** 3,
      pollMs: 10,
      pauses: { firstMs: 1, longestMs: 20, lookAgainMs: 5 },
      ...more,
    },
  );
};

/** An upload that waits in the queue. */
const queueUpload = async (id: string, bytes: Uint8Array): Promise<void> => {
  const original = {
    contentType: bytes === animation ? 'image/gif' : 'image/jpeg',
    bytes: bytes.length,
    sha256: null,
    width: null,
    height: null,
  } as const;
  const now = clock.now();
  const version = newVersion({ id, version: 1, source: 1, preset: 'thumbnails', original, expiresAt: null }, now);
  await catalogue.add({ id, collection: null, filename: null, createdAt: now }, version);
  await home.originals.put(originalKey({ id, version: 1 }), bytes);
  await queue.put({ render: { id, version: 1 } }, 'urgent');
};

const queued = async (count: number, ...first: readonly Uint8Array[]): Promise<readonly string[]> => {
  const ids = Array.from({ length: count }, (_, at) => String.fromCharCode(97 + at).padEnd(26, 'q'));
  for (const [at, id] of ids.entries()) await queueUpload(id, first[at] ?? photo);
  return ids;
};

const inStatus = async (status: Status) => (await catalogue.list({ limit: 100, statuses: [status] })).items;
const allReady = (ids: readonly string[]) =>
  until(
    async () => (await inStatus('ready')).length === ids.length || (await inStatus('failed')).length > 0,
    () => logged.join('\n'),
  );
const killIfThere = (pid: number | undefined) => {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

describe('a reprocess', () => {
  const reprocessed = async (first: readonly string[], second: readonly string[], end: Status) => {
    const ids = await queued(1);
    start(first);
    await allReady(ids);
    await workers?.stop(60_000);
    const before = await catalogue.version(ids[0] ?? '', 1);
    if (!before) throw new Error('There is no first version.');
    const { id, preset, source, original } = before;
    const draft = (version: number) =>
      newVersion({ id, version, source, preset, original, expiresAt: null }, clock.now());
    await catalogue.addVersion({ id, draft });
    await queue.put({ render: { id, version: 2 } }, 'urgent');
    start(second);
    await until(
      async () => (await inStatus(end)).some(({ newest }) => newest.version === 2),
      () => logged.join('\n'),
    );
    return { before, after: await catalogue.version(id, 2) };
  };
  const digests = (version: Version | undefined) =>
    version?.status === 'ready' ? version.rendering.variants.map(({ name, sha256 }) => [name, sha256]) : [];

  test('by the same settings encodes nothing', async () => {
    const { before, after } = await reprocessed(realWorker, realWorker, 'ready');
    expect(digests(after)).toEqual(digests(before));
    expect(digests(after)).toHaveLength(6);
    expect(after).toMatchObject({ spent: { encodeMs: 0, scoreMs: 0 } });
  });

  test('takes over no file that was not offered to the renderer', async () => {
    const { after } = await reprocessed(realWorker, [lyingWorker], 'failed');
    expect(after).toMatchObject({ status: 'failed', error: { code: 'gave-up' } });
    const stored: string[] = [];
    for await (const { key } of home.variants.list(versionPrefix({ id: after?.id ?? '', version: 2 })))
      stored.push(key);
    expect(stored).toEqual([]);
  });
});

describe('The renderers of a host', () => {
  test('that are killed again and again end no upload', async () => {
    const ids = await queued(20);
    start(realWorker);
    let killed = 0;
    const often = { mostPauseMs: 10 };
    // Four of five as soon as they are started, the fifth while it is at work: three deaths for each upload.
    const areReady = async () => (await inStatus('ready')).length === ids.length;
    while (killed < 60 && !(await areReady())) {
      await until(async () => pids[killed] !== undefined || areReady(), undefined, often);
      if (killed % 5 === 4)
        await until(async () => (await inStatus('processing')).length > 0 || areReady(), undefined, often);
      killIfThere(pids[killed]);
      killed++;
    }
    await allReady(ids);
    expect((await inStatus('failed')).map(({ newest }) => newest)).toEqual([]);
  });

  test('whose disk is full for a while end no upload, and go on by themselves', async () => {
    let full = true;
    const put: ObjectStore['put'] = async (...file) => {
      if (full) throw Object.assign(new Error('No space.'), { code: 'ENOSPC' });
      await home.variants.put(...file);
    };
    const ids = await queued(20);
    start(realWorker, { variants: { ...home.variants, put } });
    await until(() => logged.filter((line) => line.startsWith('rendering pauses')).length > 60);
    expect(await inStatus('failed')).toEqual([]);
    full = false;
    await allReady(ids);
    for (const { newest } of await inStatus('ready')) expect(newest.attempts).toBe(1);
    expect(await inStatus('ready')).toHaveLength(20);
  });

  describe('meet one original that cannot be read, and', () => {
    const unreadable = 'a'.padEnd(26, 'q');
    const originals = (): typeof home.originals => ({
      ...home.originals,
      get: async (key) => {
        if (key.includes(unreadable)) throw Object.assign(new Error('i/o error, read'), { code: 'EIO' });
        return home.originals.get(key);
      },
    });

    test('pause for it no more once others have become ready, but try it less and less often', async () => {
      await queued(3);
      const hiddenMs: number[] = [];
      const putBack: SqliteTaskQueue['putBack'] = (handle, ms) => {
        hiddenMs.push(ms);
        return queue.putBack(handle, Math.min(ms, 5));
      };
      start(realWorker, { originals: originals(), its: { putBack } });
      await until(() => hiddenMs.filter((ms) => ms === 60_000).length > 1);
      const alone = hiddenMs.indexOf(5000);
      expect(hiddenMs.slice(alone, alone + 6)).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
      expect(logged.filter((line) => line.startsWith('rendering pauses'))).toHaveLength(alone);
      await until(async () => (await inStatus('ready')).length === 2);
      // Between two tries; no attempt was charged.
      const [waits] = await until(async () => {
        const waiting = await inStatus('retrying');
        return waiting.length > 0 && waiting;
      });
      expect([waits?.id, waits?.newest.attempts]).toEqual([unreadable, 0]);
    });

    test('put it back however often the database refuses that', async () => {
      const [id = ''] = await queued(1);
      let [reads, putBacks] = [0, 0];
      const get: typeof home.originals.get = async (key) => {
        if (reads++ === 0) throw Object.assign(new Error('i/o error, read'), { code: 'EIO' });
        return home.originals.get(key);
      };
      const putBack: SqliteTaskQueue['putBack'] = async (handle, ms) => {
        if (putBacks++ < 2) throw Object.assign(new Error('full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
        await queue.putBack(handle, ms);
      };
      start(realWorker, { originals: { ...home.originals, get }, its: { putBack } });
      await until(() => putBacks === 3);
      await allReady([id]);
      expect((await inStatus('ready')).map(({ newest }) => newest.attempts)).toEqual([1]);
    });

    test('put back what another one fails beside it, for the rest of the pause', async () => {
      await queued(2);
      const bothRead = Promise.withResolvers<void>();
      let [reads, putBacks] = [0, 0];
      const get: typeof home.originals.get = async (key) => {
        if (++reads === 2) bothRead.resolve();
        await bothRead.promise;
        if (reads <= 2) throw Object.assign(new Error('i/o error, read'), { code: 'EIO' });
        return home.originals.get(key);
      };
      const putBack: SqliteTaskQueue['putBack'] = async (handle, ms) => {
        await queue.putBack(handle, ms);
        putBacks++;
      };
      const pauses = { firstMs: 500, longestMs: 500, lookAgainMs: 5 };
      start(realWorker, { originals: { ...home.originals, get }, its: { putBack }, count: 2, pauses });
      await until(() => putBacks === 2);
      await until(async () => (await inStatus('ready')).length === 2);
    });

    test('try an upload that arrives at once, before the pause for the other one is over', async () => {
      await queued(1);
      const hourMs = 3_600_000;
      start(realWorker, { originals: originals(), pauses: { firstMs: hourMs, longestMs: hourMs, lookAgainMs: 5 } });
      await until(() => logged.some((line) => line.startsWith('rendering pauses')));
      await queueUpload('b'.padEnd(26, 'q'), photo);
      workers?.wake();
      await until(async () => (await inStatus('ready')).length === 1);
      expect(logged.filter((line) => line.startsWith('rendering pauses'))).toHaveLength(1);
    });
  });

  test('outlive a database that cannot be read or written for a while', async () => {
    const ids = await queued(3);
    let failures = 0;
    const troubled = <Result>(work: () => Result): Result => {
      if (failures++ < 10) throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 });
      return work();
    };
    start(realWorker, { its: { receive: (ms) => troubled(() => queue.receive(ms)) } });
    await allReady(ids);
    expect(await inStatus('ready')).toHaveLength(3);
    expect(logged.filter((line) => line.startsWith('rendering pauses')).length).toBeGreaterThanOrEqual(10);
  });

  test('that one picture kills every time end that one, and the others become ready', async () => {
    const [poisoned = '', ...others] = await queued(4, poison);
    start([troubledWorker, String(poison.length)]);
    await until(
      async () => (await inStatus('ready')).length + (await inStatus('failed')).length === 4,
      () => logged.join('\n'),
    );
    expect((await inStatus('failed')).map(({ id, newest }) => [id, newest.attempts])).toEqual([[poisoned, 3]]);
    expect((await inStatus('ready')).map(({ id }) => id).sort()).toEqual(others);
  });

  test('render the uploads that wait beside large animations first', async () => {
    const [first = '', second = '', ...photos] = await queued(5, animation, animation);
    start(realWorker, { largePixels: 3 * 120 * 100 });
    await allReady([first, second, ...photos]);
    const readyAt = async (id: string) => {
      const version = await catalogue.version(id, 1);
      return version?.status === 'ready' ? version.readyAt : Number.NaN;
    };
    const lastPhoto = Math.max(...(await Promise.all(photos.map(readyAt))));
    expect(lastPhoto).toBeLessThan(await readyAt(first));
    expect(lastPhoto).toBeLessThan(await readyAt(second));
    expect((await inStatus('ready')).map(({ newest }) => newest.attempts)).toEqual([1, 1, 1, 1, 1]);
    expect(logged.filter((line) => line.startsWith('rendering pauses'))).toEqual([]);
  });

  test('that stand still with their host for longer than a lease charge no picture, and begin it again one at a time', async () => {
    let stoodMs = 0;
    const steady = { now: () => clock.now() + stoodMs };
    queue = sqliteTaskQueue(home.database, { clock: steady, maxReceives });
    const again = Promise.withResolvers<void>();
    let receives = 0;
    const its: Partial<SqliteTaskQueue> = {
      receive: async (visibilityMs) => {
        const message = await queue.receive(visibilityMs);
        // The other slot asks for a third one only when it has decided about the second.
        if (receives >= 2) again.resolve();
        if (message) receives++;
        return message;
      },
    };
    const put: ObjectStore['put'] = async (key, bytes) => {
      if (stoodMs === 0) {
        stoodMs = 24 * 3600_000;
        await again.promise;
      }
      await home.variants.put(key, bytes);
    };
    const ids = await queued(1);
    start(realWorker, { its, variants: { ...home.variants, put }, steady, count: 2 });
    await allReady(ids);
    const ready = await catalogue.version(ids[0] ?? '', 1);
    expect(ready).toMatchObject({ status: 'ready', attempts: 1 });
    expect(ready?.endedAttempts).toMatchObject([{ trouble: 'standstill', counted: false }]);
    await until(() => queue.depth() === 0);
  });

  test('free at their start what a host before them left held', async () => {
    const ids = await queued(1);
    const held = await queue.receive(600_000);
    const [id = ''] = ids;
    const pending = await catalogue.version(id, 1);
    if (pending?.status !== 'pending') throw new Error('not pending');
    await catalogue.move({
      ...pending,
      status: 'processing',
      attempts: 1,
      revision: 1,
      leaseUntil: clock.now() + 120_000,
    });
    expect(held).toBeDefined();
    await queue.releaseAll();
    start(realWorker);
    await allReady(ids);
    expect((await inStatus('ready')).map(({ newest }) => newest.attempts)).toEqual([1]);
  });
});

test('a renderer that cannot be started for want of descriptors is trouble of the machine, and does not end the service', () => {
  const program = fileURLToPath(new URL('../support/no-descriptor.ts', import.meta.url));
  const limited = ['-c', 'ulimit -n 40; exec "$0" "$1"', process.execPath, program];
  expect(execFileSync('sh', limited, { encoding: 'utf8' })).toBe('descriptors\n');
});
