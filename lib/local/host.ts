import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { forgetClaims } from '../adapters/local/database.ts';
import type { FileObjectStore } from '../adapters/local/file-object-store.ts';
import { waitBriefly, whenFree } from '../adapters/local/patience.ts';
import { type PruneBefore, prune } from '../adapters/local/prune.ts';
import { purgeHook } from '../adapters/local/purge-hook.ts';
import { localTicketOffice } from '../adapters/local/signed-urls.ts';
import { sqliteBulkJobs } from '../adapters/local/sqlite-bulk-jobs.ts';
import { sqliteCatalogue } from '../adapters/local/sqlite-catalogue.ts';
import { sqliteOutbox } from '../adapters/local/sqlite-outbox.ts';
import { sqliteTaskQueue } from '../adapters/local/sqlite-task-queue.ts';
import { answerWith } from '../api/answer.ts';
import type { Config } from '../core/config.ts';
import { type Instant, maxReceives } from '../core/image.ts';
import type { VersionRef } from '../core/keys.ts';
import { Unusable } from '../core/unusable.ts';
import { advanceJobs } from '../pipeline/advance-job.ts';
import { auditHeld, auditStore, letterOfHour } from '../pipeline/audit-store.ts';
import { sweep } from '../pipeline/sweep.ts';
import type { Log, Ports } from '../ports.ts';
import { endDeadTask } from '../work/dead-task.ts';
import { accessControl, isLoopback } from './access.ts';
import { corsFor } from './cors.ts';
import type { Disk } from './disk.ts';
import { type HostHealth, hostHealth, leastFreeBytes } from './health.ts';
import { claimHome } from './home.ts';
import { httpListener } from './http-listener.ts';
import { limitedServer } from './limited-server.ts';
import { hostMetrics } from './metrics.ts';
import { counted, metricsEndpoint } from './metrics-endpoint.ts';
import { noticedFailures } from './noticed-failures.ts';
import { originalsEndpoint } from './originals.ts';
import { patientPurge } from './patient-purge.ts';
import { rateLimit } from './rate-limit.ts';
import type { Launch } from './render-process.ts';
import { startRenderWorkers } from './render-workers.ts';
import type { Settings } from './settings.ts';
import { storageSizes } from './storage-sizes.ts';
import { emptyTrash, removingIntoTrash } from './trash.ts';
import { startWebhook } from './webhook.ts';

export type HostWorld = Pick<Ports, 'config' | 'clock' | 'chance' | 'log' | 'recipeOf'> & {
  readonly settings: Settings;
  readonly release: string;
  readonly disk: Disk;
  /** How a renderer is started. */
  readonly launch: Launch;
};

export type Host = { readonly url: string; readonly stop: () => Promise<void> };

const minuteMs = 60_000;
/** How long a render under way may take to end when the service is asked to stop. */
const graceMs = 20_000;
const dayMs = 24 * 60 * minuteMs;
const mebibyte = 1024 * 1024;

/** Darkroom on one machine: the handlers of AWS behind `node:http`, with a folder for a cloud. */
export const startHost = async (world: HostWorld): Promise<Host> => {
  const { config, settings, clock, log } = world;
  const home = await claimHome(settings.data);
  const sizes = storageSizes(home);
  const metrics = hostMetrics({
    ...home,
    ...settings,
    clock,
    sizes,
    count: settings.workers,
    workers: () => workers,
    freeBytes: () => leastFreeBytes(world.disk, settings.data),
    look: () => health.look(),
  });
  const catalogue = noticedFailures(sqliteCatalogue(home.database), metrics.failed);
  const queue = sqliteTaskQueue(home.database, { clock, maxReceives });

  const keeping = {
    ...home,
    jobs: sqliteBulkJobs(home.database),
    catalogue,
    queue,
    clock,
    config,
    recipeOf: world.recipeOf,
  };
  await goOnWhere(log, async () => {
    // The folder is ours alone, so what was being worked on died with the workers.
    queue.releaseAll();
    // An original that was stored, but not yet declared, when the process before this one was killed.
    await sweep(keeping, 0);
  });

  const server = limitedServer(settings.connections, log);
  await listen(server, settings);
  const workers = startRenderWorkers(
    { ...keeping, log },
    {
      count: settings.workers,
      launch: world.launch,
      timeoutMs: 10 * config.limits.renderSeconds * 1000 + 30_000,
      maxResidentBytes: 1024 * mebibyte,
      pollMs: 250,
      watcher: metrics,
    },
  );
  const health = await hostHealth({ ...world, ...settings, ...home, count: settings.workers, workers });
  const arrived = (original: VersionRef): void => {
    // The bytes are safe, and the sender is told so. If we are killed before this is done, the sweep finds them.
    whenFree(() => queue.put({ render: original }, 'urgent')).then(workers.wake, (error) =>
      log.error('an original has arrived and waits for the sweep', { ...original, error }),
    );
  };
  const isAwaited = async ({ id, version }: VersionRef) => (await catalogue.version(id, version)) !== undefined;

  const url = settings.publicUrl ?? addressOf(server);
  const tickets = localTicketOffice({ secret: home.secret, site: url });
  const edge = settings.purge && purgeHook({ ...settings.purge, timeoutMs: 10_000 });
  const watchSecret = async () => home.secret;
  const api = answerWith({
    ...{ ...world, ...keeping, ...health, tickets, watchSecret },
    site: url,
    hasEdge: edge !== undefined,
  });
  const originals = originalsEndpoint({
    ...home,
    originals: unlessTrouble(home.originals, health),
    clock,
    isAwaited,
    arrived,
  });
  const access = accessControl(settings, rateLimit(clock, settings.wrongKeysPerMinute));
  const cors = corsFor(settings.allowedOrigins);
  const limit = rateLimit(clock, settings.ticketsPerMinute);
  const address = settings.publicUrl === undefined ? url : undefined;
  const metricsPage = metricsEndpoint(metrics, access, settings.metricsKeyHash);
  const surfaces = {
    ...world,
    metrics: metricsPage,
    api,
    originals,
    variants: home.variants,
    access,
    cors,
    limit,
    address,
  };
  const listener = counted(metrics, httpListener(surfaces));
  server.on('request', listener).on('checkContinue', listener);
  waitBriefly(home.database);
  if (settings.keys.length === 0 && !isLoopback(new URL(url).hostname))
    log.warn(
      'every caller that reaches DARKROOM_PUBLIC_URL may use the API, unless a proxy refuses it; set DARKROOM_API_KEY',
    );

  const outbox = sqliteOutbox(home.database);
  const forgetEvents = (): void =>
    void outbox.forget(
      clock.now() - config.retention.eventDays * dayMs,
      settings.webhook === undefined ? 'forget' : 'keep',
    );
  await goOnWhere(log, () => whenFree(forgetEvents));
  const webhook =
    settings.webhook &&
    startWebhook({ ...world, outbox }, { ...settings.webhook, timeoutMs: 10_000, pollMs: 250, atOnce: 4 });

  let told: string | undefined;
  const tellOfTrouble = async (): Promise<void> => {
    const trouble = (await health.trouble())?.message;
    if (trouble !== undefined && told === undefined) log.error('uploads are refused', { trouble });
    if (trouble === undefined && told !== undefined) log.warn('uploads are taken again');
    told = trouble;
  };
  await tellOfTrouble();

  const clockwork = [
    every(1000, log, async () => {
      for (let dead = queue.receiveDead(minuteMs); dead; dead = queue.receiveDead(minuteMs)) {
        await endDeadTask({ ...keeping, log }, dead.task);
        const { receipt } = dead;
        await whenFree(() => queue.remove(receipt));
      }
    }),
    every(1000, log, tellOfTrouble),
    every(1000, log, () => advanceJobs(keeping, 2 * settings.workers)),
    every(1000, log, patientPurge({ ...keeping, edge, log })),
    every(minuteMs, log, async () => log.info('swept', await sweep(keeping, 10 * minuteMs))),
    every(minuteMs, log, () => whenFree(forgetEvents)),
    every(60 * minuteMs, log, async () => {
      await whenFree(() => forgetClaims(home.database, clock.now()));
      log.info('pruned', await whenFree(() => prune(home.database, pruneBefore(config.retention, clock.now()))));
      // No PUT takes a day: its ticket ends long before.
      await home.originals.tidy(clock.now() - dayMs);
      await home.variants.tidy(clock.now() - dayMs);
    }),
    every(60 * minuteMs, log, async () => {
      const report = await auditStore(removingIntoTrash(keeping), letterOfHour(clock.now()));
      log.info('audited', report);
      if (report.held > 0) log.error(auditHeld, report);
      await emptyTrash(home, clock.now() - config.retention.trashDays * dayMs);
    }),
    // At once, and then once a day: it looks at every file.
    every(0, log, sizes.measure, dayMs),
  ];

  const shutDown = async (): Promise<void> => {
    for (const stop of clockwork) stop();
    await close(server);
    await Promise.all([workers.stop(graceMs), webhook?.stop(1000)]);
    await whenFree(() => queue.releaseAll());
    home.database.close();
  };
  let stopping: Promise<void> | undefined;
  return {
    url,
    stop: () => {
      stopping ??= shutDown();
      return stopping;
    },
  };
};

const pruneBefore = (retention: Config['retention'], now: Instant): PruneBefore => ({
  // Not before an audit has seen that nothing is stored for it.
  expired: now - Math.max(retention.expiredDays, retention.orphanDays + 2) * dayMs,
  tombstones: now - retention.tombstoneDays * dayMs,
  jobs: now - retention.jobDays * dayMs,
});

/** A store that takes in nothing new where that would fill the disk, or end up in a folder that is not ours any more. */
const unlessTrouble = (store: FileObjectStore, { trouble }: HostHealth): FileObjectStore => ({
  ...store,
  create: async (key, fill) => {
    const refusal = await trouble();
    if (refusal) throw refusal;
    return store.create(key, fill);
  },
});

const listen = async (server: Server, { host, port }: Settings): Promise<void> => {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Object && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw new Unusable(`Port ${port} is taken. Stop what uses it, or set DARKROOM_PORT to another.`);
    if (code === 'EACCES')
      throw new Unusable(`Port ${port} is not allowed for this user. Set DARKROOM_PORT above 1023.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new Unusable(`DARKROOM_HOST is ${host}, which is no address of this machine.`);
    throw error;
  }
};

const addressOf = (server: Server): string => {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
};

/** Lets requests under way be answered, for a while. */
const close = async (server: Server): Promise<void> => {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const hurry = setTimeout(() => server.closeAllConnections(), 5000);
  await closed;
  clearTimeout(hurry);
};

/** What a start has to catch up on, and cannot write on a full disk. The clock sees to it later; what is stored is served. */
const goOnWhere = async (log: Log, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    log.error('the start could not catch up on what was left; it will be tried again', { error });
  }
};

/** One at a time: the next run waits for the one before. Trouble is logged, and the next run is its retry. */
const every = (ms: number, log: Log, work: () => Promise<void>, nextMs = ms): (() => void) => {
  let timer = setTimeout(run, ms);
  let stopped = false;
  async function run() {
    try {
      await work();
    } catch (error) {
      log.error('clock work failed', { error });
    }
    if (!stopped) timer = setTimeout(run, nextMs);
  }
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
};
