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

const removeItems = async (dynamo: DynamoDBDocumentClient, tableName: string, keys: readonly Key[]): Promise<void> => {
  const left = keys.map((Key) => ({ DeleteRequest: { Key } }));
  while (left.length > 0) {
    const { UnprocessedItems } = await dynamo.send(
      new BatchWriteCommand({ RequestItems: { [tableName]: left.splice(0, itemsPerWrite) } }),
    );
    left.push(...((UnprocessedItems?.[tableName] ?? []) as typeof left));
  }
};
