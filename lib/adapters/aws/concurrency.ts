/** How many functions an account may run at once, and how many of those places are not kept for one function. */
export type AccountLimit = { readonly functions: number; readonly unreserved: number };

export type Concurrency = { readonly maxConcurrentRenders: number; readonly reservedConcurrency?: number };

/** What AWS insists on leaving to all functions together. */
const leastUnreserved = 100;
/** Five times what the API needs at its limit of 100 requests a second. */
const ample = 50;

/**
 * Half of a small account for the renderers, so that the API is not crowded out; where there is plenty, places that
 * nothing else can take for the API and for its authorizer.
 */
export const concurrencyFor = (limit: AccountLimit | undefined): Concurrency => {
  if (!limit) return { maxConcurrentRenders: 5 };
  const maxConcurrentRenders = Math.max(2, Math.min(10, Math.floor(limit.functions / 2)));
  const hasPlenty = limit.functions >= 1000 && limit.unreserved - 2 * ample >= leastUnreserved;
  return { maxConcurrentRenders, ...(hasPlenty && { reservedConcurrency: ample }) };
};
