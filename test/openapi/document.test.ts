import { describe, expect, test } from '@jest/globals';
import type { ZodType } from 'zod';
import config from '../../darkroom.config.ts';
import { problem } from '../../lib/contract/answers.ts';
import { idempotencyKey, uploadRequest } from '../../lib/contract/requests.ts';
import { defineConfig } from '../../lib/core/config.ts';
import { apiErrors } from '../../lib/core/errors.ts';
import { type Operation, openApiDocument, refusalsOf } from '../../lib/openapi/document.ts';
import { type Route, routes } from '../../lib/routes.ts';

const document = openApiDocument({ config, release: '1.2.3' });
const table = Object.entries<Route>(routes);
const operationOf = ({ path, method }: Route): Operation => {
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (!operation) throw new Error(`${method} ${path} is not described`);
  return operation;
};
const strictly = (schema: ZodType, value: unknown) => expect(schema.safeParse(value).error?.issues).toBeUndefined();

describe('the OpenAPI document', () => {
  test('describes every route, and nothing else', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${operationId}: ${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(table.map(([name, { method, path }]) => `${name}: ${method} ${path}`).sort());
  });

  test.each(table)('says of %s what it does and needs', (_name, route) => {
    const { summary, description, tags, security, parameters = [] } = operationOf(route);
    expect([summary, description]).toEqual([route.summary, route.description]);
    expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining([...tags]));
    expect(security).toEqual(route.open && (route.open === 'watch' ? [{ watch: [] }] : []));
    const named = (where: string) => parameters.filter((one) => one.in === where).map(({ name }) => name);
    expect(named('path')).toEqual(Object.keys(route.params?.shape ?? {}));
    expect(named('query')).toEqual(Object.keys(route.query?.shape ?? {}));
    expect(named('header')).toEqual(route.idempotent ? ['idempotency-key'] : []);
    for (const parameter of parameters) expect(parameter.description).toBeTruthy();
  });

  test.each(table)('lists every answer of %s', (_name, route) => {
    const statuses = refusalsOf(route).map((code) => apiErrors[code].status);
    const expected = [route.answer.status, ...statuses].map(String);
    expect(Object.keys(operationOf(route).responses).sort()).toEqual(expected.sort());
  });

  test('needs a key everywhere but where a route is open', () => {
    for (const [, route] of table) expect(refusalsOf(route).includes('unauthorized')).toBe(route.open !== true);
  });

  test.each(table.filter(([, { open }]) => !open))(
    'shows examples of %s that its own schemas accept',
    (_name, route) => {
      const { requestBody, responses } = operationOf(route);
      if (route.body) strictly(route.body, requestBody?.content['application/json']?.example);
      const reply = responses[route.answer.status];
      const example = reply && 'content' in reply && reply.content?.['application/json']?.example;
      expect(example).toBeDefined();
      if ('schema' in route.answer) strictly(route.answer.schema, example);
    },
  );

  test.each(Object.entries(apiErrors))(
    'shows a problem with the code %s as it is really answered',
    (code, { status }) => {
      const example = document.components.responses[code]?.content?.['application/problem+json']?.example;
      strictly(problem, example);
      expect(example).toMatchObject({ code, status });
    },
  );

  test('says how long to wait where waiting helps', () => {
    for (const code of ['too-many-requests', 'unavailable'])
      expect(document.components.responses[code]).toHaveProperty(['headers', 'retry-after']);
  });

  test('states what a program needs that checks a file before it is sent', () => {
    const narrow = defineConfig({
      accept: ['image/png'],
      limits: { ...config.limits, maxPixels: { ...config.limits.maxPixels, png: 4321 } },
    });
    const { maxBytes, minWidth, minHeight, maxWidth, maxHeight, maxPixels } = narrow.limits;
    const sides = { minWidth, minHeight, maxWidth, maxHeight };
    const limits = { accept: ['image/png'], maxBytes, ...sides, maxPixels };
    expect(openApiDocument({ config: narrow, release: '1' })).toMatchObject({ 'x-limits': limits });
    expect(limits.maxPixels.png).toBe(4321);
  });

  test('states the presets, types and limits of this deployment', () => {
    const narrow = defineConfig({ accept: ['image/png'], limits: { ...config.limits, maxBytes: 4321 } });
    const { schemas } = openApiDocument({ config: narrow, release: '1' }).components;
    expect(schemas.UploadRequest?.properties).toMatchObject({
      contentType: { enum: ['image/png'] },
      bytes: { maximum: 4321 },
      preset: { enum: ['web', 'wide', 'full', 'lean', 'gallery', 'thumbnails', 'specimen'], default: 'web' },
    });
    expect(schemas.JobRequest?.properties?.preset?.enum).toContain('specimen');
  });

  test.each([
    [true, ['images', 'dollars']],
    [false, ['images']],
  ])('offers a budget in dollars only where there are prices (%s)', (hasPrices, fields) => {
    const { schemas } = openApiDocument({ config, release: '1', hasPrices }).components;
    expect(Object.keys(schemas.Budget?.properties ?? {})).toEqual(fields);
  });

  test('has no reference that leads nowhere', () => {
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g)];
    expect(names.length).toBeGreaterThan(20);
    for (const [, kind = '', name = ''] of names) expect(document.components).toHaveProperty([kind, name]);
  });

  test('states a pattern of file names that means the same as the one in force', () => {
    const pattern = new RegExp(String(property('filename').pattern), 'u');
    const differs = (text: string) =>
      pattern.test(text) !== uploadRequest.shape.filename.safeParse(text).success ? [text.codePointAt(0)] : [];
    const characters = Array.from({ length: 0x11_000 }, (_, at) => at).filter((at) => at < 0xd800 || at > 0xdfff);
    expect(characters.flatMap((at) => differs(String.fromCodePoint(at)))).toEqual([]);
    expect(['', 'é'.repeat(255), '🎞'.repeat(255), 'a'.repeat(256)].flatMap(differs)).toEqual([]);
    expect(pattern.test('🎞'.repeat(255))).toBe(true);
  });

  test('states how an Idempotency-Key looks', () => {
    const header = operationOf(routes.requestUpload).parameters?.find((one) => one.in === 'header');
    const pattern = new RegExp(String(header?.schema.pattern), 'u');
    for (const key of ['', 'a', 'a b', '~!', 'é', 'a'.repeat(255), 'a'.repeat(256)])
      expect([key, pattern.test(key)]).toEqual([key, idempotencyKey.safeParse(key).success]);
  });
});

const property = (name: string) => document.components.schemas.UploadRequest?.properties?.[name] ?? {};
