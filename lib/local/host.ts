import type { Server } from 'node:http';
import { waitBriefly, whenFree } from '../adapters/local/busy.ts';
import type { FileObjectStore } from '../adapters/local/file-object-store.ts';
import { purgeHook } from '../adapters/local/purge-hook.ts';
import { forgetting, rememberingFiles } from '../adapters/local/remembered-files.ts';
import { localTicketOffice } from '../adapters/local/signed-urls.ts';
import { sqliteBulkJobs } from '../adapters/local/sqlite-bulk-jobs.ts';
import { sqliteCatalogue } from '../adapters/local/sqlite-catalogue.ts';
import { sqliteOutbox } from '../adapters/local/sqlite-outbox.ts';
import { sqliteTaskQueue } from '../adapters/local/sqlite-task-queue.ts';
import { answerWith } from '../api/answer.ts';
import { maxReceives } from '../core/image.ts';
import { parseOriginalKey, type VersionRef } from '../core/object-keys.ts';
import { sweep } from '../pipeline/sweep.ts';
import type { Edge, Log, ObjectBucket, Ports, TicketOffice } from '../ports.ts';
import { accessControl, isLoopback } from './access.ts';
import { answerEvery } from './answer-every.ts';
import { type Arrivals, arrivalsEndpoint, watchArrivals } from './arrivals.ts';
import { type Clocks, clocksBeside } from './clocks.ts';
import { dayMs, startClockwork } from './clockwork.ts';
import { corsFor } from './cors.ts';
import type { Disk } from './disk.ts';
import { type HostFigures, hostFigures } from './figures.ts';
import { type HostHealth, hostHealth, leastFreeBytes } from './health.ts';
import { claimHome, openFolders } from './home.ts';
import { httpListener } from './http-listener.ts';
import { limitedServer } from './limited-server.ts';
import { addressOf, close, startListening } from './listen.ts';
import { hostMetrics, type Metrics } from './metrics.ts';
import { counted, metricsEndpoint } from './metrics-endpoint.ts';
import { noticedFailures } from './noticed-failures.ts';
import { isAwaitedBy, originalsEndpoint, refuseAll } from './originals.ts';
import { rateLimit } from './rate-limit.ts';
import type { Launch } from './render-process.ts';
import { type RenderWorkers, startRenderWorkers } from './render-workers.ts';
import { smallBytes } from './send-file.ts';
import type { Settings } from './settings.ts';
import { type StorageSizes, storageSizes } from './storage-sizes.ts';
import { startWebhook, type Webhook } from './webhook.ts';

export type HostNeeds = Pick<Ports, 'config' | 'clock' | 'chance' | 'log' | 'recipeOf'> & HostOptions;
type HostOptions = {
  readonly settings: Settings;
  readonly release: string;
  readonly disk: Disk;
  /** Holds the originals and the variants, instead of the data folder. */
  readonly bucket?: ObjectBucket | undefined;
  /** How a renderer is started. */
  readonly launch: Launch;
};

export type Host = { readonly url: string; readonly stop: () => Promise<void> };

const mebibyte = 1024 * 1024;
/** For delivery; a gallery of thumbnails is some hundreds of files of 10 KB. */
const remembered = { mostBytes: 8 * mebibyte, mostFileBytes: smallBytes };
const nothing = { mostBytes: 0, mostFileBytes: 0 };

/** Darkroom on one machine: the API behind `node:http`, with everything in one folder. */
export const startHost = async (world: HostNeeds): Promise<Host> => {
  const { settings, log } = world;
  const clocks = clocksBeside(world.clock, () => performance.now());
  const home = await claimHome(settings.data, world.bucket);
  const sizes = storageSizes(home);
  const later = { workers: () => workers, look: () => health.look() };
  const figures = figuresOf(world, clocks, home, sizes, later);
  const metrics = metricsOf({ ...world, clock: clocks.steady }, home, sizes, { ...later, figures });
  const stores = storesOf(world, home, metrics, clocks);
  await goOnWhere(log, () => takeUpWhatWasLeft(stores));

  const server = limitedServer(settings.connections, log);
  await startListening(server, settings);
  const workers = startWorkers(world, stores, metrics);
  const health = await hostHealth({
    ...{ ...world, ...settings, ...home, clock: clocks.steady },
    ...{ count: settings.workers, workers },
  });
  const url = settings.publicUrl ?? addressOf(server);
  const edge = settings.purge && purgeHook({ ...settings.purge, timeoutMs: 10_000 });
  const arrivals = world.bucket && arrivalsOf({ ...world, stores, metrics, workers });
  if (arrivals) await goOnWhere(log, () => expectPending(stores, arrivals));
  const stopLooking = startLooking(arrivals);
  const running: Running = { ...world, stores, metrics, figures, workers, health, url, edge, arrivals };
  answerRequests(server, running);
  waitBriefly(home.database);
  if (settings.keys.length === 0) warnOfOpenApi(url, log);

  const { webhook, forgetEvents } = await startEvents(world, stores);
  const reportTrouble = troubleReporter(health, log);
  await reportTrouble();
  const stopClockwork = startClockwork({
    ...stores,
    log,
    edge,
    pace: 2 * settings.workers,
    reportTrouble,
    forgetEvents,
    measureStores: sizes.measure,
    sampleFigures: figures.sample,
  });

  const stop = async () => {
    stopClockwork();
    stopLooking();
    await shutDown(server, running, webhook);
  };
  return { url, stop: atMostOnce(stop) };
};

type ClaimedHome = Awaited<ReturnType<typeof claimHome>>;
type Stores = ReturnType<typeof storesOf>;

type Later = { readonly workers: () => RenderWorkers; readonly look: HostHealth['look'] };

/** As for metrics. */
const figuresOf = (
  { settings, clock, disk }: HostNeeds,
  { steady }: Clocks,
  home: ClaimedHome,
  sizes: StorageSizes,
  { workers }: Later,
): HostFigures =>
  hostFigures({
    ...home,
    ...settings,
    ...{ clock, steady, sizes, workers },
    count: settings.workers,
    freeBytes: () => leastFreeBytes(disk, settings.data),
  });

/** Metrics are counted from the beginning, and look at parts that start later only when their page is asked for. */
const metricsOf = (
  { settings, clock, disk }: HostNeeds,
  home: ClaimedHome,
  sizes: StorageSizes,
  later: Later & { readonly figures: HostFigures },
): Metrics =>
  hostMetrics({
    ...home,
    ...settings,
    ...later,
    clock,
    sizes,
    count: settings.workers,
    freeBytes: () => leastFreeBytes(disk, settings.data),
  });

/** What is kept in the data folder, and what every step needs beside it. */
const storesOf = (world: HostNeeds, home: ClaimedHome, metrics: Metrics, clocks: Clocks) => ({
  ...home,
  ...clocks,
  ...variantsOf(world, home),
  jobs: sqliteBulkJobs(home.database),
  catalogue: noticedFailures(sqliteCatalogue(home.database), metrics.failed),
  queue: sqliteTaskQueue(home.database, { clock: clocks.steady, maxReceives }),
  clock: world.clock,
  config: world.config,
  recipeOf: world.recipeOf,
});

/** `delivered` are the variants as they are sent: from memory, where a file on the disk is asked for again and again. */
const variantsOf = ({ settings, bucket }: HostNeeds, { variants }: ClaimedHome) => {
  if (bucket) return { variants, delivered: variants };
  const limits = settings.hasLittleMemory ? nothing : remembered;
  const delivered = rememberingFiles(openFolders(settings.data).variants, limits);
  return { variants: forgetting(variants, delivered), delivered };
};

const takeUpWhatWasLeft = async (stores: Stores): Promise<void> => {
  // The folder is ours alone, so no renderer holds a task any more.
  await stores.queue.releaseAll();
  // An original that was stored, but not yet declared, when the process before this one was killed.
  await sweep(stores, 0);
};

const startWorkers = ({ settings, config, launch, log }: HostNeeds, stores: Stores, metrics: Metrics): RenderWorkers =>
  startRenderWorkers(
    { ...stores, log },
    {
      count: settings.workers,
      launch,
      timeoutMs: 10 * config.limits.renderSeconds * 1000 + 30_000,
      maxResidentBytes: 1024 * mebibyte,
      pollMs: 250,
      watcher: metrics,
    },
  );

type Running = HostNeeds & {
  readonly stores: Stores;
  readonly metrics: Metrics;
  readonly figures: HostFigures;
  readonly workers: RenderWorkers;
  readonly health: HostHealth;
  readonly url: string;
  readonly edge: Edge | undefined;
  /** Undefined where uploads come through this service. */
  readonly arrivals: Arrivals | undefined;
};

/** Puts the API, the originals, the variants and the pages behind the server. */
const answerRequests = (server: Server, running: Running): void => {
  const { stores, settings, metrics, health, url, edge, bucket, arrivals } = running;
  const access = accessControl(settings, rateLimit(stores.steady, settings.wrongKeysPerMinute));
  const listener = httpListener({
    ...running,
    api: answerWith({
      ...{ ...running, ...stores, ...health },
      tickets:
        bucket && arrivals
          ? expecting(bucket.tickets, arrivals)
          : localTicketOffice({ secret: stores.secret, site: url }),
      watchSecret: async () => stores.secret,
      site: settings.picturesUrl ?? url,
      hasEdge: edge !== undefined,
    }),
    originals: stores.inbox
      ? originalsEndpoint({
          ...stores,
          originals: unlessTrouble(stores.inbox, health),
          isAwaited: isAwaitedBy(stores),
          arrived: (original, requestId) => queueArrived(running, original, requestId),
        })
      : refuseAll,
    variants: stores.delivered,
    arrivals: arrivals && arrivalsEndpoint(arrivals),
    pageOrigins: {
      uploads: bucket?.origin,
      pictures: settings.picturesUrl && new URL(settings.picturesUrl).origin,
    },
    metrics: metricsEndpoint(metrics, access, settings.metricsKeyHash),
    access,
    cors: corsFor(settings.allowedOrigins),
    limit: rateLimit(stores.steady, settings.ticketsPerMinute),
    address: settings.publicUrl === undefined ? url : undefined,
  });
  answerEvery(server, counted(metrics, listener), running.chance);
};

/** The bytes are safe, and the sender is told so. If we are killed before this is done, the sweep finds them. */
const queueArrived = (
  { stores, workers, log }: Pick<Running, 'stores' | 'workers' | 'log'>,
  original: VersionRef,
  requestId?: string,
): void => {
  stores.queue
    .put({ render: original }, 'urgent')
    .then(workers.wake, (error) =>
      log.error('an original has arrived and waits for the sweep', { requestId, ...original, error }),
    );
};

const arrivalsOf = (running: Pick<Running, 'stores' | 'metrics' | 'workers' | 'clock' | 'log'>): Arrivals =>
  watchArrivals({
    ...running,
    ...running.stores,
    arrived: (original, { bytes }) => {
      running.metrics.upload('stored', bytes);
      queueArrived(running, original);
    },
  });

/** Uploads whose tickets an earlier process gave out. */
const expectPending = async ({ catalogue }: Stores, arrivals: Arrivals): Promise<void> => {
  for await (const version of catalogue.unfinished(Number.MAX_SAFE_INTEGER))
    if (version.status === 'pending' && version.expiresAt !== null) arrivals.expect(version, version.expiresAt);
};

/** Each ticket that is given out leads to an upload that is expected. */
const expecting = (tickets: TicketOffice, { expect }: Arrivals): TicketOffice => ({
  ...tickets,
  upload: async (key, terms, expiresAt) => {
    const original = parseOriginalKey(key);
    if (original) expect(original, expiresAt);
    return tickets.upload(key, terms, expiresAt);
  },
});

/** Asks the bucket about uploads as their turn comes. Returns a function that stops it. */
const startLooking = (arrivals: Arrivals | undefined): (() => void) => {
  const timer = arrivals && setInterval(() => void arrivals.look(), 100);
  return () => clearInterval(timer);
};

/** No request comes in any more, then what is under way ends, and the database closes last. */
const shutDown = async (
  server: Server,
  { workers, stores, settings }: Running,
  webhook: Webhook | undefined,
): Promise<void> => {
  await close(server);
  await Promise.all([workers.stop(settings.stopMs), webhook?.stop(1000)]);
  await stores.queue.releaseAll();
  stores.database.close();
};

/** Every call gets the end of the first one. */
const atMostOnce = (work: () => Promise<void>): (() => Promise<void>) => {
  let end: Promise<void> | undefined;
  return () => {
    end ??= work();
    return end;
  };
};

const warnOfOpenApi = (url: string, log: Log): void => {
  if (!isLoopback(new URL(url).hostname))
    log.warn(
      'every caller that reaches DARKROOM_PUBLIC_URL may use the API, unless a proxy refuses it; set DARKROOM_API_KEY',
    );
};

/** Sends events to the webhook if there is one, and forgets those that are old. */
const startEvents = async (
  world: HostNeeds,
  { database, clock, forward, config }: Stores,
): Promise<{ readonly webhook: Webhook | undefined; readonly forgetEvents: () => Promise<void> }> => {
  const { settings, log } = world;
  const outbox = sqliteOutbox(database);
  const forgetEvents = () =>
    whenFree(() => {
      const before = clock.now() - config.retention.eventDays * dayMs;
      outbox.forget(before, settings.webhook === undefined ? 'forget' : 'keep');
    });
  await goOnWhere(log, forgetEvents);
  await goOnWhere(log, () => whenFree(() => outbox.bringForward(forward.now())));
  const webhook =
    settings.webhook &&
    startWebhook(
      { ...world, clock: forward, wall: clock, outbox },
      { ...settings.webhook, timeoutMs: 15_000, pollMs: 250, atOnce: 4 },
    );
  return { webhook, forgetEvents };
};

/** Logs once when uploads begin to be refused, and once when they are taken again. */
const troubleReporter = (health: HostHealth, log: Log): (() => Promise<void>) => {
  let reported: string | undefined;
  return async () => {
    const trouble = (await health.trouble())?.message;
    if (trouble !== undefined && reported === undefined) log.error('uploads are refused', { trouble });
    if (trouble === undefined && reported !== undefined) log.warn('uploads are taken again');
    reported = trouble;
  };
};

/** A store that accepts no new object if the disk is nearly full or the folder was replaced. */
const unlessTrouble = (store: FileObjectStore, { trouble }: HostHealth): FileObjectStore => ({
  ...store,
  create: async (key, fill) => {
    const refusal = await trouble();
    if (refusal) throw refusal;
    return store.create(key, fill);
  },
});

/** Work of the start that fails on a full disk. The clock repeats it later; stored pictures are served meanwhile. */
const goOnWhere = async (log: Log, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    log.error('the start could not catch up on what was left; it will be tried again', { error });
  }
};
