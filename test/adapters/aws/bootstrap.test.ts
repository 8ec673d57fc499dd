import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isBootstrapped } from '../../../lib/adapters/aws/bootstrap.ts';

/** An SSM that answers everything in the same way, and notes for which region it was asked. */
let answer: { readonly status: number; readonly body: object };
let asked: string | undefined;
const server = createServer((request, response) => {
  asked = request.headers.authorization;
  response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer.body));
});

describe('Whether the CDK is at home in an account', () => {
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
    ['has noted its version', 200, { Parameter: { Value: '30' } }, true],
    ['has noted nothing', 400, { __type: 'ParameterNotFound' }, false],
    ['does not let one look', 400, { __type: 'AccessDeniedException' }, undefined],
  ])('an account that %s', async (_title, status, body, expected) => {
    answer = { status, body };
    expect(await isBootstrapped({ region: 'eu-west-1' })).toBe(expected);
    expect(asked).toContain('/eu-west-1/ssm/');
  });

  test('is not known when the question itself fails', async () => {
    answer = { status: 400, body: { __type: 'UnrecognizedClientException' } };
    await expect(isBootstrapped({ region: 'eu-west-1' })).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });
});
