import middy from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type * as z from 'zod';
import { foreverCacheControl } from '../core/delivery.ts';
import { type FieldError, Refusal } from '../core/errors.ts';
import type { Claim, Clock, Log } from '../ports.ts';
import type { Route } from '../routes.ts';
import { claimOf } from './idempotency.ts';
import { problems } from './problems.ts';

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

export type Call<R extends Route> = {
  readonly params: Parsed<R['params']>;
  readonly query: Parsed<R['query']>;
  readonly body: Parsed<R['body']>;
  /** Of a request that came with an Idempotency-Key. */
  readonly claim: Claim | undefined;
  /** What the caller can show. */
  readonly accept: string;
};

/** A page for people, with the headers that say what it may load. */
export type Page = { readonly text: string; readonly headers: Readonly<Record<string, string>> };

/** Where to go instead, for good. */
export type Redirect = { readonly location: string };

type Answered<R extends Route> = R['answer'] extends { readonly schema: infer Schema }
  ? z.input<Schema & z.ZodType>
  : R['answer'] extends { readonly status: 302 }
    ? Redirect
    : Page;

export type Endpoint<R extends Route> = (call: Call<R>) => Promise<Answered<R>>;

/** One route as a Lambda handler: parsed once, at the edge, by the schemas of its row; answered as its row says. */
export const endpoint = <R extends Route>(
  route: R,
  answer: Endpoint<R>,
  { log, clock }: { readonly log: Log; readonly clock: Clock },
) => {
  const chain = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(httpHeaderNormalizer())
    .use(problems(log));
  if (route.body) chain.before(completeBody(route.body)).use(httpJsonBodyParser());
  return chain.handler(async (event: APIGatewayProxyEventV2) => {
    const body = parse(route.body, event.body, 'invalid-request');
    const call = {
      params: parse(route.params, event.pathParameters ?? {}, 'not-found'),
      query: parse(route.query, event.queryStringParameters ?? {}, 'invalid-request'),
      body,
      claim: route.idempotent && claimOf(event, body, clock.now()),
      accept: event.headers.accept ?? '',
    } as Call<R>;
    return written(route.answer, await answer(call));
  });
};

/** Where every field may be left out, the body may be left out as a whole. */
const completeBody = (schema: z.ZodType) => {
  const isOptional = schema.safeParse({}).success;
  return ({ event }: { event: APIGatewayProxyEventV2 }): void => {
    if (event.body !== undefined || !isOptional) return;
    event.body = '{}';
    event.headers['content-type'] = 'application/json';
  };
};

const written = (answer: Route['answer'], given: unknown): APIGatewayProxyStructuredResultV2 => {
  if (answer.status === 302) return redirect(given as Redirect);
  const { text, headers } = 'schema' in answer ? json(given) : page(answer.contentType, given as Page);
  const isUnavailable = 'whenUnavailable' in answer && (given as { status: unknown }).status === 'unavailable';
  return {
    statusCode: isUnavailable ? 503 : answer.status,
    headers: { 'cache-control': 'no-store', ...headers },
    body: text,
  };
};

/** What a version is made of never changes, and so neither does the way to it. */
const redirect = ({ location }: Redirect): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 302,
  headers: { location, 'cache-control': foreverCacheControl, vary: 'accept' },
});

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
