import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { accountLimit } from '../../../lib/adapters/aws/account-limit.ts';

type Answer = { readonly status: number; readonly body: object | string };

/** A Lambda and a CloudFormation of three answers, which note what they were asked. */
let settings: Answer;
let resources: Answer;
let concurrency: Readonly<Record<string, Answer>>;
let asked: string[];
const server = createServer(async (request, response) => {
  const form = await text(request);
  asked.push(`${request.url} ${form} ${request.headers.authorization}`);
  const [, name = ''] = /\/functions\/([^/]+)\/concurrency/.exec(request.url ?? '') ?? [];
  const { status, body } = name !== '' ? (concurrency[name] ?? gone) : form === '' ? settings : resources;
  const isText = typeof body === 'string';
  response
    .writeHead(status, { 'content-type': isText ? 'text/xml' : 'application/json' })
    .end(isText ? body : JSON.stringify(body));
});

const gone: Answer = { status: 404, body: { __type: 'ResourceNotFoundException' } };
const refused: Answer = { status: 403, body: { __type: 'AccessDeniedException' } };
const limits: Answer = {
  status: 200,
  body: { AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 150 } },
};
const refusal = (code: string): Answer => ({
  status: 400,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
});
const resource = (type: string, name: string) =>
  `<member><ResourceType>${type}</ResourceType><PhysicalResourceId>${name}</PhysicalResourceId></member>`;
const stackOf = (...functions: readonly string[]): Answer => ({
  status: 200,
  body: `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>
    ${resource('AWS::S3::Bucket', 'bucket')}${functions.map((name) => resource('AWS::Lambda::Function', name)).join('')}
    </StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`,
});
const reserves = (places?: number): Answer => ({
  status: 200,
  body: places === undefined ? {} : { ReservedConcurrentExecutions: places },
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
  beforeEach(() => {
    settings = limits;
    resources = refusal('ValidationError');
    concurrency = {};
    asked = [];
  });
  afterAll(() => {
    process.env = before;
    server.close();
    server.closeAllConnections();
  });
  const limit = () => accountLimit({ region: 'eu-west-1' }, 'Darkroom');

  test.each([
    ['that says it', limits, { functions: 1000, unreserved: 150, ours: 0 }],
    ['that says nothing', { status: 200, body: {} }, undefined],
    ['that does not let one look', refused, undefined],
    ['that is out of order', { status: 500, body: {} }, undefined],
  ])('%s is known or not, and stops no deploy', async (_title, answer, expected) => {
    settings = answer;
    expect(await limit()).toEqual(expected);
    expect(asked[0]).toContain('/account-settings');
    expect(asked[0]).toContain('/eu-west-1/lambda/');
  });

  test('comes with the places that the functions of the stack have reserved, removed functions aside', async () => {
    resources = stackOf('api', 'authorize', 'render', 'removed');
    concurrency = { api: reserves(50), authorize: reserves(50), render: reserves() };
    expect(await limit()).toMatchObject({ ours: 100 });
    expect(asked.filter((call) => call.includes('StackName=Darkroom'))).toHaveLength(1);
    expect(asked.filter((call) => call.includes('/concurrency'))).toHaveLength(4);
  });

  test.each([
    ['the resources of the stack', refusal('AccessDenied')],
    ['the places of its functions', stackOf('api')],
  ])('says nothing of these places where the caller may not read %s', async (_title, ofStack) => {
    resources = ofStack;
    concurrency = { api: refused };
    expect(await limit()).toEqual({ functions: 1000, unreserved: 150, ours: undefined });
  });
});
