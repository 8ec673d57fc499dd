import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { AccountLimit } from './concurrency.ts';

/** How many functions an account may run at once in a region; undefined if it does not say. */
export const accountLimit = async (where: {
  /** @default the environment's */
  readonly profile?: string | undefined;
  /** @default the environment's, or the profile's */
  readonly region?: string | undefined;
}): Promise<AccountLimit | undefined> => {
  const { profile, region } = where;
  const client = new LambdaClient({
    ...(profile !== undefined && { profile }),
    ...(region !== undefined && { region }),
    maxAttempts: 2,
  });
  try {
    const { AccountLimit: limit } = await client.send(new GetAccountSettingsCommand({}));
    const { ConcurrentExecutions: functions, UnreservedConcurrentExecutions: unreserved } = limit ?? {};
    return functions === undefined || unreserved === undefined ? undefined : { functions, unreserved };
  } catch {
    // The deploy can do without the answer, and reports trouble with the account by itself.
    return undefined;
  }
};
