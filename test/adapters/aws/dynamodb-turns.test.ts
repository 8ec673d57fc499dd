import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import { documentClient } from '../../../lib/adapters/aws/document-client.ts';
import { dynamodbTurns } from '../../../lib/adapters/aws/dynamodb-turns.ts';

type Value = { readonly N?: string; readonly S?: string };
type Put = {
  readonly Item: Readonly<Record<string, Value>>;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues: Readonly<Record<string, Value>>;
};

/** As much of a condition as a turn uses: comparisons of one attribute, with OR between them. */
const holds = (put: Put, item: Put['Item'] | undefined): boolean =>
  put.ConditionExpression.split(' OR ').some((term) => {
    const named = /#\w+/.exec(term)?.[0] ?? '';
    const stored = item?.[put.ExpressionAttributeNames[named] ?? ''];
    if (term.startsWith('attribute_not_exists')) return stored === undefined;
    const given = put.ExpressionAttributeValues[/:\w+/.exec(term)?.[0] ?? ''];
    if (stored === undefined || given === undefined) return false;
    return term.includes('<=') ? Number(stored.N) <= Number(given.N) : (stored.N ?? stored.S) === (given.N ?? given.S);
  });

/** A table of one item, whose answers to these calls are lost, though they were done. */
const tableThatLoses = async (...lost: readonly number[]) => {
  let item: Put['Item'] | undefined;
  let calls = 0;
  const server = createServer(async (request, response) => {
    const put = (await json(request)) as Put;
    const isDone = holds(put, item);
    if (isDone) item = put.Item;
    const refusal = { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException' };
    const status = lost.includes(++calls) ? 500 : isDone ? 200 : 400;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(isDone ? {} : refusal));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dynamo = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  return {
    turns: dynamodbTurns(documentClient(dynamo), 'table'),
    [Symbol.asyncDispose]: async () => {
      dynamo.destroy();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

test('a turn is taken by one run, until it is given back or its time is over', async () => {
  await using table = await tableThatLoses();
  expect(await table.turns.take('sweep', 1, 100)).toBe(true);
  expect(await table.turns.take('sweep', 2, 102)).toBe(false);
  await table.turns.giveBack('sweep', 100);
  expect(await table.turns.take('sweep', 3, 103)).toBe(true);
  expect(await table.turns.take('sweep', 103, 203)).toBe(true);
  await table.turns.giveBack('sweep', 103);
  expect(await table.turns.take('sweep', 104, 204)).toBe(false);
});

test('a turn whose answer was lost belongs to the run that has taken it, and to no other', async () => {
  await using table = await tableThatLoses(1);
  expect(await table.turns.take('sweep', 1, 100)).toBe(true);
  expect(await table.turns.take('sweep', 1, 100)).toBe(false);
});

test('a turn that was given back, and the answer lost, is free', async () => {
  await using table = await tableThatLoses(2);
  await table.turns.take('sweep', 1, 100);
  await table.turns.giveBack('sweep', 100);
  expect(await table.turns.take('sweep', 2, 102)).toBe(true);
});
