import { createHash } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { defineConfig } from '../../lib/core/config.ts';
import { BadPicture } from '../../lib/core/errors.ts';
import { begin, isUsedUp, maxDeaths, newVersion, type Pending, type Version } from '../../lib/core/image.ts';
import { manifestKey, originalKey } from '../../lib/core/object-keys.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import { Troubled } from '../../lib/core/trouble.ts';
import { forgiveAttempt, releaseAll, releaseAttempt } from '../../lib/pipeline/parts/release-attempt.ts';
import { leaseMsFor, renderImage } from '../../lib/pipeline/render-image.ts';
import { repairImage } from '../../lib/pipeline/repair-image.ts';
import { reprocessImage } from '../../lib/pipeline/reprocess-image.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let photo: Uint8Array;
let world: TestWorld;
let id: string;
beforeAll(async () => {
  photo = await bytesOf(noise(120, 120).jpeg());
});
beforeEach(async () => {
  world = await openWorld();
  id = await world.arrive(photo);
});
afterEach(() => world.close());

const leaseEnd = (): number => world.clock.now() + leaseMsFor(world.config);
const job = () => ({ id, version: 1 });
const now = async (version = 1): Promise<Version> => {
  const found = await world.catalogue.version(id, version);
  if (!found) throw new Error('gone');
  return found;
};
const errorWith = (facts: object) => Object.assign(new Error('Words.'), facts);
const rendererThatThrows = (error: unknown) => ({ ...world.renderer, render: () => Promise.reject(error) });
const storeThat = (does: Partial<TestWorld['variants']>) => ({ ...world.variants, ...does });

describe('trouble of the machine', () => {
  const full = errorWith({ code: 'ENOSPC' });
  const broken = {
    'a full disk under the variants': () => ({ variants: storeThat({ put: () => Promise.reject(full) }) }),
    'a store that cannot be read': () => ({
      originals: { ...world.originals, get: () => Promise.reject(errorWith({ code: 'EMFILE' })) },
    }),
    'a throttled service': () => ({
      variants: storeThat({ put: () => Promise.reject(errorWith({ name: 'SlowDown' })) }),
    }),
    'a cause behind another error': () => ({ renderer: rendererThatThrows(new Error('Oh.', { cause: full })) }),
  };

  test.each(Object.entries(broken))('(%s) is never charged, however often it comes', async (_, trouble) => {
    for (let time = 1; time <= maxDeaths + 1; time++)
      expect(await renderImage({ ...world, ...trouble() }, job())).toMatchObject({ end: 'put-back' });
    expect(await now()).toMatchObject({ status: 'retrying', attempts: 0 });
    expect(isUsedUp(await now())).toBe(false);
    expect(await renderImage(world, job())).toMatchObject({ end: 'ready', attempt: 1 });
  });

  test('that only hides the progress does not interrupt the render', async () => {
    const report = () => Promise.reject(errorWith({ code: 'ERR_SQLITE_ERROR', errcode: 5 }));
    const catalogue = { ...world.catalogue, report };
    expect(await renderImage({ ...world, catalogue }, job())).toMatchObject({ end: 'ready', attempt: 1 });
  });

  test('takes nothing from the attempts that were charged before', async () => {
    const unknown = { renderer: rendererThatThrows(new Error('what is this')) };
    await renderImage({ ...world, ...unknown }, job());
    await renderImage({ ...world, variants: storeThat({ put: () => Promise.reject(full) }) }, job());
    expect(await now()).toMatchObject({ status: 'retrying', attempts: 1 });
  });

  test('in the catalogue, before anything began, leaves the version as it was', async () => {
    const catalogue = { ...world.catalogue, move: () => Promise.reject(full) };
    await expect(renderImage({ ...world, catalogue }, job())).rejects.toBe(full);
    expect(await now()).toMatchObject({ status: 'pending', attempts: 0 });
  });

  test('in the catalogue, while the end of an attempt is noted, is not charged', async () => {
    let moves = 0;
    const move: TestWorld['catalogue']['move'] = (to) =>
      ++moves === 2 ? Promise.reject(full) : world.catalogue.move(to);
    const broken = { catalogue: { ...world.catalogue, move }, renderer: rendererThatThrows(new TypeError('x')) };
    expect(await renderImage({ ...world, ...broken }, job())).toMatchObject({ end: 'put-back' });
    expect(await now()).toMatchObject({ status: 'retrying', attempts: 0 });
  });

  test('never lets a task come back too often', async () => {
    const variants = storeThat({ put: () => Promise.reject(full) });
    const { queue } = world;
    await queue.send({ render: job() });
    let puts = 0;
    await world.drain({
      variants: storeThat({
        put: (...file) => (++puts <= 20 ? variants.put(...file) : world.variants.put(...file)),
      }),
    });
    expect(puts).toBeGreaterThan(20);
    expect(await now()).toMatchObject({ status: 'ready', attempts: 1 });
  });
});

describe('trouble of an attempt', () => {
  test.each([
    ['an error that is not known', new TypeError('x'), 'an error that it does not know'],
    ['memory that the picture takes', new Troubled('render-memory'), 'more memory than there was'],
  ])('(%s) is retried, and ends the version at the third time with what it was', async (_, error, reason) => {
    const renderer = rendererThatThrows(error);
    expect(await renderImage({ ...world, renderer }, job())).toMatchObject({ end: 'again', tries: 1 });
    expect(await renderImage({ ...world, renderer }, job())).toMatchObject({ end: 'again', tries: 2 });
    expect(await renderImage({ ...world, renderer }, job())).toMatchObject({ end: 'failed' });
    const failed = await now();
    expect(failed).toMatchObject({ status: 'failed', attempts: 3, error: { code: 'gave-up' } });
    expect(failed).toHaveProperty('error.message', expect.stringContaining(reason));
  });

  test('(an original that is gone) says that it is gone', async () => {
    const originals = { ...world.originals, get: async () => undefined };
    for (let attempt = 1; attempt <= 3; attempt++) await renderImage({ ...world, originals }, job());
    expect(await now()).toHaveProperty('error.message', expect.stringContaining('missing from the store'));
  });
});

test('trouble of the picture fails at once', async () => {
  const renderer = rendererThatThrows(new BadPicture('too-many-frames'));
  expect(await renderImage({ ...world, renderer }, job())).toMatchObject({ end: 'failed' });
  expect(await now()).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'too-many-frames' } });
});

test.each([
  ['the picture', new BadPicture('corrupt'), 1],
  ['the third attempt', new TypeError('x'), 3],
])('a version that %s ends says when the last attempt began and how long it took', async (_, error, attempts) => {
  const renderer = {
    ...world.renderer,
    render: async () => {
      world.pass(1234);
      throw error;
    },
  };
  for (let attempt = 1; attempt < attempts; attempt++) {
    await renderImage({ ...world, renderer }, job());
    world.pass(60_000);
  }
  const startedAt = world.clock.now();
  await renderImage({ ...world, renderer }, job());
  expect(await now()).toMatchObject({ status: 'failed', attempts, startedAt, tookMs: 1234 });
});

test('a version keeps each attempt that ended in vain, with its trouble and whether it counts', async () => {
  const causes = [Object.assign(new Error('full'), { code: 'ENOSPC' }), new Troubled('render-time')];
  const renderer = {
    ...world.renderer,
    render: async (...args: Parameters<typeof world.renderer.render>) => {
      world.pass(1000);
      const cause = causes.shift();
      if (cause) throw cause;
      return world.renderer.render(...args);
    },
  };
  const t0 = world.clock.now();
  for (let attempt = 0; attempt < 3; attempt++) await renderImage({ ...world, renderer }, job());
  expect(await now()).toMatchObject({ status: 'ready', attempts: 2, startedAt: t0 + 2000 });
  expect((await now())?.endedAttempts).toEqual([
    { startedAt: t0, endedAt: t0 + 1000, trouble: 'disk', counted: false },
    { startedAt: t0 + 1000, endedAt: t0 + 2000, trouble: 'render-time', counted: true },
  ]);
});

test('a version whose last renderer was killed says when it began, and not how long it took', async () => {
  for (let attempt = 1; attempt <= 3; attempt++) {
    await world.catalogue.move(begin((await now()) as Pending, world.clock.now()));
    world.pass(60_000);
  }
  expect(await renderImage(world, job())).toMatchObject({ end: 'failed' });
  expect(await now()).toHaveProperty('startedAt', world.clock.now() - 60_000);
  expect(await now()).not.toHaveProperty('tookMs');
});

describe('a duplicate', () => {
  test('leaves no trace while another renderer holds the version, and one comes through', async () => {
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => renderImage(world, job())));
    expect(outcomes.map(({ end }) => end).sort()).toEqual([...Array(5).fill('leased'), 'ready']);
    expect(await world.ready(id)).toMatchObject({ attempts: 1 });
  });

  test('says until when the version is held, and is an attempt when that is over', async () => {
    await world.catalogue.move(
      begin((await now()) as Pending, world.clock.now(), { leaseMs: leaseMsFor(world.config) }),
    );
    const until = world.clock.now() + leaseMsFor(world.config);
    expect(await renderImage(world, job())).toEqual({ end: 'leased', until });
    world.pass(leaseMsFor(world.config));
    expect(await renderImage(world, job())).toMatchObject({ end: 'ready', attempt: 2 });
  });

  test('that meets a lease from before the clock was set back does not wait for the clock', async () => {
    await world.catalogue.move(
      begin((await now()) as Pending, world.clock.now(), { leaseMs: leaseMsFor(world.config) }),
    );
    world.pass(-600_000);
    expect(await renderImage(world, job())).toMatchObject({ end: 'ready' });
  });

  test('of a finished version ends before the original is downloaded', async () => {
    await renderImage(world, job());
    const forbidden = () => Promise.reject(new Error('downloaded'));
    const originals = { ...world.originals, get: forbidden, head: forbidden };
    expect(await renderImage({ ...world, originals }, job())).toEqual({ end: 'ignored', why: 'done-before' });
  });

  test('comes back to the queue without being counted, and finds the work done', async () => {
    await world.catalogue.move(
      begin((await now()) as Pending, world.clock.now(), { leaseMs: leaseMsFor(world.config) }),
    );
    await world.queue.send({ render: job() });
    await world.drain();
    expect(await world.ready(id)).toMatchObject({ attempts: 2 });
  });
});

test('a task that comes before the upload spends no attempt', async () => {
  const early = await world.file();
  expect(await renderImage(world, { id: early, version: 1 })).toEqual({ end: 'ignored', why: 'nothing-uploaded' });
  expect(await world.catalogue.version(early, 1)).toMatchObject({ status: 'pending', attempts: 0 });
});

test.each([
  ['digest', { sha256: createHash('sha256').update('another').digest('base64') }],
  ['length', { bytes: 1 }],
])('an original of another %s than was declared is refused', async (_, other) => {
  id = 'declared'.padEnd(26, 'q');
  const at = world.clock.now();
  const declared = { contentType: 'image/jpeg', bytes: photo.length, sha256: null, width: null, height: null } as const;
  const original = { ...declared, ...other };
  const draft = { id, version: 1, source: 1, preset: 'thumbnails', original, expiresAt: at + 1000 };
  await world.catalogue.add({ id, collection: null, filename: null, createdAt: at }, newVersion(draft, at));
  await world.originals.put(originalKey(job()), photo);
  expect(await renderImage(world, job())).toMatchObject({ end: 'failed', error: { code: 'checksum-mismatch' } });
});

test('a process that paused before its attempt does not take the lease that another one got meanwhile', async () => {
  let held: Version | undefined;
  let reads = 0;
  const version: TestWorld['catalogue']['version'] = async (...ref) => {
    const found = await world.catalogue.version(...ref);
    if (++reads !== 2) return found;
    world.pass(leaseMsFor(world.config));
    await world.catalogue.move(begin(found as Pending, world.clock.now(), { leaseMs: leaseMsFor(world.config) }));
    held = await now();
    world.pass(1000);
    return found;
  };
  const outcome = await renderImage({ ...world, catalogue: { ...world.catalogue, version } }, job());
  expect(outcome).toMatchObject({ end: 'leased' });
  expect(await now()).toEqual(held);
});

describe('a renderer that has lost its lease', () => {
  /** A host takes the first renderer for dead, and another one begins. */
  const takeOver = async (): Promise<Version> => {
    await releaseAttempt(world, job(), { died: true, leaseEndsBy: leaseEnd() });
    world.pass(1000);
    await world.catalogue.move(
      begin((await now()) as Pending, world.clock.now(), { leaseMs: leaseMsFor(world.config) }),
    );
    return now();
  };
  const errors = {
    'a bad picture': new BadPicture('corrupt'),
    'trouble of the machine': errorWith({ code: 'ENOSPC' }),
    'trouble of its attempt': new TypeError('x'),
  };

  test.each(
    Object.entries(errors).flatMap(([what, error]) => [1, 3].map((attempt) => [what, attempt, error] as const)),
  )('leaves the attempt of another one as it is, though it meets %s in attempt %i', async (_, attempt, error) => {
    for (let before = 1; before < attempt; before++)
      await renderImage({ ...world, renderer: rendererThatThrows(new Error('before')) }, job());
    let held: Version | undefined;
    const render = async () => {
      held = await takeOver();
      throw error;
    };
    await renderImage({ ...world, renderer: { ...world.renderer, render } }, job());
    expect(held).toMatchObject({ status: 'processing', attempts: attempt });
    expect(await now()).toEqual(held);
  });

  test('does not make the version ready that another one works on', async () => {
    let held: Version | undefined;
    const put: TestWorld['variants']['put'] = async (key, bytes) => {
      await world.variants.put(key, bytes);
      if (key === manifestKey(job())) held = await takeOver();
    };
    expect(await renderImage({ ...world, variants: storeThat({ put }) }, job())).toEqual({
      end: 'ignored',
      why: 'done-before',
    });
    expect(await now()).toEqual(held);
  });

  test.each(['a file', 'the manifest'])('does not store %s', async (what) => {
    const keys: string[] = [];
    const put: TestWorld['variants']['put'] = async (key, bytes) => {
      keys.push(key);
      await world.variants.put(key, bytes);
    };
    const pause = () => world.pass(leaseMsFor(world.config));
    const render: TestWorld['renderer']['render'] = async (bytes, order, deliver, takeOver) => {
      const paused: typeof deliver = (...file) => {
        if (what === 'a file') pause();
        return deliver(...file);
      };
      const rendered = await world.renderer.render(bytes, order, paused, takeOver);
      pause();
      return rendered;
    };
    const late = { ...world, variants: storeThat({ put }), renderer: { ...world.renderer, render } };
    expect(await renderImage(late, job())).toMatchObject({ end: 'put-back', trouble: 'standstill' });
    expect(keys.length > 0).toBe(what === 'the manifest');
    expect(keys).not.toContain(manifestKey(job()));
  });

  const standsStill: TestWorld['renderer']['render'] = (bytes, order, deliver, takeOver) => {
    const late: typeof deliver = (...file) => {
      world.pass(leaseMsFor(world.config));
      return deliver(...file);
    };
    return world.renderer.render(bytes, order, late, takeOver);
  };
  const still = () => ({ ...world, renderer: { ...world.renderer, render: standsStill } });

  test('is not charged for the standstill of its machine, and the next one makes the version ready', async () => {
    for (let time = 1; time < maxDeaths; time++)
      expect(await renderImage(still(), job())).toMatchObject({ end: 'put-back' });
    expect(await now()).toMatchObject({ status: 'retrying', attempts: 0 });
    expect((await now()).endedAttempts?.at(-1)).toMatchObject({ trouble: 'standstill', counted: false });
    expect(await renderImage(world, job())).toMatchObject({ end: 'ready', attempt: 1 });
  });

  test('is not made for ever though each standstill may have been the machine’s', async () => {
    for (let time = 1; time <= maxDeaths; time++) await renderImage(still(), job());
    expect(await renderImage(world, job())).toMatchObject({ end: 'failed', error: { code: 'gave-up' } });
  });

  test('does not fail a version that waits for its next attempt', async () => {
    let waiting: Version | undefined;
    const render = async () => {
      await releaseAttempt(world, job(), { died: true, leaseEndsBy: leaseEnd() });
      waiting = await now();
      throw new BadPicture('corrupt');
    };
    await renderImage({ ...world, renderer: { ...world.renderer, render } }, job());
    expect(waiting).toMatchObject({ status: 'retrying', attempts: 0 });
    expect(await now()).toEqual(waiting);
    expect(await renderImage(world, job())).toMatchObject({ end: 'ready', attempt: 1 });
  });
});

describe('an attempt whose renderer ended without a word', () => {
  test('counts when its lease is over, and the third one ends the version', async () => {
    for (let attempt = 1; attempt <= 3; attempt++) {
      const version = await now();
      await world.catalogue.move(begin(version as Pending, world.clock.now(), { leaseMs: leaseMsFor(world.config) }));
      world.pass(leaseMsFor(world.config));
    }
    expect(await renderImage(world, job())).toMatchObject({ end: 'failed' });
    expect(await now()).toMatchObject({ attempts: 3, error: { code: 'gave-up' } });
  });

  const beginOne = async () =>
    world.catalogue.move(begin((await now()) as Pending, world.clock.now(), { leaseMs: leaseMsFor(world.config) }));

  test('is not charged by a host that knows that the renderer is gone', async () => {
    await beginOne();
    await releaseAttempt(world, job(), { died: false, leaseEndsBy: leaseEnd() });
    expect(await now()).toMatchObject({ status: 'retrying', attempts: 0 });
    const twice = await now();
    await releaseAttempt(world, job(), { died: true, leaseEndsBy: leaseEnd() });
    expect(await now()).toEqual(twice);
  });

  test('is given back when the machine turns out to be to blame for a charged death', async () => {
    const died = rendererThatThrows(new Troubled('render-death', { died: true }));
    expect(await renderImage({ ...world, renderer: died }, job())).toMatchObject({ end: 'again', tries: 1 });
    expect(await now()).toMatchObject({ status: 'retrying', attempts: 1, deaths: 1 });
    await forgiveAttempt(world, job());
    expect(await now()).toMatchObject({ attempts: 0, deaths: 1 });
  });

  test('is left alone by a host whose own attempt ended before it began', async () => {
    const leaseEndsBy = leaseEnd();
    world.pass(1);
    await beginOne();
    await releaseAttempt(world, job(), { died: false, leaseEndsBy });
    expect(await now()).toMatchObject({ status: 'processing' });
  });

  test('ends the version when it was charged for the third time, with the reason', async () => {
    const late = rendererThatThrows(new Troubled('render-time', { died: true }));
    for (let attempt = 1; attempt <= 3; attempt++) await renderImage({ ...world, renderer: late }, job());
    expect(await now()).toMatchObject({ status: 'failed', attempts: 3 });
    expect(await now()).toHaveProperty('error.message', expect.stringContaining('did not answer in time'));
  });

  test('does not go on for ever though each death may have been the machine’s', async () => {
    let deaths = 0;
    for (; (await now()).status !== 'failed'; deaths++) {
      await beginOne();
      await releaseAttempt(world, job(), { died: true, leaseEndsBy: leaseEnd() });
      if (deaths >= 19) await renderImage({ ...world, renderer: rendererThatThrows(new Error('not reached')) }, job());
    }
    expect(deaths).toBe(20);
    expect(await now()).toMatchObject({ attempts: 0, error: { code: 'gave-up' } });
  });

  test('is free again at once when a host starts', async () => {
    await beginOne();
    await releaseAll(world);
    expect(await now()).toMatchObject({ status: 'retrying', attempts: 0 });
    expect(await renderImage(world, job())).toMatchObject({ end: 'ready', attempt: 1 });
  });
});

describe('the settings that a version was asked for with', () => {
  const old = {
    preset: { ...shippedPresets.thumbnails, quality: { avif: 50, webp: 40, jpeg: 40 } },
    keepCopyright: false,
  };
  const another = defineConfig({ presets: { other: shippedPresets.gallery }, defaultPreset: 'other' });
  const original = () =>
    ({ contentType: 'image/jpeg', bytes: photo.length, sha256: null, width: null, height: null }) as const;

  beforeEach(async () => {
    id = 'settings'.padEnd(26, 'q');
    const at = world.clock.now();
    const draft = {
      id,
      version: 1,
      source: 1,
      preset: 'thumbnails',
      settings: old,
      original: original(),
      expiresAt: null,
    };
    await world.catalogue.add({ id, collection: null, filename: null, createdAt: at }, newVersion(draft, at));
    await world.originals.put(originalKey(job()), photo);
  });

  test('hold for every attempt, though the configuration has changed in between', async () => {
    await renderImage({ ...world, renderer: rendererThatThrows(new Error('once')) }, job());
    expect(await renderImage({ ...world, config: another }, job())).toMatchObject({ end: 'ready' });
    const { rendering } = await world.ready(id);
    expect(rendering.recipe).toBe(world.renderer.recipe(old.preset, false));
    expect(rendering.variants.find(({ format }) => format === 'jpeg')?.quality).toBe(40);
  });

  test('hold for a repair as well', async () => {
    await renderImage(world, job());
    const { rendering } = await world.ready(id);
    const [lost] = rendering.variants;
    const key = `images/${id}/v1/${lost?.name}.${lost?.format}`;
    await world.variants.remove([key]);
    expect(await repairImage({ ...world, config: another }, job())).toEqual({ restored: 1, unlike: 0 });
    expect(await world.variants.head(key)).toBeDefined();
  });

  test('are those of the present for the next version', async () => {
    await renderImage(world, job());
    await reprocessImage(world, id, {});
    expect((await now(2)).settings).toEqual({ preset: world.config.presets.thumbnails, keepCopyright: false });
  });
});

test('a version from before settings were kept is rendered by the present configuration', async () => {
  expect((await now()).settings).toBeUndefined();
  expect(await renderImage(world, job())).toMatchObject({ end: 'ready' });
  expect((await world.ready(id)).rendering.recipe).toBe(world.renderer.recipe(shippedPresets.thumbnails, false));
});

test.each([
  ['after each quarter', {}, [0.25, 0.5, 0.75]],
  ['as often as its home allows', { reportEveryMs: 5000 }, [0.75]],
])('progress is reported %s', async (_, setting, expected) => {
  const reports: number[] = [];
  const catalogue: TestWorld['catalogue'] = {
    ...world.catalogue,
    report: async (_, progress) => void reports.push(progress),
  };
  const renderer: TestWorld['renderer'] = {
    ...world.renderer,
    render: async (bytes, order, deliver) => {
      const files: Parameters<typeof deliver>[] = [];
      const rendered = await world.renderer.render(bytes, order, async (...file) => void files.push(file));
      expect(files).toHaveLength(6);
      for (const [at, [variant, file]] of files.entries()) {
        world.pass(1100);
        await deliver(variant, file, (at + 1) / files.length);
      }
      return rendered;
    },
  };
  expect(await renderImage({ ...world, catalogue, renderer }, job(), setting)).toMatchObject({ end: 'ready' });
  expect(reports).toEqual(expected);
});

describe('where all renderers share a clock that is not adjusted', () => {
  const steady = { now: () => 5_000_000 };
  const jumping = () => {
    const wall = { now: world.clock.now };
    const put: TestWorld['variants']['put'] = async (...object) => {
      wall.now = () => world.clock.now() + 5 * 3600_000;
      return world.variants.put(...object);
    };
    return { ...world, clock: { now: () => wall.now() }, steady, variants: storeThat({ put }) };
  };

  test('an attempt goes on though the clock is set forward past its lease', async () => {
    expect(await renderImage(jumping(), job())).toMatchObject({ end: 'ready', attempt: 1 });
  });

  test('a second renderer leaves a held version alone though the clock was set forward', async () => {
    await world.catalogue.move(
      begin((await now()) as Pending, world.clock.now(), { leaseMs: 1000, leasedAt: steady.now() }),
    );
    world.pass(5 * 3600_000);
    expect(await renderImage({ ...world, steady }, job())).toEqual({ end: 'leased', until: steady.now() + 1000 });
  });

  test('a lease is ended by its host though the clock was set back since', async () => {
    await world.catalogue.move(
      begin((await now()) as Pending, world.clock.now() + 3600_000, { leaseMs: 1000, leasedAt: steady.now() }),
    );
    await releaseAttempt(world, job(), { died: false, leaseEndsBy: steady.now() + 1000 });
    expect(await now()).toMatchObject({ status: 'retrying', attempts: 0 });
  });
});
