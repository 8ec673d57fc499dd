import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { type BulkJob, bulkJobFrom, isOpen } from '../../core/bulk-job.ts';
import type { BulkJobs, Claim } from '../../ports.ts';
import { type Item, readItems } from './read-items.ts';
import { everyJob, jobClaimItemKey, jobItemKey, type Key, openJob, position, table } from './table.ts';
import { transact } from './transact.ts';

/** Jobs in the table of the images. A job is one item, replaced whole: it is bounded, and only one at a time works on it. */
export const dynamodbBulkJobs = (dynamo: DynamoDBDocumentClient, tableName: string): BulkJobs => {
  const { all, open } = table.indexes;

  const read = async <Kept extends Item>(Key: Key): Promise<Kept | undefined> => {
    const { Item } = await dynamo.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true }));
    return Item as Kept | undefined;
  };

  const find = async (id: string): Promise<BulkJob | undefined> => {
    const item = await read(jobItemKey(id));
    return item && jobOf(item);
  };

  const claimed = async (claim: Claim, at: number) => {
    const item = await read<Item & Claim & { readonly id: string }>(jobClaimItemKey(claim.key));
    const job = item && item.expiresAt > at ? await find(item.id) : undefined;
    return item && job && { job, fingerprint: item.fingerprint };
  };

  const putClaim = (claim: Claim, job: BulkJob) => ({
    Put: {
      TableName: tableName,
      Item: {
        ...jobClaimItemKey(claim.key),
        ...claim,
        id: job.id,
        [table.timeToLive]: Math.ceil(claim.expiresAt / 1000),
      },
      ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
      ExpressionAttributeValues: { ':now': job.createdAt },
    },
  });

  return {
    add: async (job, claim) => {
      const put = { TableName: tableName, Item: itemOf(job), ConditionExpression: 'attribute_not_exists(pk)' };
      const refused = await transact(dynamo, [{ Put: put }, ...(claim ? [putClaim(claim, job)] : [])]);
      if (!refused) return { job, fingerprint: claim?.fingerprint ?? null };
      const before = claim && (await claimed(claim, job.createdAt));
      if (before) return before;
      throw new Error(`There is a job with the id ${job.id} already.`);
    },

    find,

    save: async (job) => {
      try {
        await dynamo.send(
          new PutCommand({
            TableName: tableName,
            Item: itemOf(job),
            ConditionExpression: 'revision = :before',
            ExpressionAttributeValues: { ':before': job.revision - 1 },
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof Object && 'name' in error && error.name === 'ConditionalCheckFailedException')
          return false;
        throw error;
      }
    },

    list: async ({ limit, after }) => {
      const { Items = [], LastEvaluatedKey } = await dynamo.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: all.name,
          KeyConditionExpression: `#partition = :partition AND #sort ${after ? '<' : '>'} :position`,
          ExpressionAttributeNames: { '#partition': all.partitionKey, '#sort': all.sortKey },
          ExpressionAttributeValues: {
            ':partition': everyJob,
            ':position': after ? position(after.createdAt, after.id) : ' ',
          },
          ScanIndexForward: false,
          Limit: limit + 1,
        }),
      );
      const found = await readItems(dynamo, tableName, Items as Key[]);
      const items = found.slice(0, limit).flatMap((item) => (item ? jobOf(item) : []));
      const last = items.at(-1);
      const more = found.length > limit || LastEvaluatedKey !== undefined;
      return { items, next: more && last ? { createdAt: last.createdAt, id: last.id } : undefined };
    },

    async *unfinished() {
      const pages = paginateQuery(
        { client: dynamo },
        {
          TableName: tableName,
          IndexName: open.name,
          KeyConditionExpression: '#partition = :partition',
          ExpressionAttributeNames: { '#partition': open.partitionKey },
          ExpressionAttributeValues: { ':partition': openJob },
        },
      );
      for await (const { Items = [] } of pages)
        for (const item of await readItems(dynamo, tableName, Items as Key[])) {
          const job = item && jobOf(item);
          if (job && isOpen(job)) yield job;
        }
    },
  };
};

/** As text a job of a thousand images takes a tenth of what an item may hold. */
const itemOf = (job: BulkJob) => ({
  ...jobItemKey(job.id),
  revision: job.revision,
  body: JSON.stringify(job),
  ...(job.part === null && {
    [table.indexes.all.partitionKey]: everyJob,
    [table.indexes.all.sortKey]: position(job.createdAt, job.id),
  }),
  ...(job.part === null &&
    isOpen(job) && {
      [table.indexes.open.partitionKey]: openJob,
      [table.indexes.open.sortKey]: job.createdAt,
    }),
});

const jobOf = ({ body }: Item): BulkJob => bulkJobFrom(String(body));
