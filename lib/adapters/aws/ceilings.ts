import { atOnce, lanePauseMs } from '../../core/bulk-job.ts';
import {
  callsAtOnce,
  purgedAtOnce,
  purgeMs,
  sweepEveryMs,
  sweepGroup,
  sweepMs,
  sweepShares,
} from '../../core/sweeping.ts';
import { smallCallSeconds, typicalUsage, unitsPerUpload } from './cost.ts';
import { shards } from './table.ts';

/** What the AWS home is designed for. docs/aws.md#ceilings */
export const target = { uploadsPerSecond: 1000, images: 100_000_000 } as const;

/** The writes that DynamoDB takes in one partition of a table or an index in a second. */
const partitionWrites = 1000;

/** How many uploads a second a list takes, if each upload writes this often to one of its partitions. */
export const ceilingOf = (writesPerUpload: number): number => Math.floor((partitionWrites * shards) / writesPerUpload);

/** How often an upload of a collection writes to each index; test/docs/aws-ceilings.aws.ts counts it in a real run. */
export const indexWrites = { byAge: 1, byCollection: 1, byCollectionAndStatus: 3, byStatus: 3, open: 4 } as const;

/** What DynamoDB gives a new table, and each new index, from its first second on. */
const coldUnits = { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4000 } as const;

/**
 * How warm an index is made for the target, if one partition could not take its writes: then there is one for each shard
 * of a list. Undefined for the others.
 */
export const warmthOf = (writesPerUpload: number): Readonly<Record<keyof typeof coldUnits, number>> | undefined =>
  writesPerUpload * target.uploadsPerSecond <= partitionWrites
    ? undefined
    : { ...coldUnits, WriteUnitsPerSecond: partitionWrites * shards };

/** The render of an upload, and the small functions around it; assumed, as for the cost. */
const lambdaSeconds = typicalUsage.renderSeconds + unitsPerUpload.smallCalls * smallCallSeconds;

/** A job is one item of the table, which names all of its images that are with the renderers. */
export const longestPace = 1000;

/** All lanes of a job together keep half as many images again with the renderers as those can make at once, so that none waits. */
export const paceOfLane = (maxConcurrentRenders: number): number =>
  Math.min(longestPace, Math.ceil((1.5 * maxConcurrentRenders) / shards));

/** The setting that the target needs. */
export const rendersAtOnce = target.uploadsPerSecond * typicalUsage.renderSeconds;

/** To hand an image to the renderers; test/docs/aws-ceilings.aws.ts counts them in a real run. */
export const callsPerBulkImage = 5;
const callSeconds = 0.01;
/** A page of a list and its images, and the save. */
const callsOfSlice = 12;

/**
 * How many images a second the lanes of a job hand to the renderers, if a call of AWS takes 10 ms. Each slice of a lane asks
 * about what is under way, and hands over as many images as have ended since the slice before.
 */
export const lanesPerSecond = (callsPerImage: number = callsPerBulkImage): number => {
  const { renderSeconds } = typicalUsage;
  const pace = paceOfLane(rendersAtOnce);
  const each = (callsPerImage * callSeconds) / atOnce;
  const constant = lanePauseMs / 1000 + callsOfSlice * callSeconds + (pace * callSeconds) / atOnce;
  // A lane is as fast as `pace / (renderSeconds + slice)`, and a slice takes `constant / (1 - rate * each)`: solved for the rate.
  const sum = renderSeconds + constant + pace * each;
  const rate = (sum - Math.sqrt(sum ** 2 - 4 * renderSeconds * each * pace)) / (2 * renderSeconds * each);
  return Math.floor(rate * shards);
};

/** The job and its lane, a page of the list, three reads of its images, and the save; test/docs/aws-ceilings.test.ts counts those of the page. */
export const callsOfCounting = { ofList: 4, others: 2 } as const;
/** What a lane counts between two rests. */
const imagesOfSlice = 200;

/** How long the lanes of a job count so many images, if a call of AWS takes 10 ms. */
export const hoursOfCounting = (images: number): number => {
  const { ofList, others } = callsOfCounting;
  const sliceSeconds = (ofList + others) * callSeconds + lanePauseMs / 1000;
  return ((images / shards / imagesOfSlice) * sliceSeconds) / 3600;
};

/**
 * What a sweep takes for a ticket that was not used, counted in a real run by test/docs/aws-ceilings.aws.ts: a look for
 * its original, and for each group a page of the list, its items, the images and their moves.
 */
export const callsOfSweep = { perTicket: 1, perGroup: 4 } as const;
/** Pages and items are read one after the other, while groups are worked on. */
const listCallsPerGroup = 2;
/** By `node bench/sweep.ts`, on an x64 machine that had much else to do. */
const sweepProcessorSeconds = 0.0018;

/** A function has one processor at 1,769 MiB, and its share of one below. */
const processorsOf = (memoryMib: number): number => memoryMib / 1769;
export const choresMemoryMib = 1024;

/** How many unused tickets a second one sweep ends, if a call of AWS takes 10 ms: by waiting, and by the processor. */
export const ratesOfSweep = (
  { perTicket, perGroup }: { readonly perTicket: number; readonly perGroup: number } = callsOfSweep,
  processorSeconds: number = sweepProcessorSeconds,
): { readonly byWaiting: number; readonly byProcessor: number } => {
  const { size, atOnce: groups } = sweepGroup;
  const reading = listCallsPerGroup * callSeconds;
  const looking = (perTicket * size * callSeconds) / callsAtOnce;
  const ending = ((perGroup - listCallsPerGroup) * callSeconds) / groups;
  return {
    byWaiting: size / Math.max(reading, looking + ending),
    byProcessor: processorsOf(choresMemoryMib) / processorSeconds,
  };
};

/** All sweeps together, with their pauses. */
export const sweptPerSecond = (...taken: Parameters<typeof ratesOfSweep>): number => {
  const { byWaiting, byProcessor } = ratesOfSweep(...taken);
  return Math.floor(sweepShares * Math.min(byWaiting, byProcessor) * (sweepMs / sweepEveryMs));
};

/**
 * What CloudFront takes of an account: 150 paths or tags a second, as other projects quote its quotas. They are not
 * adjustable, and Service Quotas does not know them. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-invalidations
 */
export const cdnTagsPerSecond = 150;

/** Two lists of objects before the CDN is told, and one transaction after it, counted by test/docs/aws-ceilings.aws.ts. */
export const callsOfPurge = 3;

/** How many deletions a day reach the CDN, if a call of AWS takes 10 ms: one order of tags after the other, a second apart. */
export const forgottenPerDay = (callsPerDeletion: number = callsOfPurge): number => {
  const calls = (callsPerDeletion * cdnTagsPerSecond * callSeconds) / purgedAtOnce;
  const orders = purgeMs / 1000 / (1 + callSeconds + calls);
  // The clock begins each run on a full minute.
  const runsPerDay = (24 * 3600_000) / (Math.ceil(purgeMs / 60_000 + 0.001) * 60_000);
  return Math.floor(orders * cdnTagsPerSecond * runsPerDay);
};

/** `npm run restore` copies so many segments of a table beside each other, each with so many writes side by side. */
export const tableCopy = { segments: 10, writesOfSegment: 5 } as const;
/** A page of a scan is 1 MB, and an item 2 KB. */
export const itemsOfPage = 500;
/** By `node bench/copy-table.ts`, on an x64 machine that had much else to do. */
const copyProcessorSeconds = 0.0011;

/**
 * How long a copy of so many items takes, if a call of AWS takes 10 ms. By waiting: a segment reads a page, then writes its
 * items. By the processor: each part is a process of its own.
 */
export const hoursOfCopy = (
  items: number,
  { segments, writesOfSegment }: { readonly segments: number; readonly writesOfSegment: number } = tableCopy,
  processorSeconds: number = copyProcessorSeconds,
): { readonly byWaiting: number; readonly byProcessor: number } => {
  const pageSeconds = callSeconds + (itemsOfPage / writesOfSegment) * callSeconds;
  return {
    byWaiting: ((items / segments / itemsOfPage) * pageSeconds) / 3600,
    byProcessor: (items * processorSeconds) / 3600,
  };
};

/** A quota of an account in a region, by its code in Service Quotas. */
export type Quota = {
  readonly name: string;
  readonly service: string;
  readonly code: string;
  /** What AWS gives an account, in the large regions. */
  readonly usual: number;
  /** What one upload a second takes of it. */
  readonly perUpload: number;
};

export const quotas = [
  {
    name: 'Lambda: concurrent executions',
    service: 'lambda',
    code: 'L-B99A9384',
    usual: 1000,
    perUpload: lambdaSeconds,
  },
  {
    name: 'DynamoDB: write units of a table',
    service: 'dynamodb',
    code: 'L-AB614373',
    usual: 40_000,
    perUpload: unitsPerUpload.tableWrites,
  },
  {
    name: 'DynamoDB: read units of a table',
    service: 'dynamodb',
    code: 'L-CF0CBE56',
    usual: 40_000,
    perUpload: unitsPerUpload.reads,
  },
  {
    name: 'API Gateway: requests a second',
    service: 'apigateway',
    code: 'L-8A5B8E43',
    usual: 10_000,
    perUpload: unitsPerUpload.apiCalls,
  },
  {
    name: 'EventBridge: PutEvents a second',
    service: 'events',
    code: 'L-9B653E91',
    usual: 10_000,
    perUpload: 1,
  },
] as const satisfies readonly Quota[];

/** What the target takes of a quota. */
export const wantedOf = ({ perUpload }: Quota): number => Math.ceil(target.uploadsPerSecond * perUpload);

export const uploadsWithin = (value: number, { perUpload }: Quota): number => Math.floor(value / perUpload);
