import type { Budget } from '../../core/bulk-job.ts';
import { Refusal } from '../../core/errors.ts';
import type { Ports } from '../../ports.ts';

/** A budget in dollars needs prices. */
export const checkBudget = ({ dollarsOf }: Pick<Ports, 'dollarsOf'>, budget: Budget | undefined): void => {
  if (budget?.dollars === undefined || dollarsOf) return;
  throw new Refusal('invalid-request', 'Your own machine has no prices. Limit the images instead.', {
    fields: [{ path: 'budget.dollars', message: 'only in the AWS home' }],
  });
};
