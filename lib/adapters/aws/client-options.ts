/**
 * How long a call to AWS may take before it is trouble. Throttling, timeouts and 5xx are repeated by the client with
 * growing, jittered pauses; what still fails after the last attempt rejects, and the queue or the caller tries later.
 */
export const clientOptions = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};
