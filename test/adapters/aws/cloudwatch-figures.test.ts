import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { cloudWatchFigures } from '../../../lib/adapters/aws/cloudwatch-figures.ts';
import { costOfOne, prices } from '../../../lib/adapters/aws/cost.ts';
import { figuresContract } from '../../contracts/figures.ts';

type Asked = {
  readonly StartTime: number;
  readonly EndTime: number;
  readonly NextToken?: string;
  readonly MetricDataQueries: readonly {
    readonly Id: string;
    readonly MetricStat: {
      readonly Metric: {
        readonly Namespace: string;
        readonly MetricName: string;
        readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
      };
      readonly Stat: string;
      readonly Period: number;
    };
  }[];
};

const minute = 60_000;
const day = 86_400_000;
/** 20 seconds after a full minute. */
const began = 1_790_000_000_000 - (1_790_000_000_000 % minute) + 20_000;
const parts = { deployment: 'Darkroom-Images', queue: 'tasks', gateway: 'a1b2', originals: 'first', variants: 'made' };

let server: Server;
let asked: Asked[];
/** Each metric, by its name and statistic and for a bucket its storage type, as pairs of a time and a value. */
let known: Map<string, readonly (readonly [at: number, value: number])[]>;
let refusal: string | undefined;
/** Answers a call in two pages. */
let isPaged: boolean;
let now: number;
let tasks: number;

const nameOf = ({ MetricStat: { Metric, Stat } }: Asked['MetricDataQueries'][number]) =>
  [Metric.MetricName, Stat, ...Metric.Dimensions.filter(({ Name }) => Name.includes('Type')).map(({ Value }) => Value)]
    .concat(Metric.MetricName === 'BucketSizeBytes' ? (Metric.Dimensions[0]?.Value ?? '') : [])
    .join(' ');

/** As much of CloudWatch as answers GetMetricData, as it does in JSON: times are seconds, and what has no value is left out. */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString()) as Asked;
    asked.push(body);
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    if (request.headers['x-amz-target'] !== 'GraniteServiceVersion20100801.GetMetricData' || refusal)
      return void response.writeHead(400).end(JSON.stringify({ __type: refusal ?? 'InvalidAction', message: 'No.' }));
    const isFirst = isPaged && body.NextToken === undefined;
    const page = (all: readonly (readonly [number, number])[]) => {
      if (!isPaged) return all;
      return isFirst ? all.slice(0, 1) : all.slice(1);
    };
    const MetricDataResults = body.MetricDataQueries.map((query) => {
      const within = (known.get(nameOf(query)) ?? []).filter(
        ([at]) => at / 1000 >= body.StartTime && at / 1000 < body.EndTime,
      );
      return {
        Id: query.Id,
        Label: query.MetricStat.Metric.MetricName,
        StatusCode: isFirst ? 'PartialData' : 'Complete',
        Timestamps: page(within).map(([at]) => at / 1000),
        Values: page(within).map(([, value]) => value),
      };
    });
    const NextToken = isFirst ? { NextToken: 'the second page' } : {};
    response.end(JSON.stringify({ MetricDataResults, Messages: [], ...NextToken }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});

const start = () => {
  asked = [];
  known = new Map();
  refusal = undefined;
  isPaged = false;
  now = began;
  tasks = 2;
};

const open = () =>
  cloudWatchFigures(
    {
      settings: {
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        region: 'eu-central-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
        maxAttempts: 1,
      },
      clock: { now: () => now },
      depth: async () => tasks,
      dollarsOf: (renderMs) => renderMs / 1_000_000,
    },
    parts,
  );

/** The minute that began so many minutes ago. */
const minuteAgo = (count: number) => Math.floor(began / minute) * minute - count * minute;
const midnight = (daysAgo: number) => Math.floor(began / day) * day - daysAgo * day;

const count = (at: number) => {
  known = new Map([
    ['Ready Sum', [[at, 3]]],
    ['Failed Sum', [[at, 1]]],
    ['RenderMs p50', [[at, 1000]]],
    ['RenderMs p95', [[at, 4000]]],
    ['RenderMs Sum', [[at, 6000]]],
    ['RenderCpuMs Sum', [[at, 600]]],
    ['ApproximateNumberOfMessagesVisible Maximum', [[at, 1]]],
    ['ApproximateNumberOfMessagesNotVisible Maximum', [[at, 1]]],
    ['ApproximateAgeOfOldestMessage Maximum', [[at, 7]]],
    ['Latency p95', [[at, 25]]],
  ]);
};

figuresContract('CloudWatch', async () => {
  start();
  return { figures: open(), now: () => now, happen: async () => count(minuteAgo(2)), close: async () => undefined };
});

describe('The figures of CloudWatch', () => {
  beforeEach(start);

  test('are asked for by the names under which the stack counts them, minute by minute for an hour', async () => {
    await open().recent(60);
    const hour = asked.find(({ MetricDataQueries }) => MetricDataQueries.some(({ Id }) => Id === 'ready'));
    expect(hour?.MetricDataQueries.map(({ Id }) => Id)).toHaveLength(10);
    const metrics = hour?.MetricDataQueries.map(({ MetricStat: { Metric, Stat, Period } }) => {
      const [{ Name, Value } = { Name: '', Value: '' }] = Metric.Dimensions;
      return [Metric.Namespace, Metric.MetricName, Name, Value, Stat, Period].join(' ');
    });
    expect(metrics).toEqual(
      expect.arrayContaining([
        'Darkroom Ready service Darkroom-Images Sum 60',
        'Darkroom RenderMs service Darkroom-Images p95 60',
        'AWS/SQS ApproximateNumberOfMessagesVisible QueueName tasks Maximum 60',
        'AWS/ApiGateway Latency ApiId a1b2 p95 60',
      ]),
    );
    expect([hour?.StartTime, hour?.EndTime]).toEqual([minuteAgo(61) / 1000, minuteAgo(1) / 1000]);
  });

  test('stand in their minutes, with nothing where nothing is known, and zero where nothing was counted', async () => {
    count(minuteAgo(4));
    const { to, stepMs, series } = await open().recent(5);
    expect([to, stepMs]).toEqual([minuteAgo(1), minute]);
    expect(series).toEqual({
      ready: [0, 0, 3, 0, 0],
      failed: [0, 0, 1, 0, 0],
      waiting: [null, null, 2, null, null],
      renderMedianMs: [null, null, 1000, null, null],
      renderP95Ms: [null, null, 4000, null, null],
      answerP95Ms: [null, null, 25, null, null],
    });
  });

  test('say what a render took and cost in that time, and nothing where there was none', async () => {
    count(minuteAgo(4));
    const figures = open();
    expect((await figures.recent(5)).renders).toEqual({ since: minuteAgo(6), count: 3, cpuMs: 200, dollars: 0.002 });
    expect((await figures.recent(1)).renders).toEqual({ since: minuteAgo(2), count: 0 });
  });

  test('have the queue of this moment, and no age of an empty one', async () => {
    count(minuteAgo(2));
    const figures = open();
    expect((await figures.recent(60)).queue).toEqual({ tasks: 2, oldestMs: 7000 });
    tasks = 0;
    expect((await figures.recent(60)).queue).toEqual({ tasks: 0 });
  });

  test('have the newest size of each bucket, in both classes of the originals', async () => {
    known.set('BucketSizeBytes Average StandardStorage first', [
      [midnight(2), 100],
      [midnight(1), 70],
    ]);
    known.set('BucketSizeBytes Average GlacierInstantRetrievalStorage first', [[midnight(1), 30]]);
    expect((await open().recent(60)).storedBytes).toEqual({ originals: 100 });
    const stored = asked.find(({ MetricDataQueries }) => MetricDataQueries.some(({ Id }) => Id === 'variants'));
    expect(stored?.MetricDataQueries.map(({ MetricStat }) => MetricStat.Period)).toEqual(Array(3).fill(86_400));
  });

  test('leave out what AWS does not count', async () => {
    const { images, disk, renderers, storedBytes } = await open().recent(60);
    expect([images, disk, renderers, storedBytes]).toEqual([undefined, undefined, undefined, {}]);
  });

  test('are read page by page', async () => {
    isPaged = true;
    known.set('Ready Sum', [
      [minuteAgo(4), 3],
      [minuteAgo(3), 4],
      [minuteAgo(2), 5],
    ]);
    expect((await open().recent(3)).series.ready).toEqual([3, 4, 5]);
  });

  test('are paid for once a minute, and those of the buckets once an hour, however often they are wanted', async () => {
    const figures = open();
    await Promise.all([figures.recent(60), figures.recent(5)]);
    now += 59_000;
    await figures.recent(60);
    expect(asked).toHaveLength(2);
    now += 1000;
    await figures.recent(60);
    expect(asked).toHaveLength(3);
    now += 3_600_000;
    await figures.recent(60);
    expect(asked).toHaveLength(5);
  });

  test('reject when CloudWatch does not answer, and are there again when it does', async () => {
    refusal = 'AccessDenied';
    const figures = open();
    await expect(figures.recent(60)).rejects.toMatchObject({ name: 'AccessDenied' });
    refusal = undefined;
    expect((await figures.recent(60)).series.ready).toHaveLength(60);
  });
});

test('One image costs the seconds of its render at its memory, and the same for the rest', () => {
  const second = costOfOne(2000, 1024) - costOfOne(1000, 1024);
  expect(second).toBeCloseTo(prices.lambdaGibSecond, 12);
  expect(costOfOne(0, 1024)).toBeGreaterThan(0);
});
