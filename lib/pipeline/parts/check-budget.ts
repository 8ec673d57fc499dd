import type { Budget, DollarsOf } from '../../core/bulk-job.ts';
import { Refusal } from '../../core/errors.ts';

export type PricedWorld = { readonly dollarsOf?: DollarsOf };

/** A budget in dollars needs prices. */
export const checkBudget = ({ dollarsOf }: PricedWorld, budget: Budget | undefined): void => {
  if (budget?.dollars === undefined || dollarsOf) return;
  throw new Refusal('invalid-request', 'Your own machine has no prices. Limit the images instead.', {
    fields: [{ path: 'budget.dollars', message: 'only in the AWS home' }],
  });
};
