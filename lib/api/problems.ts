import type { Problem } from '../contract/answers.ts';
import { apiErrors, type Refusal } from '../core/errors.ts';

/** A refusal as a problem document (RFC 9457). */
export const problemResponse = (
  refusal: Refusal,
  more: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Response => {
  const { code, message, fields, retryAfterSeconds } = refusal;
  const status = more.status ?? apiErrors[code].status;
  const problem: Problem = { type: 'about:blank', title: apiErrors[code].title, status, code, detail: message };
  return new Response(JSON.stringify(fields.length > 0 ? { ...problem, errors: fields } : problem), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(code === 'unauthorized' && { 'www-authenticate': 'Bearer' }),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      ...more.headers,
    },
  });
};
