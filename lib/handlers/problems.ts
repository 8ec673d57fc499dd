import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { apiErrors, Refusal } from '../core/errors.ts';
import type { Problem } from '../messages.ts';
import type { Log } from '../ports.ts';

type Answer = APIGatewayProxyStructuredResultV2;

/** Turns whatever ended a request early into the problem that its sender reads. What we did not foresee is logged here, once. */
export const problems = (log: Log): MiddlewareObj<APIGatewayProxyEventV2, Answer> => ({
  onError: (request) => {
    const refusal = refusalOf(request.error);
    if (refusal.code === 'unavailable')
      log.error('a request could not be answered', {
        requestId: request.context?.awsRequestId,
        method: request.event.requestContext?.http.method,
        path: request.event.rawPath,
        error: request.error,
      });
    request.response = problemAnswer(refusal);
  },
});

export const problemAnswer = (refusal: Refusal, more: { status?: number; headers?: Record<string, string> } = {}) => {
  const { code, message, fields, retryAfterSeconds } = refusal;
  const status = more.status ?? apiErrors[code].status;
  const problem: Problem = { type: 'about:blank', title: apiErrors[code].title, status, code, detail: message };
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      ...more.headers,
    },
    body: JSON.stringify(fields.length > 0 ? { ...problem, errors: fields } : problem),
  } satisfies Answer;
};

const refusalOf = (error: unknown): Refusal => {
  if (error instanceof Refusal) return error;
  const origin = originOf(error);
  if (origin?.package === '@middy/http-json-body-parser')
    return origin.statusCode === 415
      ? new Refusal('invalid-request', 'Send the body as JSON, with the header content-type: application/json.')
      : new Refusal('invalid-request', 'The body is not valid JSON.');
  return new Refusal('unavailable', 'The service cannot answer right now. Try again shortly.', {
    retryAfterSeconds: 5,
    cause: error,
  });
};

/** Errors of middy name the middleware that threw them. */
const originOf = (error: unknown): { package: unknown; statusCode: unknown } | undefined => {
  if (typeof error !== 'object' || error === null || !('cause' in error)) return undefined;
  const { cause } = error;
  if (typeof cause !== 'object' || cause === null || !('package' in cause)) return undefined;
  return { package: cause.package, statusCode: 'statusCode' in error ? error.statusCode : undefined };
};
