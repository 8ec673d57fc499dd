import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasKeys } from '../../../lib/adapters/aws/has-keys.ts';

/** A Secrets Manager that answers everything in the same way. */
let answer: { readonly status: number; readonly body: object };
const server = createServer((_request, response) => {
  response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer.body));
});

describe('Whether there are API keys already', () => {
  const before = { ...process.env };
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env.AWS_ACCESS_KEY_ID = 'test';
    process.env.AWS_SECRET_ACCESS_KEY = 'test';
  });
  afterAll(() => {
    process.env = before;
    server.close();
    server.closeAllConnections();
  });

  test.each([
    ['as the stack makes it', 200, { SecretString: '[]' }, false],
    ['with a hash in it', 200, { SecretString: '["00"]' }, true],
    ['that may not be read', 400, { __type: 'AccessDeniedException' }, undefined],
  ])('knows a secret %s', async (_title, status, body, expected) => {
    answer = { status, body };
    expect(await hasKeys('secret', { region: 'eu-west-1' })).toBe(expected);
  });
});
