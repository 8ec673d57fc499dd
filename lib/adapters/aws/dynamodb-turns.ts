import { randomBytes } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Turns } from '../../ports.ts';
import { type Key, turnItemKey } from './table.ts';

/** A lease on each chore and each lane, as an item in the table. */
export const dynamodbTurns = (dynamo: DynamoDBDocumentClient, tableName: string): Turns => {
  const put = async (item: Lease & Key, condition: string, values: Readonly<Record<string, unknown>>) => {
    const names = Object.keys(item).filter((name) => condition.includes(`#${name}`));
    try {
      await dynamo.send(
        new PutCommand({
          TableName: tableName,
          Item: item,
          ConditionExpression: condition,
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: values,
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };
  return {
    take: (name, now, until) => {
      const mark = randomBytes(6).toString('base64url');
      // The SDK repeats a write whose answer was lost, and would find the lease that it has taken.
      const condition = 'attribute_not_exists(#until) OR #until <= :now OR #mark = :mark';
      return put({ ...turnItemKey(name), until, mark }, condition, { ':now': now, ':mark': mark });
    },
    // Another run has taken it over meanwhile, and will give it back.
    giveBack: async (name, until) =>
      void (await put({ ...turnItemKey(name), until: 0 }, '#until = :until', { ':until': until })),
  };
};

type Lease = { readonly until: number; readonly mark?: string };
