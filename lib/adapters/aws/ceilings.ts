import { shards } from './table.ts';

/** What the AWS home is designed for. */
export const target = { uploadsPerSecond: 1000, images: 100_000_000 } as const;

/** The writes that DynamoDB takes in one partition of a table or an index in a second. */
const partitionWrites = 1000;

/** How many uploads a second a list takes, if each upload writes this often to one of its partitions. */
export const ceilingOf = (writesPerUpload: number): number => Math.floor((partitionWrites * shards) / writesPerUpload);

/**
 * Write units that one upload takes from the table itself, at most: its ticket with a claim, begin, three reports of
 * progress, and ready with its event. test/adapters/aws/ceilings.aws.ts counts them.
 */
export const tableWritesPerUpload = 60;

/** Calls of the API for each upload: the ticket, and two looks at the image. */
export const apiCallsPerUpload = 3;

/** Assumed, as for the cost: docs/aws.md#what-it-costs */
export const renderSeconds = 4;
