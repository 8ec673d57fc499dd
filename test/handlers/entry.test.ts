import { beforeEach, describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { entry } from '../../lib/handlers/entry.ts';
import { troubleResult } from '../../lib/handlers/gateway.ts';

const context = { awsRequestId: 'this-invocation', getRemainingTimeInMillis: () => 60_000 } as unknown as Context;
let lines: string[];
let log: Parameters<typeof entry>[0];
beforeEach(() => {
  lines = [];
  const note = (message: string) => void lines.push(message);
  log = { info: note, warn: note, error: note, nameInvocation: ({ awsRequestId }) => note(awsRequestId) };
});
const broken = () => Promise.reject(new Error('broken'));

describe('The entry of a function', () => {
  test('hands the event in and the result out, and names the invocation in the log', async () => {
    const handler = entry(log, async (event: number) => event + 1);
    expect(await handler(1, context)).toBe(2);
    expect(lines).toEqual(['this-invocation']);
  });

  test('logs an unforeseen error once and lets Lambda have it', async () => {
    await expect(entry(log, broken)({}, context)).rejects.toThrow('broken');
    expect(lines).toEqual(['this-invocation', 'a function failed']);
  });

  test('answers a caller of the API with the problem of the contract', async () => {
    const event = { requestContext: { requestId: 'this-call' } } as APIGatewayProxyEventV2;
    const result = await entry(log, broken, troubleResult)(event, context);
    expect(result).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5', 'x-request-id': 'this-call' } });
    expect(JSON.parse(`${result.body}`)).toMatchObject({ code: 'unavailable' });
    expect(lines).toEqual(['this-invocation', 'a function failed']);
  });
});
