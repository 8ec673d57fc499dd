import { actorsOf, type ClientPlan, type deeds, ordersFor, plainPlan, planFor } from './actors.ts';
import type { FaultCounts, FaultKind } from './faults.ts';
import { allKinds, faultsFrom } from './faults.ts';
import { type Backup, backUp, restoreOlder } from './older-catalogue.ts';
import { randomFrom, seedOf } from './random.ts';
import { scheduler as newScheduler, type Point, Violation } from './scheduler.ts';
import { type Home, simulatedWorld } from './world.ts';

export type StoryOptions = {
  readonly seed: number;
  /** How many clients upload something, or which of them. */
  readonly uploads: number | readonly number[];
  readonly kinds?: readonly FaultKind[];
  /** The most faults. */
  readonly limit?: number;
  readonly home?: Home;
  readonly workers?: number;
  /** One fault at one call, and none elsewhere; the clients then do one plain thing. */
  readonly point?: Point | undefined;
  readonly plain?: 'upload' | Exclude<(typeof deeds)[number], 'look'>;
  /** Gets each line of the log of the story. */
  readonly tell?: (line: string) => void;
};

export type Ending = {
  readonly broken: { readonly invariant: string; readonly detail: string } | undefined;
  /** How many originals were stored. */
  readonly uploads: number;
  readonly steps: number;
  readonly points: number;
  readonly faults: FaultCounts;
  readonly digest: string;
  readonly counts: Readonly<Record<string, number>>;
};

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const start = 1_790_000_000_000;

/** Runs one story from its seed to its end, and compares it with the model. */
export const tellStory = async (options: StoryOptions): Promise<Ending> => {
  const { seed, plain, point } = options;
  const random = randomFrom(seedOf(seed, 1));
  const kinds = plain ? [] : (options.kinds ?? allKinds);
  const faults = faultsFrom(seed, { kinds, limit: options.limit ?? Number.POSITIVE_INFINITY }, random);
  const home = options.home ?? (seedOf(seed, 3) & 1 ? 'aws' : 'box');
  const scheduler = newScheduler(start, random, faults, { point, tell: options.tell });
  const world = simulatedWorld(home, scheduler, random, faults);
  const doubled = plain !== undefined && options.workers === 2;
  const actors = actorsOf({ world, scheduler, random, faults, doubled });
  const numbers = typeof options.uploads === 'number' ? [...Array(options.uploads).keys()] : options.uploads;
  const spanMs = Math.max(10 * minuteMs, numbers.length * minuteMs);
  const { model } = world;
  let isOver = false;

  const planOf = (number: number): ClientPlan => {
    const own = randomFrom(seedOf(seed, 2, number));
    return plain ? plainPlan(own, plain === 'upload' ? undefined : plain) : planFor(own, spanMs);
  };

  const hurt = (): void => {
    const { images } = world.rows;
    const anyKey = (keys: IterableIterator<string>): string | undefined => {
      const all = [...keys];
      return all[random.below(all.length)];
    };
    if (faults.happens('deployment')) world.deploy();
    if (faults.happens('clock set back') && world.wall() === scheduler.now())
      world.setBack(random.below(10) * minuteMs);
    if (faults.happens('bit flip in an original')) {
      const key = anyKey(world.originals.keys());
      const bytes = key && world.originals.read(key)?.bytes.slice();
      if (key && bytes) {
        const at = random.below(bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
        model.spoiled.add(key);
        scheduler.tell('a disk', `turns a bit of ${key}`);
        world.damage('originals', key, bytes);
      }
    }
    for (const kind of ['lost file', 'cut file'] as const) {
      if (!faults.happens(kind)) continue;
      const key = anyKey(world.variants.keys());
      const [, id = '', v = ''] = key?.split('/') ?? [];
      const row = images.get(id);
      if (
        !key ||
        (kind === 'cut file' && key.endsWith('.json')) ||
        row?.deletedAt !== null ||
        row.versions.get(Number(v.slice(1)))?.status !== 'ready'
      )
        continue;
      model.gone.add(key);
      model.damaged.add(key);
      scheduler.tell('a disk', `has a ${kind}: ${key}`);
      world.damage('variants', key, kind === 'lost file' ? undefined : world.variants.read(key)?.bytes.slice(0, -1));
    }
  };

  const letters = (): readonly string[] =>
    [
      ...new Set(
        [...world.originals.prefixes(), ...world.variants.prefixes()].map((key) => key.split('/')[1]?.[0] ?? 'a'),
      ),
    ].sort();

  const doChores = (): readonly Promise<unknown>[] => {
    const { chore, audit, publish, endDead } = actors;
    const chores = ['sweep', 'purge', 'jobs'] as const;
    const begun: Promise<unknown>[] = [];
    for (const one of chores)
      for (let times = faults.happens('two chores at once') ? 2 : 1; times > 0; times--) begun.push(chore(one));
    if (random.chance(0.3)) {
      const all = letters();
      const letter = all[random.below(all.length)];
      if (letter) begun.push(audit(letter), ...(faults.happens('two chores at once') ? [audit(letter)] : []));
    }
    begun.push(publish(), endDead());
    return begun;
  };

  const todo = (): readonly string[] => {
    const left: string[] = [];
    for (const [id, row] of world.rows.images) {
      if (row.deletedAt === null && row.since.size > 0) left.push(`${id} is unfinished`);
      if (row.deletedAt !== null && !row.isClosed) left.push(`${id} is not closed`);
    }
    for (const { id, status } of world.jobs.jobs.values()) if (status === 'running') left.push(`job ${id} runs`);
    if (world.messages.size() > 0) left.push(`${world.messages.size()} messages wait`);
    if (actors.stream.position < world.rows.events.length) left.push('events wait');
    return left;
  };

  /** Runs the clock until no work is left or so many hours are over. */
  const settle = async (wait: (ms: number) => Promise<void>, hours: number): Promise<void> => {
    for (let at = 0; at < hours * 4 && (at === 0 || todo().length > 0); at++) {
      await Promise.all(doChores());
      await wait(15 * minuteMs);
    }
  };

  const auditAll = async (): Promise<void> => {
    for (const letter of letters()) await actors.audit(letter);
  };

  const auditForDays = async (wait: (ms: number) => Promise<void>): Promise<void> => {
    // A picture that a renderer cannot always make needs more than one audit, if a file of it was lost.
    for (let round = 0; round < (model.gone.size > 0 ? 6 : 2); round++) {
      await auditAll();
      await settle(wait, 30);
      await wait(26 * hourMs);
    }
  };

  /** A catalogue from before many images were made, for two days: images that it does not know have to stay. */
  const loseRows = async (): Promise<void> => {
    const { images } = world.rows;
    const all = [...images];
    // A few unknown images are orphans to the audit; it has to hold where there are more.
    const stored = all.filter(([id]) => world.originals.below(`originals/${id}/`).length > 0);
    const lost = stored.filter((_, at) => at % 2 === 0);
    if (lost.length < 8) return;
    scheduler.tell('an operator', `restores a catalogue that lacks ${lost.length} images`);
    for (const [id] of lost) images.delete(id);
    await auditAll();
    images.clear();
    for (const [id, row] of all) images.set(id, row);
    scheduler.tell('an operator', 'brings the images back');
  };

  /** Only on one box: `npm run restore` for AWS copies what the table lacks, and changes nothing that it has. */
  let backup: Backup | undefined;

  const told = scheduler.spawn('the clock', {}, async (actor) => {
    const wait = (ms: number) => scheduler.sleep(actor, ms);
    for (let at = 0; at < (options.workers ?? 2); at++) void actors.worker(`worker ${at + 1}`);
    let busy = numbers.length;
    for (const number of numbers)
      void actors.client(number, planOf(number)).then(() => {
        busy--;
      });
    if (!plain && random.chance(0.75))
      scheduler.at(start + random.below(spanMs), () => {
        const selection = random.pick([{ stale: true } as const, { collection: 'birds' }]);
        const orders = ordersFor(randomFrom(seedOf(seed, 4)));
        void actors.job(1, { selection, dryRun: random.chance(0.3), orders });
      });
    if (!plain && home === 'box') {
      const backsUpAt = randomFrom(seedOf(seed, 8)).below(spanMs);
      scheduler.at(start + backsUpAt, () => {
        if (faults.happens('older catalogue')) backup = backUp(world);
      });
    }
    while (busy > 0) {
      await wait(random.between(1, 8) * minuteMs);
      hurt();
      void doChores();
    }
    const restores = faults.happens('restored catalogue');
    faults.stop();
    await wait(40 * minuteMs);
    await settle(wait, 30);
    // Rows are lost, and found again, before the audit may treat unknown images as orphans.
    await wait(26 * hourMs);
    if (restores) await loseRows();
    await auditForDays(wait);
    if (backup && model.gone.size === 0) {
      scheduler.tell('an operator', `restores a catalogue of ${backup.images.size} images, and rebuilds the rest`);
      await restoreOlder(world, backup);
      world.wake();
      await settle(wait, 30);
      await auditForDays(wait);
    }
    for (const key of world.cdn.keys()) {
      const bytes = world.cdn.get(key);
      const row = world.rows.images.get(key.split('/')[1] ?? '');
      if (row?.deletedAt !== null) throw new Violation('the CDN forgets what was deleted', key);
      if (bytes) model.viewed(key, bytes);
    }
    world.promises.settled(world.jobs.jobs.values());
    model.settled({
      keys: [...world.originals.keys(), ...world.variants.keys()],
      where: (key) => (key.startsWith('images/') ? 'the variants' : 'the originals'),
      ready: world.readyOf,
      todo: todo(),
    });
    isOver = true;
  });

  let broken: Ending['broken'];
  try {
    await scheduler.runUntil(() => isOver);
    const ending = isOver ? await told : undefined;
    if (ending?.end !== 'done') throw ending?.error ?? new Violation('everything settles', 'the story stands still');
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    broken = { invariant: error.invariant, detail: error.message };
  }
  return {
    broken,
    uploads: actors.uploads(),
    steps: scheduler.steps(),
    points: scheduler.points(),
    faults: faults.counts,
    digest: scheduler.digest(),
    counts: { ...model.counts },
  };
};
