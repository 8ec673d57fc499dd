import * as z from 'zod';
import { type Chore, chores, doChoreWith } from '../work/chores.ts';

/** `share`: of a sweep, which runs in `sweepShares` functions beside each other. */
export type ChoreOrder = { readonly chore: Chore; readonly share?: number };
const order = z.object({ chore: z.enum(chores), share: z.int().min(0).optional() });

/** What the schedules of the stack send. */
export const choresHandler = (...needs: Parameters<typeof doChoreWith>) => {
  const doChore = doChoreWith(...needs);
  return async (event: unknown): Promise<void> => {
    const { chore, share } = order.parse(event);
    await doChore(chore, share);
  };
};
