import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accountLimit } from '../../../lib/adapters/aws/account-limit.ts';

/** A Lambda that answers everything in the same way, and notes what it was asked. */
let answer: { readonly status: number; readonly body: object };
let asked: string | undefined;
const server = createServer((request, response) => {
  asked = `${request.url} ${request.headers.authorization}`;
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
});

describe('The limit of an account', () => {
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

  const limits = { AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 } };
  test.each([
    ['that says it', 200, limits, { functions: 10, unreserved: 10 }],
    ['that says nothing', 200, {}, undefined],
    ['that does not let one look', 403, { __type: 'AccessDeniedException' }, undefined],
    ['that is out of order', 500, {}, undefined],
  ])('%s (%i) is known or not, and stops no deploy', async (_title, status, body, expected) => {
    answer = { status, body };
    expect(await accountLimit({ region: 'eu-west-1' })).toEqual(expected);
    expect(asked).toContain('/account-settings');
    expect(asked).toContain('/eu-west-1/lambda/');
  });
});
