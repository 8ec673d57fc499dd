/** The places of an account, each for one run of a function. */
export type AccountLimit = {
  /** How many functions it may run at once. */
  readonly functions: number;
  /** The places that are not kept for one function. */
  readonly unreserved: number;
  /** The places that the stack to be deployed has reserved already; undefined if AWS does not say. */
  readonly ours: number | undefined;
};

export type Concurrency = { readonly maxConcurrentRenders: number; readonly reservedConcurrency?: number };

/** AWS keeps this many places unreserved for all functions. */
export const leastUnreserved = 100;
/** Five times what the API needs at its limit of 100 requests a second. */
const ample = 50;

/** What a stack may reserve in all. Its own reservation counts as free, so a second deploy chooses as the first did. */
export const reservable = ({ unreserved, ours = 0 }: AccountLimit): number => unreserved + ours - leastUnreserved;

/**
 * In a small account the renderers get half, so that they cannot crowd out the API. In a large one the API and its
 * authorizer also get reserved places.
 */
export const concurrencyFor = (limit: AccountLimit | undefined): Concurrency => {
  if (!limit) return { maxConcurrentRenders: 5 };
  const maxConcurrentRenders = Math.max(2, Math.min(10, Math.floor(limit.functions / 2)));
  const hasPlenty = limit.functions >= 1000 && reservable(limit) >= 2 * ample;
  return { maxConcurrentRenders, ...(hasPlenty && { reservedConcurrency: ample }) };
};
