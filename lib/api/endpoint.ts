import type * as z from 'zod';
import { wayCacheControl } from '../core/delivery.ts';
import { type FieldError, Refusal } from '../core/errors.ts';
import type { Grant } from '../core/grants.ts';
import type { Claim } from '../ports.ts';
import type { Route } from '../routes.ts';
import { claimOf } from './idempotency.ts';

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

export type Call<R extends Route> = {
  readonly params: Parsed<R['params']>;
  readonly query: Parsed<R['query']>;
  readonly body: Parsed<R['body']>;
  /** Of a request that came with an Idempotency-Key. */
  readonly claim: Claim | undefined;
  /** The `Accept` header of the caller. */
  readonly accept: string;
  /** What the key of the caller allows; everything if undefined. */
  readonly grant: Grant | undefined;
};

/** A page for people, with the headers that say what it may load. */
export type Page = { readonly text: string; readonly headers: Readonly<Record<string, string>> };

/** Where to go instead. */
export type Redirect = { readonly location: string };

type Answered<R extends Route> = R['answer'] extends { readonly schema: infer Schema }
  ? z.input<Schema & z.ZodType>
  : R['answer'] extends { readonly status: 302 }
    ? Redirect
    : Page;

/** A matched request in, its response out. Throws a Refusal. */
export type Endpoint = (
  request: Request,
  facts: {
    readonly url: URL;
    readonly params: Readonly<Record<string, string>>;
    readonly at: number;
    readonly grant: Grant | undefined;
  },
) => Promise<Response>;

/** One row of the table as an endpoint: parsed once, at the edge, by the schemas of its row; answered as its row says. */
export const endpoint =
  <R extends Route>(route: R, answer: (call: Call<R>) => Promise<Answered<R>>): Endpoint =>
  async (request, { url, params, at, grant }) => {
    const body = route.body && parse(route.body, await readJson(request, route.body), 'invalid-request');
    const call = {
      params: parse(route.params, params, 'not-found'),
      query: parse(route.query, queryOf(url), 'invalid-request'),
      body,
      claim: route.idempotent && claimOf(request, url.pathname, body, at),
      accept: request.headers.get('accept') ?? '',
      grant,
    } as Call<R>;
    return written(route.answer, await answer(call));
  };

const jsonType = /^application\/([\w.+-]+\+)?json\s*(;|$)/i;

/** If every field is optional, so is the body. */
const readJson = async (request: Request, schema: z.ZodType): Promise<unknown> => {
  const text = await request.text();
  if (text === '' && schema.safeParse({}).success) return {};
  if (!jsonType.test(request.headers.get('content-type') ?? ''))
    throw new Refusal('invalid-request', 'Send the body as JSON, with the header content-type: application/json.');
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('invalid-request', 'The body is not valid JSON.');
  }
};

/** A repeated parameter becomes one value with a comma, as API Gateway joins them. */
const queryOf = ({ searchParams }: URL): Record<string, string> =>
  Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name).join(',')]));

const written = (answer: Route['answer'], given: unknown): Response => {
  if (answer.status === 302) return redirect(given as Redirect);
  const { text, headers } = 'schema' in answer ? json(given) : page(answer.contentType, given as Page);
  const isUnavailable = 'whenUnavailable' in answer && (given as { status: unknown }).status === 'unavailable';
  const status = isUnavailable ? 503 : answer.status;
  return new Response(text, { status, headers: { 'cache-control': 'no-store', ...headers } });
};

const redirect = ({ location }: Redirect): Response =>
  new Response(null, { status: 302, headers: { location, 'cache-control': wayCacheControl, vary: 'accept' } });

const json = (body: unknown): Page => ({
  text: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

const page = (contentType: string, { text, headers }: Page): Page => ({
  text,
  headers: {
    ...headers,
    'content-type': contentType,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  },
});

const parse = (schema: z.ZodType | undefined, value: unknown, code: 'not-found' | 'invalid-request'): unknown => {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  if (code === 'not-found') throw new Refusal(code, 'There is nothing at this address.');
  const fields = parsed.error.issues.flatMap(fieldErrors);
  const which = [...new Set(fields.map((field) => field.path || 'the body'))].join(', ');
  throw new Refusal(code, `Correct ${which} and send the request again.`, { fields });
};

const fieldErrors = (issue: z.core.$ZodIssue): FieldError[] => {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path.join('.'), message: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is not a field of this request' }));
};
