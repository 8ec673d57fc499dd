import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { AccountLimit } from './concurrency.ts';
import { reservedByStack } from './reserved-by-stack.ts';
import type { Whereabouts } from './whereabouts.ts';

/**
 * How many functions an account may run at once in a region, and how many of these places a stack has reserved; undefined
 * if the account does not say. The deploy can do without the answer, and reports trouble with the account by itself.
 */
export const accountLimit = async (where: Whereabouts, stackName: string): Promise<AccountLimit | undefined> => {
  const client = new LambdaClient({ ...where, maxAttempts: 2 });
  const limit = await answered(() => client.send(new GetAccountSettingsCommand({})));
  const { ConcurrentExecutions: functions, UnreservedConcurrentExecutions: unreserved } = limit?.AccountLimit ?? {};
  if (functions === undefined || unreserved === undefined) return undefined;
  return { functions, unreserved, ours: await answered(() => reservedByStack(where, stackName)) };
};

const answered = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await ask();
  } catch {
    return undefined;
  }
};
