import type { Problem } from '../contract/answers.ts';
import { DarkroomError } from './error.ts';
import { retryAfterMs, waitForRetry } from './retry.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type Service = { readonly url: string; readonly key: () => string | undefined; readonly fetch: Fetch };

export type CallOptions = {
  readonly signal?: AbortSignal | undefined;
  /** For a POST: yours, if a repeat may come from another place than this call. */
  readonly idempotencyKey?: string | undefined;
};

type Method = 'GET' | 'POST' | 'DELETE';

/** One call of the API, repeated where a repeat can do no harm. */
export const call = async <T>(
  { url, key: keyNow, fetch }: Service,
  method: Method,
  path: string,
  { signal, idempotencyKey }: CallOptions = {},
  body?: unknown,
): Promise<T> => {
  const key = keyNow();
  const init: RequestInit = {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      // The same at every attempt, so that a repeat of what got through makes nothing twice.
      ...(method === 'POST' && { 'idempotency-key': idempotencyKey ?? newKey() }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  };
  for (let attempt = 1; ; attempt++) {
    const { answer, error, askedMs, again } = await once<T>(fetch, url + path, init, method);
    if (!error) return answer as T;
    if (!again || !(await waitForRetry(attempt, askedMs, signal))) throw error;
  }
};

/** A browser does not tell a page whether there is no network or the page is not allowed. */
const alsoCheck = (url: string): string => {
  const { location } = globalThis as { readonly location?: { readonly href: string; readonly origin: string } };
  if (!location || new URL(url, location.href).origin === location.origin) return '';
  return ', and that the service allows this page (DARKROOM_ALLOWED_ORIGINS on one box, allowedOrigins on AWS)';
};

type Outcome<T> = {
  readonly answer?: T;
  readonly error?: DarkroomError;
  readonly askedMs?: number | undefined;
  /** Whether the same may be tried again. */
  readonly again?: boolean;
};

const once = async <T>(fetch: Fetch, url: string, init: RequestInit, method: Method): Promise<Outcome<T>> => {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, init);
    text = await response.text();
  } catch (cause) {
    init.signal?.throwIfAborted();
    const error = new DarkroomError(
      'unreachable',
      `The service cannot be reached. Check the connection${alsoCheck(url)}.`,
      {
        cause,
      },
    );
    // A deletion whose answer was lost would be answered with 404, and its receipt with it.
    return { error, again: method !== 'DELETE' };
  }
  const { status, ok } = response;
  const said = parse(text);
  if (ok && said !== undefined) return { answer: said as T };
  const askedMs = retryAfterMs(response.headers.get('retry-after'));
  const again = status === 429 || (status >= 500 && method !== 'DELETE');
  return { error: errorOf(said, status, askedMs), askedMs, again };
};

/** A gateway in front of the service may say these in its own name, with a body of its own. */
const bareAnswers: Partial<Record<number, Problem['code']>> = {
  401: 'unauthorized',
  429: 'too-many-requests',
  503: 'unavailable',
};

export const errorOf = (said: unknown, status: number, askedMs?: number): DarkroomError => {
  const more = { status, ...(askedMs !== undefined && { retryAfterSeconds: Math.ceil(askedMs / 1000) }) };
  const problem = said as Partial<Problem> | null | undefined;
  if (problem?.code === undefined) {
    const code = bareAnswers[status];
    if (code) return new DarkroomError(code, `The service answered ${status}, without saying more.`, more);
    return new DarkroomError('unexpected-answer', `The answer (${status}) is not one of Darkroom's.`, more);
  }
  return new DarkroomError(problem.code, problem.detail ?? problem.code, { ...more, fields: problem.errors ?? [] });
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Not `randomUUID`, which browsers have on secure pages only. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
