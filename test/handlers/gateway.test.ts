import { describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Answer, answerWith, type Caller } from '../../lib/api/answer.ts';
import type { Ticket } from '../../lib/contract/answers.ts';
import { gatewayHandler, requestFromGateway } from '../../lib/handlers/gateway.ts';
import { openWorld } from '../support/world.ts';

/** An event as the documentation of HTTP APIs shows it (payload format 2.0), with what a test changes. */
const eventOf = ({ http = {}, authorizer, ...more }: Changes = {}) =>
  ({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/v1/images',
    rawQueryString: '',
    headers: { host: 'id.execute-api.us-east-1.amazonaws.com', accept: '*/*' },
    isBase64Encoded: false,
    ...more,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api-id',
      authorizer,
      domainName: 'id.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'id',
      http: {
        method: 'GET',
        path: '/v1/images',
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'agent',
        ...http,
      },
      requestId: 'id',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2020:19:03:58 +0000',
      timeEpoch: 1583348638390,
    },
  }) as unknown as APIGatewayProxyEventV2;
type Changes = Partial<Omit<APIGatewayProxyEventV2, 'requestContext'>> & {
  readonly http?: Partial<APIGatewayProxyEventV2['requestContext']['http']>;
  readonly authorizer?: object;
};

const requestFrom = (changes: Changes): Request => {
  const request = requestFromGateway(eventOf(changes));
  if (!request) throw new Error('the event is no request');
  return request;
};

describe('An event of the gateway becomes a request', () => {
  test('with its method, address and headers', () => {
    const request = requestFrom({ http: { method: 'DELETE', path: '/v1/images/abc' } });
    expect([request.method, request.url]).toEqual(['DELETE', 'https://gateway/v1/images/abc']);
    expect(request.headers.get('ACCEPT')).toBe('*/*');
  });

  test.each([
    ['', []],
    ['limit=5', [['limit', '5']]],
    [
      'status=ready&status=failed',
      [
        ['status', 'ready'],
        ['status', 'failed'],
      ],
    ],
    ['collection=a%20b%26c%2Bd', [['collection', 'a b&c+d']]],
    ['collection=a+b', [['collection', 'a b']]],
    ['collection=%E9%95%BF', [['collection', '长']]],
    ['cursor=', [['cursor', '']]],
  ])('with the query %j', (rawQueryString, pairs) => {
    expect([...new URL(requestFrom({ rawQueryString }).url).searchParams]).toEqual(pairs);
  });

  test.each([
    ['plain text', '{"a":"é"}', false],
    ['base64', Buffer.from('{"a":"é"}').toString('base64'), true],
  ])('with a body that comes as %s', async (_how, body, isBase64Encoded) => {
    const request = requestFrom({ http: { method: 'POST' }, body, isBase64Encoded });
    expect(await request.text()).toBe('{"a":"é"}');
  });

  test('with an empty body where there is none', async () => {
    expect(await requestFrom({ http: { method: 'POST' } }).text()).toBe('');
  });

  test('without a body where its method has none', async () => {
    for (const method of ['GET', 'HEAD'])
      expect(await requestFrom({ http: { method }, body: 'what proxies add', isBase64Encoded: false }).text()).toBe('');
  });

  test('with the cookies, which come beside the headers', () => {
    expect(requestFrom({ cookies: ['a=1', 'b=2'] }).headers.get('cookie')).toBe('a=1; b=2');
  });

  test('with a header that was sent twice as one with both values', () => {
    expect(requestFrom({ headers: { accept: 'image/avif,image/webp' } }).headers.get('accept')).toBe(
      'image/avif,image/webp',
    );
  });

  test.each(['/v1//images', '/v1/images/../health', '/v1/images/%2e%2e', '//elsewhere.example/v1'])(
    'never of the host that its path names: %s',
    (path) => {
      expect(new URL(requestFrom({ http: { path } }).url).host).toBe('gateway');
    },
  );
});

/** An API that says what it was asked by whom. */
const recorder = () => {
  const asked: { request: Request; caller: Caller }[] = [];
  const answer: Answer = async (request, caller) => {
    asked.push({ request, caller });
    return new Response('served', { status: 201, headers: { 'X-Two': 'a', 'content-type': 'text/plain' } });
  };
  return { asked, handle: gatewayHandler(answer) };
};

describe('A caller', () => {
  test.each([
    [true, 'a known key', { lambda: { key: 'known' } }],
    [true, 'a token that the gateway has checked', { jwt: { claims: { sub: 'a person' } } }],
    [false, 'an unknown key', { lambda: { key: 'unknown' } }],
    [false, 'a verdict of another shape', { lambda: { key: true } }],
    [false, 'an empty verdict', { lambda: null }],
    [false, 'no token', { jwt: null }],
    [false, 'no authorizer', undefined],
  ])('is known: %s, with %s', async (isKnown, _what, authorizer) => {
    const { asked, handle } = recorder();
    await handle(eventOf({ ...(authorizer && { authorizer }) }));
    expect(asked[0]?.caller).toMatchObject({ isKnown, requestId: 'id' });
  });

  const limits = { rights: ['upload'], collections: ['shop-'] };
  const keyWith = (more: object) => ({ lambda: { key: 'known', ...more } });
  const tokenWith = (claims: object) => ({ jwt: { claims } });

  test.each([
    ['a key without limits', keyWith({}), undefined],
    ['a key with limits', keyWith(limits), limits],
    ['a token without scopes of ours', tokenWith({ scope: 'openid email' }), undefined],
    [
      'a token with scopes',
      tokenWith({ scope: 'email darkroom:upload darkroom:read' }),
      { rights: ['upload', 'read'] },
    ],
    ['a token with collections', tokenWith({ scope: 'darkroom:upload darkroom:collection:shop-' }), limits],
    [
      'a token with collections as Cognito writes them',
      tokenWith({ scope: 'darkroom/upload darkroom/collection/shop-' }),
      limits,
    ],
    [
      'a token with collections and no right',
      tokenWith({ scope: 'darkroom:collection:a' }),
      { rights: [], collections: ['a'] },
    ],
    ['a token with scopes as Cognito writes them', tokenWith({ scope: 'darkroom/manage' }), { rights: ['manage'] }],
    ['a token with a list of scopes', tokenWith({ scp: '[darkroom:read email]' }), { rights: ['read'] }],
    [
      'a token with scopes in both claims',
      tokenWith({ scope: 'openid', scp: '[darkroom:read]' }),
      { rights: ['read'] },
    ],
    [
      'a token whose collection has no name',
      tokenWith({ scope: 'darkroom:read darkroom:collection:' }),
      { rights: ['read'], collections: [] },
    ],
    [
      'a token whose collection is misspelt',
      tokenWith({ scope: 'darkroom:read darkroom:collections:shop-' }),
      { rights: ['read'], collections: [] },
    ],
    ['a token whose scope of ours is none', tokenWith({ scope: 'darkroom:admin' }), { rights: [] }],
  ])('may do what %s allows', async (_what, authorizer, grant) => {
    const { asked, handle } = recorder();
    await handle(eventOf({ authorizer }));
    expect(asked[0]?.caller.grant).toEqual(grant);
  });
});

describe('The gateway gets', () => {
  test('the status, the headers and the text of an answer', async () => {
    expect(await recorder().handle(eventOf())).toEqual({
      statusCode: 201,
      headers: { 'x-two': 'a', 'content-type': 'text/plain', 'x-request-id': 'id' },
      body: 'served',
    });
  });

  test('an answer to every preflight, and adds the headers itself', async () => {
    const { asked, handle } = recorder();
    expect(await handle(eventOf({ http: { method: 'OPTIONS' } }))).toEqual({
      statusCode: 204,
      headers: { 'x-request-id': 'id' },
    });
    expect(asked).toEqual([]);
  });

  test.each([
    ['a method that no route has', { http: { method: 'TRACE' } }, 405],
    ['a header with a line break', { headers: { a: 'b\nc' } }, 400],
  ])('a refusal of %s', async (_what, changes, status) => {
    const { asked, handle } = recorder();
    const { statusCode, headers, body } = await handle(eventOf(changes));
    expect(headers).toMatchObject({ 'x-request-id': 'id' });
    expect([statusCode, JSON.parse(body ?? '').code]).toEqual([status, 'invalid-request']);
    expect(asked).toEqual([]);
  });
});

test('Behind a gateway that takes tokens of an issuer, the token of a ticket opens its image, and no other call', async () => {
  const world = await openWorld();
  const store = { upload: async () => ({ url: 'https://store.example/', headers: {} }), download: async () => '' };
  const handle = gatewayHandler(
    answerWith({
      ...world,
      tickets: store,
      watchSecret: async () => 'secret',
      site: 'https://pictures.example',
      release: '9.9.9',
      look: async () => [],
    }),
  );
  const post = { method: 'POST', path: '/v1/images' };
  const body = JSON.stringify({ contentType: 'image/jpeg', bytes: 1000 });
  const jwt = { jwt: { claims: { scope: 'darkroom:upload' } } };
  const issued = await handle(
    eventOf({ http: post, authorizer: jwt, headers: { 'content-type': 'application/json' }, body }),
  );
  const { id, watch }: Ticket = JSON.parse(`${issued.body}`);
  // The gateway has checked nothing of these.
  const statuses = ['GET /v1/uploads/', 'DELETE /v1/images/'].map(async (call) => {
    const [method = '', path] = call.split(' ');
    const headers = { authorization: `Bearer ${watch.token}` };
    return (await handle(eventOf({ http: { method, path: `${path}${id}` }, headers }))).statusCode;
  });
  expect(await Promise.all(statuses)).toEqual([200, 401]);
  await world.close();
});
