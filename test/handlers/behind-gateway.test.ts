import { describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { behindGateway } from '../../lib/handlers/behind-gateway.ts';

const api = behindGateway(async () => ({ statusCode: 200, body: 'served' }));
const ask = (method: string, path: string, more: object = {}, routeKey = `${method} ${path}`) =>
  api(
    { routeKey, requestContext: { http: { method, path }, ...more } } as unknown as APIGatewayProxyEventV2,
    {} as Context,
  );

describe('Behind the gateway', () => {
  test.each([
    ['a known key', { lambda: { key: 'known' } }],
    ['a token that the gateway has checked', { jwt: { claims: { sub: 'somebody' } } }],
  ])('a route is served to %s', async (_what, authorizer) => {
    expect(await ask('GET', '/v1/images', { authorizer })).toMatchObject({ statusCode: 200 });
  });

  test.each([
    ['an unknown key', { authorizer: { lambda: { key: 'unknown' } } }],
    ['a verdict that is none', { authorizer: { lambda: { key: true } } }],
    ['no verdict', { authorizer: { lambda: null } }],
    ['no authorizer', {}],
  ])('a route is refused to %s, with the 401 of the contract', async (_what, context) => {
    const answer = await ask('GET', '/v1/images', context);
    expect(answer).toMatchObject({
      statusCode: 401,
      headers: { 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' },
    });
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ code: 'unauthorized' });
  });

  test('a closed route that came by the way of what is not there is refused', async () => {
    expect(await ask('GET', '/v1/images', {}, '$default')).toMatchObject({ statusCode: 401 });
  });

  test('a preflight is answered, whatever it is about, and leaves the headers to the gateway', async () => {
    expect(await ask('OPTIONS', '/v1/images', {}, '$default')).toEqual({ statusCode: 204 });
  });

  test('what is open is open, and what is not there may say so', async () => {
    expect(await ask('GET', '/v1/health', {})).toMatchObject({ statusCode: 200 });
    expect(await ask('GET', '/v1/nothing', {}, '$default')).toMatchObject({ statusCode: 200 });
  });
});
