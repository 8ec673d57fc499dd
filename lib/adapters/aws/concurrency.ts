/** How many functions an account may run at once, and how many of those places are not kept for one function. */
export type AccountLimit = { readonly functions: number; readonly unreserved: number };

export type Concurrency = { readonly maxConcurrentRenders: number; readonly reservedConcurrency?: number };

/** AWS keeps this many places unreserved for all functions. */
export const leastUnreserved = 100;
/** Five times what the API needs at its limit of 100 requests a second. */
const ample = 50;

/**
 * In a small account the renderers get half, so that they cannot crowd out the API. In a large one the API and its
 * authorizer also get reserved places.
 */
export const concurrencyFor = (limit: AccountLimit | undefined): Concurrency => {
  if (!limit) return { maxConcurrentRenders: 5 };
  const maxConcurrentRenders = Math.max(2, Math.min(10, Math.floor(limit.functions / 2)));
  const hasPlenty = limit.functions >= 1000 && limit.unreserved - 2 * ample >= leastUnreserved;
  return { maxConcurrentRenders, ...(hasPlenty && { reservedConcurrency: ample }) };
};
