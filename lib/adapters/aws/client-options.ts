/**
 * Timeouts and retries of the AWS clients. The client repeats after throttling, timeouts and 5xx, with growing,
 * jittered pauses. After the last attempt the call rejects, and the queue or the caller tries later.
 */
export const clientOptions = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};

/** Where a client of the API waits: a call that hangs is given up while the function has time left to answer 503. */
export const promptOptions = {
  maxAttempts: 3,
  requestHandler: { ...clientOptions.requestHandler, requestTimeout: 2500 },
};
