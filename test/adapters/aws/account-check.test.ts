import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { checkAccount, type Finding } from '../../../lib/adapters/aws/account-check.ts';
import { quotas, wantedOf } from '../../../lib/adapters/aws/ceilings.ts';

type Answer = { readonly status?: number; readonly body: string | object };

/** An AWS of a few answers, by service and operation; it notes what it was asked. */
let answers: Record<string, Answer>;
let asked: string[];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const [, service = ''] =
      /\/\d{8}\/eu-west-1\/([\w-]+)\/aws4_request/.exec(request.headers.authorization ?? '') ?? [];
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const target = request.headers['x-amz-target'];
    const ofFunction = request.url?.endsWith('/concurrency') ? 'GetFunctionConcurrency' : undefined;
    const operation =
      (typeof target === 'string' ? target.split('.')[1] : ofFunction) ?? form.get('Action') ?? request.method ?? '';
    asked.push(`${service} ${operation}`);
    const { status = 200, body } = answers[`${service} ${operation}`] ?? refusalOf(service);
    const isText = typeof body === 'string';
    response
      .writeHead(status, { 'content-type': isText ? 'text/xml' : 'application/x-amz-json-1.1' })
      .end(isText ? body : JSON.stringify(body));
  });
});

const refusalOf = (service: string): Answer => {
  const error = '<Error><Code>AccessDenied</Code><Message>no</Message></Error>';
  if (service === 's3') return { status: 403, body: error };
  if (service === 'cloudformation') return { status: 403, body: `<ErrorResponse>${error}</ErrorResponse>` };
  return { status: 400, body: { __type: 'AccessDeniedException' } };
};
const stackAnswer = (status: string, isProtected: boolean, outputs: readonly string[] = []): Answer => ({
  body: `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Darkroom</StackName>
    <StackStatus>${status}</StackStatus><EnableTerminationProtection>${isProtected}</EnableTerminationProtection>
    <Outputs>${outputs.map((value) => `<member><OutputKey>x</OutputKey><OutputValue>${value}</OutputValue></member>`).join('')}</Outputs>
    </member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
});
const noStack: Answer = {
  status: 400,
  body: '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>does not exist</Message></Error></ErrorResponse>',
};
const oneFunction: Answer = {
  body: `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><member>
    <ResourceType>AWS::Lambda::Function</ResourceType><PhysicalResourceId>api</PhysicalResourceId>
    </member></StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`,
};
const buckets = (...names: readonly string[]): Answer => ({
  body: `<ListAllMyBucketsResult><Buckets>${names.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('')}</Buckets></ListAllMyBucketsResult>`,
});
const quota = (value: number): Answer => ({ body: { Quota: { Value: value } } });
const concurrency = (functions: number, unreserved = functions): Answer => ({
  body: { AccountLimit: { ConcurrentExecutions: functions, UnreservedConcurrentExecutions: unreserved } },
});

/** An account of the usual size in which nothing has been deployed. */
const fresh: Record<string, Answer> = {
  'sts GetCallerIdentity': {
    body: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/deployer</Arn>
      <UserId>x</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
  },
  'ssm GetParameter': { body: { Parameter: { Value: '30' } } },
  'cloudformation DescribeStacks': noStack,
  'cloudformation ListStackResources': noStack,
  'lambda GET': concurrency(1000),
  'servicequotas GetServiceQuota': quota(1_000_000),
  'dynamodb ListTables': { body: { TableNames: ['another', 'Darkroomy'] } },
  's3 GET': buckets('photos'),
};

describe('A check of an account', () => {
  const before = { ...process.env };
  const where = { region: 'eu-west-1' };
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env.AWS_ACCESS_KEY_ID = 'test';
    process.env.AWS_SECRET_ACCESS_KEY = 'test';
    process.env.AWS_MAX_ATTEMPTS = '1';
  });
  beforeEach(() => {
    asked = [];
    answers = { ...fresh };
  });
  afterAll(() => {
    process.env = before;
    server.close();
    server.closeAllConnections();
  });

  const check = async (settings = {}): Promise<ReadonlyMap<string, Finding>> => {
    const findings = await checkAccount(where, { stackName: 'Darkroom', ...settings });
    return new Map(findings.map((finding) => [finding.what, finding]));
  };

  test('finds nothing to do in a fresh account of the usual size, and only reads', async () => {
    const findings = [...(await check()).values()];
    expect(findings.map(({ verdict }) => verdict)).toEqual(findings.map(() => 'ok'));
    expect(findings[0]?.found).toBe('123456789012 in eu-west-1, as arn:aws:iam::123456789012:user/deployer');
    for (const call of asked) expect(call).toMatch(/^\w+ (?:Get|List|Describe|GET$)/);
  });

  test('says how many deletions a day CloudFront takes, and what they cost, without asking AWS', async () => {
    const finding = (await check()).get('CloudFront: deletions');
    expect(finding?.found).toBe('150 tags a second, enough for about 9,900,000 deletions a day');
    expect(finding?.wanted).toContain('1,000 deletions cost $5');
    expect(asked.filter((call) => call.startsWith('cloudfront'))).toEqual([]);
  });

  test('ends at once if AWS does not know the credentials', async () => {
    answers['sts GetCallerIdentity'] = {
      status: 403,
      body: '<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>',
    };
    const findings = await checkAccount(where, { stackName: 'Darkroom' });
    expect(findings).toMatchObject([{ verdict: 'stops', found: expect.stringContaining('InvalidClientTokenId') }]);
  });

  test.each([
    ['CREATE_COMPLETE', true, 'ok', undefined],
    ['UPDATE_ROLLBACK_COMPLETE', true, 'ok', undefined],
    ['REVIEW_IN_PROGRESS', true, 'ok', undefined],
    ['ROLLBACK_COMPLETE', false, 'ok', undefined],
    ['ROLLBACK_COMPLETE', true, 'stops', 'update-termination-protection --no-enable-termination-protection'],
    ['UPDATE_IN_PROGRESS', true, 'stops', 'Wait'],
    ['UPDATE_ROLLBACK_FAILED', true, 'stops', 'continue-update-rollback'],
    ['DELETE_FAILED', false, 'stops', 'delete-stack'],
  ])('of a stack that is %s (protected: %s) says %s', async (status, isProtected, verdict, todo) => {
    answers['cloudformation DescribeStacks'] = stackAnswer(status, isProtected);
    const finding = (await check()).get('stack Darkroom');
    expect(finding).toMatchObject({ verdict, found: status });
    if (todo !== undefined) expect(finding?.todo).toContain(todo);
  });

  test('says what an account without a bootstrap needs', async () => {
    answers['ssm GetParameter'] = { status: 400, body: { __type: 'ParameterNotFound' } };
    expect((await check()).get('cdk bootstrap')).toMatchObject({ verdict: 'note', found: 'not done' });
  });

  test.each([
    ['a new account, with the renders that the deploy chooses', 10, 10, {}, 'ok'],
    ['a new account, with more renders', 10, 10, { maxConcurrentRenders: 20 }, 'limits'],
    ['places to reserve where AWS would refuse it', 100, 100, { reservedConcurrency: 10 }, 'stops'],
    ['places to reserve where there are enough', 1000, 300, { reservedConcurrency: 100 }, 'ok'],
  ])('of %s (%i, %i unreserved) says so', async (_title, functions, unreserved, settings, verdict) => {
    answers['lambda GET'] = concurrency(functions, unreserved);
    expect((await check(settings)).get('functions at once')?.verdict).toBe(verdict);
  });

  test.each([
    [450, 900, 'ok'],
    [451, 900, 'stops'],
    [450, undefined, 'ok'],
  ])('of a stack that is to reserve %i places twice and is known to have %s: %s', async (wanted, ours, verdict) => {
    answers['lambda GET'] = concurrency(1000, 100);
    answers['cloudformation DescribeStacks'] = stackAnswer('UPDATE_COMPLETE', true);
    answers['cloudformation ListStackResources'] = oneFunction;
    if (ours !== undefined) answers['lambda GetFunctionConcurrency'] = { body: { ReservedConcurrentExecutions: ours } };
    const finding = (await check({ reservedConcurrency: wanted })).get('functions at once');
    expect(finding?.verdict).toBe(verdict);
    expect(finding?.found).toBe(
      `1000, of which 100 are not reserved${ours === undefined ? '' : ', and 900 are reserved by this stack'}`,
    );
  });

  test('says of every quota that is too small for the target what it is enough for, and how to raise it', async () => {
    answers['servicequotas GetServiceQuota'] = { status: 400, body: { __type: 'NoSuchResourceException' } };
    answers['servicequotas GetAWSDefaultServiceQuota'] = quota(100);
    const findings = await check();
    for (const one of quotas) {
      const { verdict, found, todo } = findings.get(one.name) ?? {};
      expect(verdict).toBe('limits');
      expect(found).toBe(`100, enough for ${Math.floor(100 / one.perUpload)} uploads a second`);
      expect(todo).toContain(`--service-code ${one.service} --quota-code ${one.code} --desired-value ${wantedOf(one)}`);
    }
  });

  test('names stores that no stack uses any more, and not those of the present one', async () => {
    answers['dynamodb ListTables'] = {
      body: { TableNames: ['Darkroom-ImagesCatalogueTable1', 'Darkroom-ImagesCatalogueTable2'] },
    };
    answers['s3 GET'] = buckets('darkroom-imagesoriginals1', 'darkroom-imagesoriginals2', 'darkroomy');
    const name = 'stores of an earlier stack';
    expect((await check()).get(name)?.found.split(', ')).toHaveLength(4);
    answers['cloudformation DescribeStacks'] = stackAnswer('UPDATE_COMPLETE', true, [
      'Darkroom-ImagesCatalogueTable2',
      'darkroom-imagesoriginals2',
    ]);
    expect((await check()).get(name)).toMatchObject({
      verdict: 'note',
      found: 'Darkroom-ImagesCatalogueTable1, darkroom-imagesoriginals1',
    });
  });

  test('says what this caller may not read, and stops for none of it', async () => {
    answers = { 'sts GetCallerIdentity': fresh['sts GetCallerIdentity'] as Answer };
    const [identity, ...others] = [...(await check()).values()];
    expect(identity?.verdict).toBe('ok');
    const read = others.filter(({ what }) => what !== 'CloudFront: deletions');
    expect(read).toHaveLength(others.length - 1);
    for (const { verdict, found } of read)
      expect({ verdict, found }).toEqual({ verdict: 'unknown', found: expect.stringContaining('may not read') });
  });
});
