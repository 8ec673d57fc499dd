import { setTimeout as sleep } from 'node:timers/promises';
import { BatchWriteCommand, type DynamoDBDocumentClient, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { imageItemKey, type Key, table, versionItemPrefix } from './table.ts';

/** Removes the versions of a removed image and its entry in the list of open tombstones. Running it twice is safe. */
export const closeDeletion = async (dynamo: DynamoDBDocumentClient, tableName: string, id: string): Promise<void> => {
  const { open } = table.indexes;
  const versions = paginateQuery(
    { client: dynamo },
    {
      TableName: tableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :version)',
      ExpressionAttributeValues: { ':pk': imageItemKey(id).pk, ':version': versionItemPrefix },
      ProjectionExpression: 'pk, sk',
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of versions) await removeItems(dynamo, tableName, Items as Key[]);
  await dynamo.send(
    new UpdateCommand({
      TableName: tableName,
      Key: imageItemKey(id),
      ConditionExpression: 'attribute_exists(deletedAt)',
      UpdateExpression: 'REMOVE #open, #since',
      ExpressionAttributeNames: { '#open': open.partitionKey, '#since': open.sortKey },
    }),
  );
};

/** The most that one call may remove. */
const itemsPerWrite = 25;
const mostTries = 20;

const removeItems = async (dynamo: DynamoDBDocumentClient, tableName: string, keys: readonly Key[]): Promise<void> => {
  const left = keys.map((Key) => ({ DeleteRequest: { Key } }));
  for (let inVain = 0; left.length > 0; ) {
    const asked = left.splice(0, itemsPerWrite);
    const { UnprocessedItems } = await dynamo.send(new BatchWriteCommand({ RequestItems: { [tableName]: asked } }));
    const undone = (UnprocessedItems?.[tableName] ?? []) as typeof left;
    left.push(...undone);
    if (undone.length < asked.length) {
      inVain = 0;
      continue;
    }
    if (++inVain > mostTries) throw new Error(`DynamoDB left ${undone.length} deletions undone, again and again.`);
    await sleep(Math.random() * 25 * 2 ** Math.min(inVain, 6));
  }
};
