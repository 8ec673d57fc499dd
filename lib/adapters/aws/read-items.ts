import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Key } from './table.ts';

export type Item = Record<string, unknown> & Key;

/** The present state of many items, in the order of their keys; undefined where there is none. */
export const readItems = async (
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  keys: readonly Key[],
): Promise<readonly (Item | undefined)[]> => {
  const found = new Map<string, Item>();
  const wanted = new Map(keys.map(({ pk, sk }) => [nameOf({ pk, sk }), { pk, sk }]));
  const missing = [...wanted.values()];
  for (let tries = 1; missing.length > 0; tries++) {
    const Keys = missing.splice(0, keysPerRead);
    const answer = await dynamo.send(
      new BatchGetCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } }),
    );
    for (const item of answer.Responses?.[tableName] ?? []) found.set(nameOf(item as Item), item as Item);
    const left = (answer.UnprocessedKeys?.[tableName]?.Keys ?? []) as Key[];
    missing.push(...left);
    if (left.length === Keys.length) {
      if (tries > mostTries) throw new Error(`DynamoDB left ${left.length} reads undone, again and again.`);
      await sleep(Math.random() * 25 * 2 ** Math.min(tries, 6));
    }
  }
  return keys.map((key) => found.get(nameOf(key)));
};

/** The most that one call may ask for. */
const keysPerRead = 100;
const mostTries = 20;

const nameOf = ({ pk, sk }: Key): string => `${pk} ${sk}`;
