import { describe, expect, test } from '@jest/globals';
import type { APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { hashOfKey } from '../../lib/core/api-keys.ts';
import { authorizeHandler } from '../../lib/handlers/authorize.ts';

const authorize = authorizeHandler(async () => [hashOfKey('good'), hashOfKey('old')]);
const ask = (headers: Record<string, string>) =>
  authorize({ headers } as unknown as APIGatewayRequestAuthorizerEventV2);

describe('The authorizer', () => {
  test('says what a key with rights may do', async () => {
    const stored = { sha256: hashOfKey('limited'), rights: ['upload', 'read'], collections: ['shop-'] } as const;
    const limited = authorizeHandler(async () => [hashOfKey('good'), stored]);
    const event = { headers: { authorization: 'Bearer limited' } } as unknown as APIGatewayRequestAuthorizerEventV2;
    expect((await limited(event)).context).toEqual({
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
    expect(await ask(headers as Record<string, string>)).toEqual({ isAuthorized: true, context: { key } });
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
    const event = { headers: { authorization } } as unknown as APIGatewayRequestAuthorizerEventV2;
    expect(await never(event)).toEqual({ isAuthorized: false, context: { key: 'unknown' } });
  });

  test('does not answer while the hashes cannot be read', async () => {
    const broken = authorizeHandler(() => Promise.reject(new Error('down')));
    const event = { headers: { authorization: 'Bearer good' } } as unknown as APIGatewayRequestAuthorizerEventV2;
    await expect(broken(event)).rejects.toThrow('down');
  });
});
