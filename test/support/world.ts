import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import darkroomConfig from '../../darkroom.config.ts';
import { openDatabase } from '../../lib/adapters/local/database.ts';
import { fileObjectStore } from '../../lib/adapters/local/file-object-store.ts';
import { localTicketOffice } from '../../lib/adapters/local/signed-urls.ts';
import { sqliteBulkJobs } from '../../lib/adapters/local/sqlite-bulk-jobs.ts';
import { sqliteCatalogue } from '../../lib/adapters/local/sqlite-catalogue.ts';
import { sqliteTaskQueue } from '../../lib/adapters/local/sqlite-task-queue.ts';
import { type Image, newVersion, type Ready } from '../../lib/core/image.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { hostFigures } from '../../lib/local/figures.ts';
import type { AttemptOptions } from '../../lib/pipeline/render-image.ts';
import type { Deliver, Rendered, Renderer, TakeOver } from '../../lib/ports.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { endDeadTask } from '../../lib/work/dead-task.ts';
import { hide, returnOf, workWith } from '../../lib/work/work.ts';
import { temporaryFolder } from './temporary-folder.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The same original rendered in the same way gives the same files, so a suite renders it once. */
const remembering = (real: Renderer): Renderer => {
  type Known = { rendered: Rendered; taken: Parameters<TakeOver>[]; files: Parameters<Deliver>[] };
  const known = new Map<string, Known>();
  const again = async (before: Known, deliver: Deliver, takeOver?: TakeOver): Promise<boolean> => {
    for (const file of before.taken) if (!(await takeOver?.(...file))) return false;
    for (const file of before.files) await deliver(...file);
    return true;
  };
  return {
    ...real,
    render: async (original, order, deliver, takeOver) => {
      const key = createHash('sha256').update(original).update(JSON.stringify(order)).digest('hex');
      const before = known.get(key);
      if (before && (await again(before, deliver, takeOver))) return before.rendered;
      const made: Omit<Known, 'rendered'> = { taken: [], files: [] };
      const rendered = await real.render(
        original,
        order,
        async (...file) => {
          await deliver(...file);
          made.files.push(file);
        },
        takeOver &&
          (async (...file) => {
            const isTaken = await takeOver(...file);
            if (isTaken) made.taken.push(file);
            return isTaken;
          }),
      );
      known.set(key, { rendered, ...made });
      return rendered;
    },
  };
};
const renderer = remembering(sharpRenderer());

/** Everything that the pipeline needs, real, in one process, with a clock that a test moves. */
export const openWorld = async () => {
  const folder = await temporaryFolder();
  const database = openDatabase(':memory:');
  let now = 1_790_000_000_000;
  const clock = { now: () => now };
  const queue = sqliteTaskQueue(database, { clock, maxReceives: 3 });
  const world = {
    catalogue: sqliteCatalogue(database),
    jobs: sqliteBulkJobs(database),
    originals: fileObjectStore(join(folder.path, 'private')),
    variants: fileObjectStore(join(folder.path, 'public')),
    tickets: localTicketOffice({ secret: 'of a test', site: 'https://store.example' }),
    queue,
    renderer,
    recipeOf: renderer.recipe,
    clock,
    chance: { bytes: randomBytes },
    config: darkroomConfig,
    log: silent,
    hasEdge: false,
    figures: hostFigures({
      ...{ database, clock, steady: clock },
      sizes: { known: () => ({}), measure: async () => undefined, add: () => undefined },
      workers: () => ({ alive: () => 1 }),
      ...{ count: 2, keepFreeBytes: 500, freeBytes: async () => 1000 },
    }),
  };
  let issued = 0;

  /** Files an image as a ticket does; `letter` begins its id. */
  const file = async (letter = 'a', more: Partial<Pick<Image, 'collection'>> = {}): Promise<string> => {
    const id = `${letter.padEnd(22, 'q')}${serial(issued++)}`;
    const original = { contentType: 'image/jpeg', bytes: 0, sha256: null, width: null, height: null } as const;
    const expiresAt = now + world.config.ticketSeconds * 1000;
    const first = newVersion({ id, version: 1, source: 1, preset: 'thumbnails', original, expiresAt }, now);
    await world.catalogue.add({ id, collection: null, filename: null, createdAt: now++, ...more }, first);
    return id;
  };

  return {
    ...world,
    file,
    /** Adds an image whose original has arrived, and of which no task was sent yet. */
    arrive: async (bytes: Uint8Array, letter?: string, more?: Partial<Pick<Image, 'collection'>>): Promise<string> => {
      const id = await file(letter, more);
      database
        .prepare("UPDATE versions SET body = json_set(body, '$.original.bytes', ?) WHERE id = ?")
        .run(bytes.length, id);
      await world.originals.put(originalKey({ id, version: 1 }), bytes);
      return id;
    },
    pass: (ms: number): void => {
      now += ms;
    },
    /** Works the queue off as a host does, with this renderer if it is not to be the real one. */
    drain: async (other: Partial<typeof world> = {}, options: AttemptOptions = {}): Promise<void> => {
      const work = workWith({ ...world, ...other }, options);
      for (;;) {
        const message = await queue.receive(60_000);
        const dead = message ? undefined : await queue.receiveDead(60_000);
        if (message) {
          const outcome = await work(message.task, message.receives);
          const back = returnOf(outcome, message.receives, now);
          if (!back) await queue.remove(message.handle);
          else {
            await hide(queue, message.handle, back);
            now += 60_000;
          }
        } else if (dead) {
          await endDeadTask(world, dead.task);
          await queue.remove(dead.handle);
        } else if (queue.depth() > 0) now += 60_000;
        else return;
      }
    },
    ready: async (id: string, version = 1): Promise<Ready> => {
      const found = await world.catalogue.version(id, version);
      if (found?.status !== 'ready') throw new Error(`version ${version} of ${id} is ${found?.status}`);
      return found;
    },
    close: async (): Promise<void> => {
      database.close();
      await folder.remove();
    },
  };
};
export type TestWorld = Awaited<ReturnType<typeof openWorld>>;

/** Four letters that tell images of a test apart. */
const serial = (count: number): string =>
  [3, 2, 1, 0].map((place) => String.fromCharCode(97 + (Math.floor(count / 26 ** place) % 26))).join('');
