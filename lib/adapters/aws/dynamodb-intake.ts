import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Intake } from '../../ports.ts';
import { takenImageItem, takenTombstoneItem, versionItem } from './catalogue-items.ts';
import { catalogueWrites } from './catalogue-writes.ts';
import { imageItemKey } from './table.ts';
import { write } from './transact.ts';

export const dynamodbIntake = (dynamo: DynamoDBDocumentClient, tableName: string): Intake => {
  const { put } = catalogueWrites(tableName);

  const isKnown = async (id: string): Promise<boolean> => {
    const { Item } = await dynamo.send(
      new GetCommand({ TableName: tableName, Key: imageItemKey(id), ConsistentRead: true }),
    );
    return Item !== undefined;
  };

  return {
    takeImage: async (image, versions) => {
      const newest = versions.at(-1);
      if (!newest || (await isKnown(image.id))) return false;
      // The image comes last, so it is never found without its older versions. A refused write was made by an earlier run.
      for (const older of versions.slice(0, -1)) await write(dynamo, [put(versionItem(older))]);
      const visible = versions.findLast((version) => version.status === 'ready');
      return !(await write(dynamo, [put(takenImageItem(image, newest, visible))]));
    },
    takeTombstone: async (tombstone) => !(await write(dynamo, [put(takenTombstoneItem(tombstone))])),
  };
};
