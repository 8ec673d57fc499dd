import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** The most that DynamoDB takes. */
export const writesPerTransaction = 100;

/**
 * All writes or none. Resolves to undefined if they were written, otherwise to the writes whose condition failed. If
 * two writes conflict on an item, the one that lost is repeated shortly after.
 */
export const transact = (dynamo: DynamoDBDocumentClient, writes: readonly Write[]): Promise<Refused> =>
  untilNoConflict(() => dynamo.send(new TransactWriteCommand({ TransactItems: [...writes] })));

/**
 * As `transact`, for callers who recognise what they have written: one write alone is sent without a transaction, for half
 * the units. If its answer is lost, the SDK repeats it, and then the condition fails on what the first one wrote.
 */
export const write = (dynamo: DynamoDBDocumentClient, writes: readonly Write[]): Promise<Refused> => {
  const [{ Put, Update } = {}, ...more] = writes;
  if (more.length === 0 && Put) return untilNoConflict(() => dynamo.send(new PutCommand(Put)));
  if (more.length === 0 && Update) return untilNoConflict(() => dynamo.send(new UpdateCommand(Update)));
  return transact(dynamo, writes);
};

type Refused = readonly boolean[] | undefined;

const untilNoConflict = async (send: () => Promise<unknown>): Promise<Refused> => {
  for (let tries = 1; ; tries++)
    try {
      await send();
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

/** How a write alone fails, in the words of a transaction. */
const alone: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  TransactionConflictException: 'TransactionConflict',
};

const cancellation = (error: unknown): string[] => {
  const reason = error instanceof Error ? alone[error.name] : undefined;
  if (reason) return [reason];
  if (!(error instanceof Object && 'CancellationReasons' in error)) return [];
  return (error.CancellationReasons as { Code?: string }[]).map((reason) => reason.Code ?? 'None');
};
