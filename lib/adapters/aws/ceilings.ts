import { smallCallSeconds, typicalUsage, unitsPerUpload } from './cost.ts';
import { shards } from './table.ts';

/** What the AWS home is designed for. docs/aws.md#ceilings */
export const target = { uploadsPerSecond: 1000, images: 100_000_000 } as const;

/** The writes that DynamoDB takes in one partition of a table or an index in a second. */
const partitionWrites = 1000;

/** How many uploads a second a list takes, if each upload writes this often to one of its partitions. */
export const ceilingOf = (writesPerUpload: number): number => Math.floor((partitionWrites * shards) / writesPerUpload);

/** The render of an upload, and the small functions around it; assumed, as for the cost. */
const lambdaSeconds = typicalUsage.renderSeconds + unitsPerUpload.smallCalls * smallCallSeconds;

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
