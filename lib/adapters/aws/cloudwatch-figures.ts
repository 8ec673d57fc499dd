import type { CloudWatchClientConfig, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { type figureNames, mostFigureMinutes } from '../../core/figures.ts';
import type { Clock, FigureSeries, Figures, RecentFigures } from '../../ports.ts';
import { metrics } from './metrics.ts';

export type FiguresWorld = {
  readonly settings: CloudWatchClientConfig;
  readonly clock: Clock;
  /** Tasks that wait or are worked on. */
  readonly depth: () => Promise<number>;
  /** What one image costs whose render took so long. */
  readonly dollarsOf: (renderMs: number) => number;
};

/** What CloudWatch knows the parts of a deployment by. */
export type MeasuredParts = {
  readonly deployment: string;
  readonly queue: string;
  /** The id of the API in API Gateway. */
  readonly gateway: string;
  readonly originals: string;
  readonly variants: string;
};

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** S3 measures its buckets once a day. */
const storageFreshMs = 3_600_000;

/**
 * The figures that CloudWatch has of a deployment. Each metric of a call is billed, so an answer is kept for a minute, and that
 * about the buckets for an hour: docs/decisions.md#figures
 */
export const cloudWatchFigures = (
  { settings, clock, depth, dollarsOf }: FiguresWorld,
  parts: MeasuredParts,
): Figures => {
  let connected: ReturnType<typeof connect> | undefined;
  const read: Read = async (queries, from, to) => {
    connected ??= connect(settings);
    return (await connected)(queries, from, to);
  };
  const hour = keptFor(clock, minuteMs, () => lastHour(read, parts, clock.now()));
  const stored = keptFor(clock, storageFreshMs, () => storedBytes(read, parts, clock.now()));
  return {
    recent: async (minutes) => {
      const [tasks, { to, values }, bytes] = await Promise.all([depth(), hour(), stored()]);
      const of = (name: HourlyName) => (values.get(name) ?? []).slice(-minutes);
      const ready = of('ready').map((count) => count ?? 0);
      const count = sum(ready);
      const [renderMs, cpuMs] = [sum(of('renderMs')), sum(of('renderCpuMs'))];
      return {
        to,
        stepMs: minuteMs,
        series: seriesOf(of),
        queue: { tasks, oldestMs: tasks === 0 ? undefined : inMs(of('oldestSeconds').slice(-3).findLast(isThere)) },
        renders: {
          since: to - ready.length * minuteMs,
          count,
          cpuMs: count > 0 ? cpuMs / count : undefined,
          dollars: count > 0 ? dollarsOf(renderMs / count) : undefined,
        },
        storedBytes: bytes,
        images: undefined,
        disk: undefined,
        renderers: undefined,
      };
    },
  };
};

type Values = readonly (number | null)[];
type Query = { readonly metric: Metric; readonly stat: string };
type Metric = { readonly space: string; readonly name: string; readonly dimensions: Readonly<Record<string, string>> };
type Found = ReadonlyMap<string, readonly (readonly [at: number, value: number])[]>;
/** Each metric as pairs of time and value, the oldest first, in periods that fit the length of the time. */
type Read = (queries: Readonly<Record<string, Query>>, from: number, to: number) => Promise<Found>;

/** The client is a good part of its function, and few calls are about figures. */
const connect = async (settings: CloudWatchClientConfig): Promise<Read> => {
  const { CloudWatchClient, GetMetricDataCommand } = await import('./cloudwatch-client.ts');
  const watch = new CloudWatchClient(settings);
  return async (queries, from, to) => {
    const found = new Map<string, (readonly [number, number])[]>(Object.keys(queries).map((id) => [id, []]));
    const MetricDataQueries = Object.entries(queries).map(([Id, query]) => queryOf(Id, query, to - from));
    let NextToken: string | undefined;
    do {
      const answer = await watch.send(
        new GetMetricDataCommand({
          MetricDataQueries,
          StartTime: new Date(from),
          EndTime: new Date(to),
          ScanBy: 'TimestampAscending',
          NextToken,
        }),
      );
      for (const { Id = '', Timestamps = [], Values = [] } of answer.MetricDataResults ?? [])
        found.get(Id)?.push(...Timestamps.map((at, place) => [at.getTime(), Values[place] ?? 0] as const));
      NextToken = answer.NextToken;
    } while (NextToken !== undefined);
    return found;
  };
};

const queryOf = (Id: string, { metric, stat }: Query, lengthMs: number): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace: metric.space,
      MetricName: metric.name,
      Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Stat: stat,
    Period: (lengthMs > dayMs ? dayMs : minuteMs) / 1000,
  },
});

const hourly = ({ deployment, queue, gateway }: MeasuredParts) => {
  const counted = (name: string, stat: string): Query => ({
    metric: { space: metrics.namespace, name, dimensions: { [metrics.deployment]: deployment } },
    stat,
  });
  const queued = (name: string): Query => ({
    metric: { space: 'AWS/SQS', name, dimensions: { QueueName: queue } },
    stat: 'Maximum',
  });
  return {
    ready: counted(metrics.ready, 'Sum'),
    failed: counted(metrics.failed, 'Sum'),
    renderMedianMs: counted(metrics.renderMs, 'p50'),
    renderP95Ms: counted(metrics.renderMs, 'p95'),
    renderMs: counted(metrics.renderMs, 'Sum'),
    renderCpuMs: counted(metrics.renderCpuMs, 'Sum'),
    visible: queued('ApproximateNumberOfMessagesVisible'),
    taken: queued('ApproximateNumberOfMessagesNotVisible'),
    oldestSeconds: queued('ApproximateAgeOfOldestMessage'),
    answerP95Ms: {
      metric: { space: 'AWS/ApiGateway', name: 'Latency', dimensions: { ApiId: gateway } },
      stat: 'p95',
    },
  } satisfies Record<string, Query>;
};
type HourlyName = keyof ReturnType<typeof hourly>;

/** A minute is complete in CloudWatch about a minute after its end: one that is read before shows a dip that was none. */
const lastHour = async (read: Read, parts: MeasuredParts, now: number) => {
  const to = Math.floor(now / minuteMs) * minuteMs - minuteMs;
  const from = to - mostFigureMinutes * minuteMs;
  const found = await read(hourly(parts), from, to);
  const values = new Map<string, Values>();
  for (const [name, pairs] of found) {
    const minutes: (number | null)[] = Array(mostFigureMinutes).fill(null);
    for (const [at, value] of pairs) {
      const place = Math.floor((at - from) / minuteMs);
      if (place >= 0 && place < minutes.length) minutes[place] = value;
    }
    values.set(name, minutes);
  }
  return { to, values };
};

/** What was not counted in a minute did not happen; of a queue that nothing was heard of, and of times, nothing is known. */
const seriesOf = (of: (name: HourlyName) => Values): FigureSeries => {
  const taken = of('taken');
  const ready = of('ready').map((count) => count ?? 0);
  return {
    ready,
    failed: of('failed').map((count) => count ?? 0),
    waiting: of('visible').map((count, at) => (count === null ? null : count + (taken[at] ?? 0))),
    renderMedianMs: of('renderMedianMs'),
    renderP95Ms: of('renderP95Ms'),
    answerP95Ms: of('answerP95Ms'),
  } satisfies Record<(typeof figureNames)[number], Values>;
};

const storedBytes = async (
  read: Read,
  { originals, variants }: MeasuredParts,
  now: number,
): Promise<RecentFigures['storedBytes']> => {
  const sizeOf = (bucket: string, storageType: string): Query => ({
    metric: {
      space: 'AWS/S3',
      name: 'BucketSizeBytes',
      dimensions: { BucketName: bucket, StorageType: storageType },
    },
    stat: 'Average',
  });
  // A measurement carries the time of its midnight, and comes up to two days later.
  const to = Math.floor(now / dayMs) * dayMs + dayMs;
  const found = await read(
    {
      originals: sizeOf(originals, 'StandardStorage'),
      colder: sizeOf(originals, 'GlacierInstantRetrievalStorage'),
      variants: sizeOf(variants, 'StandardStorage'),
    },
    to - 4 * dayMs,
    to,
  );
  const newest = (name: string) => found.get(name)?.at(-1)?.[1];
  const [usual, colder, made] = [newest('originals'), newest('colder'), newest('variants')];
  return {
    ...((usual !== undefined || colder !== undefined) && { originals: (usual ?? 0) + (colder ?? 0) }),
    ...(made !== undefined && { variants: made }),
  };
};

/** Every call gets the same answer for so long. Trouble is not kept: the next call tries again. */
const keptFor = <T>(clock: Clock, freshMs: number, look: () => Promise<T>): (() => Promise<T>) => {
  let last: { readonly at: number; readonly found: Promise<T> } | undefined;
  return async () => {
    const now = clock.now();
    if (!last || Math.abs(now - last.at) >= freshMs) last = { at: now, found: look() };
    const asked = last;
    try {
      return await asked.found;
    } catch (error) {
      if (last === asked) last = undefined;
      throw error;
    }
  };
};

const sum = (values: Values): number => values.reduce<number>((total, value) => total + (value ?? 0), 0);
const isThere = (value: number | null): value is number => value !== null;
const inMs = (seconds: number | null | undefined): number | undefined =>
  typeof seconds === 'number' ? seconds * 1000 : undefined;
