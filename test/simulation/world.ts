import { type Config, defineConfig } from '../../lib/core/config.ts';
import type { ImageEvent } from '../../lib/core/events.ts';
import { type Instant, maxReceives, type Ready, type RenderSettings } from '../../lib/core/image.ts';
import type { VersionRef } from '../../lib/core/object-keys.ts';
import type { Preset } from '../../lib/core/presets.ts';
import type { Edge, Log, Ports, Renderer, SignedRequest, UploadTerms } from '../../lib/ports.ts';
import { catalogueOf, emptyJobRows, emptyRows, jobsOf, turnsOf } from './catalogue.ts';
import type { Faults } from './faults.ts';
import { jobPromises } from './job-promises.ts';
import { referenceModel } from './model.ts';
import { objectStore, type StoredObjects, storedObjects } from './object-store.ts';
import { messagesIn, taskQueue } from './queue.ts';
import type { Random } from './random.ts';
import { digestsOf, type Release, recipeBy, standInRenderer } from './renderer.ts';
import type { Actor, Scheduler, Service } from './scheduler.ts';

/** The home of the story: the two differ in their queues, and in how a crash is noticed. */
export type Home = 'aws' | 'box';

const square = (name: string, width: number) => ({ name, width, height: width, fit: 'cover' }) as const;
const formats = {
  photo: ['avif', 'jpeg'],
  graphic: ['png'],
  transparent: ['webp'],
  animated: ['webp', 'still'],
} as const;
const quality = { avif: 50, webp: 80, jpeg: 80 };
const small: Preset = { variants: [square('small', 64), square('large', 128)], formats, quality };
const larger: Preset = { variants: [square('small', 64), square('large', 160)], formats, quality };
const single: Preset = { variants: [square('only', 100)], formats, quality };

const configWith = (presets: Readonly<Record<string, Preset>>): Config =>
  defineConfig({ presets, retention: { failedDays: 2, orphanDays: 1 } });
/** The releases, one after the other. */
const releases: readonly (Release & { readonly config: Config })[] = [
  { encoder: 0, presets: { web: small, single } },
  { encoder: 1, presets: { web: small, single } },
  { encoder: 1, presets: { web: larger, single } },
  { encoder: 2, presets: { web: small } },
].map((release) => ({ ...release, config: configWith(release.presets) }));
const encoders = [0, 1, 2];

/** A function on AWS is ended half a minute after the limit on a render; the worker of one box too. */
export const renderTimeoutMs = (renderSeconds: number): number => (renderSeconds + 30) * 1000;

export type World = ReturnType<typeof simulatedWorld>;

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Stores, catalogue, queue, CDN and bus of one story, and the ports through which an actor reaches them. */
export const simulatedWorld = (home: Home, scheduler: Scheduler, random: Random, faults: Faults) => {
  const { now } = scheduler;
  let release = 0;
  let setBackMs = 0;
  let ids = 0;
  const current = () => releases[release % releases.length] ?? releases[0];
  const wall = (): Instant => now() - setBackMs;
  const objects: { originals?: StoredObjects; variants?: StoredObjects } = {};
  const recipes = new Map<Preset, readonly string[]>();
  const recipesFor = ({ preset, keepCopyright }: RenderSettings): readonly string[] => {
    const known = recipes.get(preset) ?? encoders.map((encoder) => recipeBy({ encoder })(preset, keepCopyright));
    recipes.set(preset, known);
    return known;
  };
  const model = referenceModel({
    now: wall,
    original: (key) => objects.originals?.read(key),
    variant: (key) => objects.variants?.read(key),
    recipesFor,
    digestsBy: (recipe, settings, original, file) =>
      digestsOf(original, file, encoders[recipesFor(settings).indexOf(recipe)] ?? 0),
    failedMs: 2 * 86_400_000,
  });
  const watcher = { put: model.stored, removed: model.unstored };
  const originals = storedObjects(wall, watcher);
  const variants = storedObjects(wall, watcher);
  Object.assign(objects, { originals, variants });
  const rows = emptyRows(model);
  const jobs = emptyJobRows();
  const promises = jobPromises();
  const messages = messagesIn(now, random, {
    maxReceives,
    once: home === 'box',
    countsPutBack: home === 'aws',
  });
  const leases = new Map<string, number>();
  const wakers = new Set<() => void>();
  const cdn = new Map<string, Uint8Array>();

  const wake = (): void => {
    for (const one of [...wakers]) one();
  };
  const wakeAt = (instant: Instant): void => scheduler.at(instant, wake);

  const view = (key: string): Uint8Array | undefined => {
    const bytes = cdn.get(key) ?? variants.read(key)?.bytes;
    if (bytes) cdn.set(key, bytes);
    return bytes;
  };

  const edgeFor = (actor: Actor): Edge => ({
    atOnce: 4,
    forget: (images) =>
      scheduler.call(actor, 'edge', `tell the CDN to forget ${images.join(' ')}`, () => {
        const taken = faults.happens('busy edge') ? random.below(images.length) : images.length;
        const order = images.slice(0, taken);
        for (const key of cdn.keys()) if (order.some((id) => key.startsWith(`images/${id}/`))) cdn.delete(key);
        return taken;
      }),
  });

  /** The port of an actor: what it does takes time, and may go wrong. */
  const portsFor = (actor: Actor, task?: VersionRef) => {
    const on =
      (service: Service) =>
      <T>(what: string, effect: () => T): Promise<T> =>
        scheduler.call(actor, service, what, effect);
    const { config, ...mine } = current() as (typeof releases)[number];
    const clock = { now: () => now() - setBackMs + actor.skewMs };
    // SQLite has no stale lists.
    const isStale = (updatedAt: number) =>
      home === 'aws' && updatedAt + 10_000 > wall() && faults.happens('stale list');
    /** A worker that waits looks again, even if the sender crashes before it gets its answer. */
    const ringing =
      <T>(effect: () => T) =>
      (): T => {
        wakeAt(now() + 1);
        return effect();
      };
    const queue = taskQueue(messages, (what, effect) => on('queue')(what, ringing(effect)), now);
    const rings = async (work: Promise<void>, atMs: number): Promise<void> => {
      await work;
      wakeAt(now() + atMs + 1);
    };
    const charged = () => task && model.charged(task.id, task.version);
    const processor = faults.happens('another processor') ? 1 : 0;
    const rendererIn = (itself: Actor): Renderer =>
      standInRenderer({
        release: mine,
        processor,
        chance: random.chance,
        work: (_what, ms) => scheduler.sleep(itself, ms + random.below(200)),
        die: () => scheduler.kill(itself),
        charged,
      });
    const renderer = rendererIn(actor);
    const ports: Ports = {
      catalogue: catalogueOf(rows, on('catalogue'), isStale),
      jobs: jobsOf(jobs, on('jobs'), promises),
      originals: objectStore(originals, on('originals')),
      variants: objectStore(variants, on('variants')),
      tickets: ticketOffice,
      queue: {
        send: queue.send,
        postpone: (receipt, delayMs) => rings(queue.postpone(receipt, delayMs), delayMs),
        putBack: (receipt, delayMs) => rings(queue.putBack(receipt, delayMs), delayMs),
      },
      renderer,
      edge: edgeFor(actor),
      hasEdge: true,
      // No job of these worlds is large enough to be divided.
      lanes: { start: async () => 'under way' },
      // The simulation audits letter by letter, not in rounds.
      notes: { read: async () => undefined, write: async () => undefined },
      figures: { recent: () => Promise.reject(new Error('No actor of these worlds looks at figures.')) },
      turns: turnsOf(leases, on('catalogue'), () => faults.happens('two chores at once')),
      clock,
      chance: { bytes: (count) => idBytes(count, ids++, random) },
      log: silent,
      config,
      recipeOf: renderer.recipe,
    };
    return {
      ...ports,
      /** The renderer, in a process of its own. */
      rendererIn,
      pause: (ms: number) => scheduler.sleep(actor, Math.max(ms, 30_000)),
    };
  };

  return {
    home,
    model,
    originals,
    variants,
    rows,
    jobs,
    promises,
    messages,
    cdn,
    portsFor,
    view,
    wall,
    wake,
    wakeAt,
    wakers,
    config: () => (current() as (typeof releases)[number]).config,
    deploy: () => {
      release++;
    },
    setBack: (ms: number) => {
      setBackMs += ms;
    },
    /** Puts other bytes in the place of an object, as no step does. */
    damage: (store: 'originals' | 'variants', key: string, bytes: Uint8Array | undefined): void =>
      (store === 'originals' ? originals : variants).damage(key, bytes),
    eventsFrom: (sequence: number): readonly ImageEvent[] => rows.events.slice(sequence, sequence + 10),
    readyOf: (id: string, version: number): Ready => rows.images.get(id)?.versions.get(version) as Ready,
  };
};

/** Without a signature: a ticket is its terms. */
const ticketOffice = {
  upload: async (key: string, terms: UploadTerms, expiresAt: Instant): Promise<SignedRequest> => ({
    url: JSON.stringify({ key, terms, expiresAt }),
    headers: {},
  }),
  download: async (key: string): Promise<string> => key,
};

/** The second byte counts, so that no two ids of a story are the same; the first one spreads them over the letters. */
const idBytes = (count: number, serial: number, random: Random): Uint8Array =>
  Uint8Array.from({ length: count }, (_, at) =>
    at === 1 ? serial & 0xff : at === 2 ? serial >> 8 : random.below(256),
  );
