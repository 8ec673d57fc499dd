import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi';
import { problem } from '../contract/answers.ts';
import { idempotencyKey } from '../contract/requests.ts';
import type { Config } from '../core/config.ts';
import { type ApiErrorCode, apiErrors } from '../core/errors.ts';
import { type Route, type RouteName, routes, type Tag } from '../routes.ts';
import { examples, problemExample } from './examples.ts';
import { sizeInWords, timeInWords } from './units.ts';

/** The part of OpenAPI 3.1 that our document uses. */
export type OpenApi = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Record<string, Schema>; readonly responses: Record<string, Reply> };
};
export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Reply | SchemaReference>>;
};
export type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
};
export type Reply = { readonly description: string; readonly content?: Content };
export type SchemaReference = { readonly $ref: string };
type Content = Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;
export type Schema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  pattern?: string;
};

const tags = {
  Images: 'One image at a time: upload, look, replace, make again, delete.',
  Jobs: 'Many images at a time.',
  Service: 'About the service itself. These calls need no key.',
} as const satisfies Record<Tag, string>;

type Described = {
  readonly config: Config;
  readonly release: string;
  /** Whether this home knows what its work costs. */
  readonly hasPrices?: boolean;
};

/** The whole API, as this deployment of it answers: with its presets, its limits and the types that it takes. */
export const openApiDocument = ({ config, release, hasPrices = false }: Described): OpenApi => {
  const document = createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Darkroom',
      version: release,
      license: { name: 'MIT', identifier: 'MIT' },
      summary: 'An original goes in once; every variant of it is made once, ahead of time.',
      description: introduction(config),
    },
    servers: [{ url: '/', description: 'The service that gave out this document.' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    security: [{ bearer: [] }],
    paths: paths(),
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A key of this service, which may be limited to the rights `upload`, `read` or `manage` and to collections. A service that listens on its own machine only may need none.',
        },
        watch: {
          type: 'http',
          scheme: 'bearer',
          description: 'The `watch.token` of a ticket. It opens the image of this ticket and nothing else, for a day.',
        },
      },
      responses: Object.fromEntries(codes.map((code) => [code, problemResponse(code)])),
    },
  }) as unknown as OpenApi;
  narrow(document.components.schemas, config);
  // A budget in dollars is refused without prices.
  if (!hasPrices) delete document.components.schemas.Budget?.properties?.dollars;
  // For programs that check a file before it is sent.
  const { maxBytes, minWidth, minHeight, maxWidth, maxHeight, maxPixels } = config.limits;
  const limits = { accept: config.accept, maxBytes, minWidth, minHeight, maxWidth, maxHeight, maxPixels };
  return Object.assign(document, { 'x-limits': limits });
};

const codes = Object.keys(apiErrors) as ApiErrorCode[];

const introduction = (config: Config): string =>
  `Pictures are uploaded in two steps: \`POST /v1/images\` answers with a ticket, and the file goes straight to the store with the \`PUT\` that the ticket describes. The service makes every variant of it, and people see those as static files under URLs that never change their bytes.

This service takes ${config.accept.join(', ')}, up to ${sizeInWords(config.limits.maxBytes)} (${config.limits.maxBytes} bytes), from ${config.limits.minWidth} × ${config.limits.minHeight} to ${config.limits.maxWidth} × ${config.limits.maxHeight} pixels. A ticket lives ${timeInWords(config.ticketSeconds)}.

Every refusal is a problem (RFC 9457) with a stable \`code\`. A path that is known, but not with this method, is answered with 405, the header \`Allow\` and the code \`invalid-request\`. A \`POST\` with an \`Idempotency-Key\` may be repeated for 24 hours.`;

const paths = () => {
  const all: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    all[route.path] ??= {};
    Object.assign(all[route.path] ?? {}, { [route.method.toLowerCase()]: operation(name, route) });
  }
  return all;
};

const operation = (name: RouteName, route: Route): ZodOpenApiOperationObject => {
  const { body, answer } = name in examples ? examples[name as keyof typeof examples] : {};
  const header = z.object({ 'idempotency-key': idempotencyKey.optional().meta({ description: idempotency }) });
  return {
    operationId: name,
    summary: route.summary,
    description: route.description,
    tags: [route.tag],
    ...(route.open && { security: route.open === 'watch' ? [{ watch: [] }] : [] }),
    requestParams: {
      ...(route.params && { path: route.params }),
      ...(route.query && { query: route.query }),
      ...(route.idempotent && { header }),
    },
    ...(route.body && {
      requestBody: {
        required: !route.body.safeParse({}).success,
        content: { 'application/json': { schema: route.body, example: body } },
      },
    }),
    responses: {
      [route.answer.status]: success(route, answer),
      ...Object.fromEntries(
        refusalsOf(route).map((code) => [apiErrors[code].status, { $ref: `#/components/responses/${code}` }]),
      ),
      ...('whenUnavailable' in route.answer && { 503: unavailable(route) }),
    },
  };
};

const idempotency =
  'Any text of your own that is new for every new request. For 24 hours, a repeat of the request under the same key gets what the first one made instead of making it again; another request under it is a conflict.';

const success = ({ answer, summary }: Route, example: unknown): ZodOpenApiResponseObject => {
  if (answer.status === 302)
    return {
      description: 'The address of a variant.',
      headers: { location: { description: 'Where the variant is served.', schema: { type: 'string' } } },
    };
  if ('contentType' in answer)
    return { description: summary, content: { 'text/html': { schema: { type: 'string' } } } };
  return {
    description: answer.schema.meta()?.description ?? summary,
    content: { 'application/json': { schema: answer.schema, ...(example !== undefined && { example }) } },
  };
};

/** The usual answer with status 503, or a problem document. */
const unavailable = (route: Route): ZodOpenApiResponseObject => ({
  ...success(route, undefined),
  description: 'A request for a ticket would be refused.',
  content: { ...success(route, undefined).content, ...problemResponse('unavailable').content },
});

/** The refusals of its own row, and those that every route can give. */
export const refusalsOf = (route: Route): readonly ApiErrorCode[] => {
  const common = {
    'invalid-request': true,
    unauthorized: route.open !== true,
    forbidden: !route.open,
    'too-large': route.body !== undefined,
    'too-many-requests': true,
    unavailable: true,
  };
  const general = Object.entries(common).flatMap(([code, holds]) => (holds ? [code as ApiErrorCode] : []));
  return codes.filter((code) => route.refusals.includes(code) || general.includes(code));
};

const problemResponse = (code: ApiErrorCode): ZodOpenApiResponseObject => ({
  description: `\`${code}\`: ${apiErrors[code].title}`,
  ...((code === 'too-many-requests' || code === 'unavailable') && {
    headers: {
      'retry-after': { description: 'How many seconds to wait.', schema: { type: 'integer', minimum: 0 } },
    },
  }),
  content: { 'application/problem+json': { schema: problem, example: problemExample(code) } },
});

/** The schemas allow what any Darkroom understands; this deployment may accept less. */
const narrow = (schemas: Record<string, Schema>, { accept, limits, presets, defaultPreset }: Config): void => {
  const upload = schemas.UploadRequest?.properties ?? {};
  Object.assign(upload.contentType ?? {}, { enum: [...accept], maxLength: undefined });
  Object.assign(upload.bytes ?? {}, { maximum: limits.maxBytes });
  Object.assign(upload.preset ?? {}, { default: defaultPreset });
  for (const name of ['UploadRequest', 'ReprocessRequest', 'JobRequest'])
    Object.assign(schemas[name]?.properties?.preset ?? {}, { enum: Object.keys(presets), maxLength: undefined });
};
