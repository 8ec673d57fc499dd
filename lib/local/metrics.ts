import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../adapters/local/database.ts';
import { imageCounts } from '../adapters/local/image-counts.ts';
import { waitingIn } from '../adapters/local/waiting.ts';
import { failures } from '../core/errors.ts';
import { variantFormats } from '../core/formats.ts';
import type { Check } from '../core/health.ts';
import { type Trouble, troubles } from '../core/trouble.ts';
import type { Clock } from '../ports.ts';
import type { HostFigures } from './figures.ts';
import { orNothing } from './or-nothing.ts';
import type { RenderCost, TaskEnd } from './render-report.ts';
import type { StorageSizes } from './storage-sizes.ts';
import { type UploadResult, uploadResults } from './upload-result.ts';

export type MetricsNeeds = {
  readonly database: Database;
  readonly clock: Clock;
  readonly sizes: StorageSizes;
  readonly workers: () => { readonly alive: () => number };
  readonly count: number;
  readonly queueSize: number;
  readonly keepFreeBytes: number;
  /** The least free space of the disks that the data folder is on. */
  readonly freeBytes: () => Promise<number>;
  readonly look: () => Promise<readonly Check[]>;
  /** Counts the same for the last hour. */
  readonly figures: Pick<HostFigures, 'ready' | 'failed' | 'rendered' | 'answered'>;
};

/** What the host counts as it happens, and what it looks up when the page is asked for. */
export type Metrics = {
  readonly request: (route: string, status: string, seconds: number) => void;
  readonly upload: (result: UploadResult, bytes: number) => void;
  readonly taskEnded: (end: TaskEnd) => void;
  readonly rendered: (cost: RenderCost) => void;
  /** A renderer died over a task, or did not answer in time. */
  readonly died: (trouble: Trouble) => void;
  /** A version came to its end in the host itself. */
  readonly failed: (code: string) => void;
  readonly workerStarted: () => void;
  readonly page: () => Promise<{ readonly text: string; readonly contentType: string }>;
};

const requestSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];
const renderSeconds = [0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

export const hostMetrics = (world: MetricsNeeds): Metrics => {
  const { figures } = world;
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });

  // It counts tasks, and keeps its name: docs/decisions.md#jobs-total
  const jobs = new Counter({
    name: 'jobs_total',
    help: 'Tasks that renderers worked on, by how it ended; code says why it failed or came back.',
    labelNames: ['result', 'code'],
    registers,
  });
  const renders = new Histogram({
    name: 'render_seconds',
    help: 'How long renders took, failed ones included.',
    buckets: renderSeconds,
    registers,
  });
  const renderCpu = new Histogram({
    name: 'render_cpu_seconds',
    help: 'Processor time that renders took, failed ones included.',
    buckets: renderSeconds,
    registers,
  });
  const variantBytes = new Counter({
    name: 'variant_bytes_total',
    help: 'Bytes of the variants that were made.',
    labelNames: ['format'],
    registers,
  });
  const variantsCopied = new Counter({
    name: 'variants_copied_total',
    help: 'Variants that were copied from the version before, because a render would have made the same file.',
    registers,
  });
  const uploads = new Counter({
    name: 'upload_total',
    help: 'PUTs of originals, by how they ended.',
    labelNames: ['result'],
    registers,
  });
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests, by what they asked for and the status of the answer; aborted when the caller went away before it.',
    labelNames: ['route', 'status'],
    registers,
  });
  const latency = new Histogram({
    name: 'http_request_seconds',
    help: 'How long requests took, from their headers to the end of their answer.',
    labelNames: ['route'],
    buckets: requestSeconds,
    registers,
  });
  const restarts = new Counter({
    name: 'workers_restarted_total',
    help: 'Renderers that were started again after one had ended.',
    registers,
  });

  // A counter that appears with its first event would show no increase to an alert.
  for (const code of Object.keys(failures)) jobs.inc({ result: 'failed', code }, 0);
  for (const [code, { blame }] of Object.entries(troubles))
    if (blame !== 'picture') jobs.inc({ result: blame === 'machine' ? 'put-back' : 'again', code }, 0);
  for (const code of deaths) jobs.inc({ result: 'died', code }, 0);
  for (const result of ['ready', 'repaired', 'sampled', 'leased', 'ignored']) jobs.inc({ result, code: '' }, 0);
  for (const result of uploadResults) uploads.inc({ result }, 0);
  for (const format of variantFormats) variantBytes.inc({ format }, 0);

  gauges(world, registers);

  // Looking a counter up by its labels takes longer than counting.
  const counters = new Map<string, { inc(): void; observe(seconds: number): void }>();
  const counterOf = (route: string, status: string) => {
    const name = `${route} ${status}`;
    const counter = counters.get(name) ?? { ...requests.labels(route, status), ...latency.labels(route) };
    counters.set(name, counter);
    return counter;
  };

  let started = 0;
  return {
    request: (route, status, seconds) => {
      const counter = counterOf(route, status);
      counter.inc();
      counter.observe(seconds);
      // How long an upload takes is a matter of the sender's line.
      if (route !== 'putOriginal') figures.answered(1000 * seconds);
    },
    upload: (result, bytes) => {
      uploads.inc({ result });
      if (result === 'stored') world.sizes.add('originals', bytes);
    },
    taskEnded: (end) => {
      // A version that fails is counted as it moves.
      if (end.result !== 'failed') jobs.inc(end);
      if (end.result === 'ready') figures.ready();
    },
    rendered: ({ wallMs, cpuMs, bytes, copied }) => {
      figures.rendered({ wallMs, cpuMs });
      renders.observe(wallMs / 1000);
      renderCpu.observe(cpuMs / 1000);
      for (const [format, count] of Object.entries(bytes)) {
        variantBytes.inc({ format }, count);
        world.sizes.add('variants', count);
      }
      variantsCopied.inc(copied.files);
      world.sizes.add('variants', copied.bytes);
    },
    died: (trouble) => jobs.inc({ result: 'died', code: trouble }),
    failed: (code) => {
      jobs.inc({ result: 'failed', code });
      figures.failed();
    },
    workerStarted: () => {
      started++;
      if (started > world.count) restarts.inc();
    },
    page: async () => ({ text: await register.metrics(), contentType: register.contentType }),
  };
};

const deaths = ['render-death', 'render-time', 'renderers'] as const satisfies readonly Trouble[];

/** Looked up at each scrape, from what is at hand: a few rows, a few files, no walk. */
const gauges = (world: MetricsNeeds, registers: Registry[]): void => {
  const gauge = (name: string, help: string, look: () => number | undefined | Promise<number | undefined>) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set((await orNothing(look)) ?? Number.NaN);
      },
    });
  const labelled = <Label extends string>(
    name: string,
    help: string,
    label: Label,
    look: () => Iterable<readonly [string, number]> | Promise<Iterable<readonly [string, number]>>,
  ) =>
    new Gauge<string>({
      name,
      help,
      labelNames: [label],
      registers,
      async collect() {
        this.reset();
        for (const [value, amount] of (await orNothing(look)) ?? []) this.set({ [label]: value }, amount);
      },
    });

  const waiting = waitingIn(world.database);
  gauge('queue_depth', 'Tasks that wait or are worked on.', () => waiting().count);
  gauge('queue_size', 'Uploads are refused at this number of waiting tasks.', () => world.queueSize);
  gauge('queue_oldest_seconds', 'How long the oldest fresh upload has been in the queue.', () => {
    const { oldestUpload } = waiting();
    return oldestUpload === undefined ? 0 : Math.max(0, world.clock.now() - oldestUpload) / 1000;
  });
  gauge('disk_free_bytes', 'The least free space of the disks of the data folder.', world.freeBytes);
  gauge('disk_kept_free_bytes', 'Uploads are refused when less space is free.', () => world.keepFreeBytes);
  gauge('workers_alive', 'Renderers that run.', () => world.workers().alive());
  gauge('workers_wanted', 'Renderers that should run.', () => world.count);
  labelled('images', 'Images by the status of their newest version.', 'status', () => imageCounts(world.database));
  labelled('storage_bytes', 'What is stored, without the trash.', 'kind', () => Object.entries(world.sizes.known()));
  labelled('health_ok', '1 where a check of /v1/health is ok.', 'check', async () =>
    (await world.look()).map(({ name, ok }) => [name, ok ? 1 : 0] as const),
  );
  gauge('tickets_given', '1 while tickets are given, 0 while uploads are refused.', async () =>
    (await world.look()).some(({ ok, needed }) => needed && !ok) ? 0 : 1,
  );
};
