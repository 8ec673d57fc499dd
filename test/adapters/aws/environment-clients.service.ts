import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientsOfEnvironment } from '../../../lib/adapters/aws/environment-clients.ts';

/** More often than the SDK tries by itself. */
const throttles = 4;
let calls = 0;
const server = createServer((_request, response) => {
  const isThrottled = ++calls <= throttles;
  response.writeHead(isThrottled ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(isThrottled ? JSON.stringify({ __type: 'ThrottlingException', message: 'slow down' }) : '{}');
});

const before = { ...process.env };
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.AWS_REGION = 'eu-west-1';
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
});
afterAll(() => {
  process.env = before;
  server.close();
  server.closeAllConnections();
});

test('The table client of a command goes on while a table that is not warm yet throttles its writes', async () => {
  await clientsOfEnvironment().dynamo.send(new PutCommand({ TableName: 'cold', Item: { pk: 'a', sk: 'b' } }));
  expect(calls).toBe(throttles + 1);
});
