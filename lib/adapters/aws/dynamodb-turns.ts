import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Turns } from '../../ports.ts';
import { turnItemKey } from './table.ts';

/** A lease on each chore and each lane, as an item in the table. */
export const dynamodbTurns = (dynamo: DynamoDBDocumentClient, tableName: string): Turns => {
  const put = async (name: string, until: number, condition: string, value: number): Promise<boolean> => {
    try {
      await dynamo.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...turnItemKey(name), until },
          ConditionExpression: condition,
          ExpressionAttributeNames: { '#until': 'until' },
          ExpressionAttributeValues: { ':value': value },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };
  return {
    take: (name, now, until) => put(name, until, 'attribute_not_exists(#until) OR #until <= :value', now),
    // Another run has taken it over meanwhile, and will give it back.
    giveBack: async (name, until) => void (await put(name, 0, '#until = :value', until)),
  };
};
