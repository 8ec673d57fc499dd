import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';

export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/**
 * All writes or none. Resolves to undefined if they were written, otherwise to the writes whose condition failed. If
 * two transactions conflict on an item, the one that lost is repeated shortly after.
 */
export const transact = async (
  dynamo: DynamoDBDocumentClient,
  writes: readonly Write[],
): Promise<readonly boolean[] | undefined> => {
  for (let tries = 1; ; tries++)
    try {
      await dynamo.send(new TransactWriteCommand({ TransactItems: [...writes] }));
      return undefined;
    } catch (error) {
      const reasons = cancellation(error);
      const refused = reasons.map((reason) => reason === 'ConditionalCheckFailed');
      if (refused.includes(true)) return refused;
      if (tries === mostTries || !reasons.some((reason) => passing.has(reason))) throw error;
      await sleep(Math.random() * 25 * 2 ** tries);
    }
};

const mostTries = 8;
const passing = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

const cancellation = (error: unknown): string[] => {
  if (!(error instanceof Object && 'CancellationReasons' in error)) return [];
  return (error.CancellationReasons as { Code?: string }[]).map((reason) => reason.Code ?? 'None');
};
