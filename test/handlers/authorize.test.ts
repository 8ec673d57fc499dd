import { describe, expect, test } from '@jest/globals';
import type { APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { hashOfKey } from '../../lib/core/api-keys.ts';
import { authorizeHandler } from '../../lib/handlers/authorize.ts';

const authorize = authorizeHandler(async () => [hashOfKey('good'), hashOfKey('old')]);

/** A request as the documentation of HTTP APIs shows it to an authorizer (payload format 2.0), with these headers. */
const eventWith = (headers?: Record<string, string>): APIGatewayRequestAuthorizerEventV2 => ({
  version: '2.0',
  type: 'REQUEST',
  routeArn: 'arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/request',
  identitySource: ['user1', '123'],
  routeKey: '$default',
  rawPath: '/my/path',
  rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
  cookies: ['cookie1', 'cookie2'],
  ...(headers && { headers: { host: 'api-id.execute-api.us-east-1.amazonaws.com', ...headers } }),
  queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
  requestContext: {
    accountId: '123456789012',
    apiId: 'api-id',
    domainName: 'id.execute-api.us-east-1.amazonaws.com',
    domainPrefix: 'id',
    http: {
      method: 'POST',
      path: '/my/path',
      protocol: 'HTTP/1.1',
      sourceIp: '192.0.2.1',
      userAgent: 'agent',
    },
    requestId: 'id',
    routeKey: '$default',
    stage: '$default',
    time: '12/Mar/2020:19:03:58 +0000',
    timeEpoch: 1583348638390,
  },
  pathParameters: { parameter1: 'value1' },
  stageVariables: { stageVariable1: 'value1', stageVariable2: 'value2' },
});

describe('The authorizer', () => {
  test('says what a key with rights may do', async () => {
    const stored = { sha256: hashOfKey('limited'), rights: ['upload', 'read'], collections: ['shop-'] } as const;
    const limited = authorizeHandler(async () => [hashOfKey('good'), stored]);
    expect((await limited(eventWith({ authorization: 'Bearer limited' }))).context).toEqual({
      key: 'known',
      rights: ['upload', 'read'],
      collections: ['shop-'],
    });
  });

  test.each([
    [{ authorization: 'Bearer good' }, 'known'],
    [{ authorization: 'Bearer old' }, 'known'],
    [{ authorization: 'Bearer bad' }, 'unknown'],
  ])('finds in %j a key that is %s', async (headers, key) => {
    expect(await authorize(eventWith(headers))).toEqual({ isAuthorized: true, context: { key } });
  });

  test.each([
    'good',
    'Basic Z29vZDpnb29k',
    'Bearer',
    'Bearer <script>',
    'Bearer good good',
    `Bearer ${'a'.repeat(257)}`,
  ])('leaves to the gateway what cannot be a key, without a look at the hashes: %s', async (authorization) => {
    const never = authorizeHandler(() => Promise.reject(new Error('down')));
    expect(await never(eventWith({ authorization }))).toEqual({ isAuthorized: false, context: { key: 'unknown' } });
  });

  test('leaves to the gateway a request without headers', async () => {
    expect(await authorize(eventWith())).toEqual({ isAuthorized: false, context: { key: 'unknown' } });
  });

  test('does not answer while the hashes cannot be read', async () => {
    const broken = authorizeHandler(() => Promise.reject(new Error('down')));
    await expect(broken(eventWith({ authorization: 'Bearer good' }))).rejects.toThrow('down');
  });
});
