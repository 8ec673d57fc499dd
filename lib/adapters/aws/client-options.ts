import { callsAtOnce } from '../../core/sweeping.ts';

/** A step has `callsAtOnce` calls under way, and lists read their shards beside it. docs/decisions.md#calls-at-once */
const agent = { maxSockets: 2 * callsAtOnce };

/**
 * Timeouts and retries of the AWS clients. The client repeats after throttling, timeouts and 5xx, with growing,
 * jittered pauses. After the last attempt the call rejects, and the queue or the caller tries later.
 */
export const clientOptions = {
  maxAttempts: 4,
  requestHandler: {
    connectionTimeout: 1000,
    requestTimeout: 10_000,
    throwOnRequestTimeout: true,
    httpAgent: agent,
    httpsAgent: agent,
  },
};

/**
 * Where a client of the API waits: a call that hangs is given up while the function has time left to answer 503. And where
 * events are published: the function has time left to count what the bus did not take, and to park it.
 */
export const promptOptions = {
  maxAttempts: 3,
  requestHandler: { ...clientOptions.requestHandler, requestTimeout: 2500 },
};
