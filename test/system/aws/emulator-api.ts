import { request } from 'node:http';
import type { Deed, ResourceStatement, Statement } from './iam.ts';

/** What only a test wants to know, asked of the emulator in the protocols of AWS. */

export type DeployedFunction = {
  readonly FunctionName: string;
  readonly FunctionArn: string;
  readonly Role: string;
  readonly Description?: string;
  readonly CodeSha256: string;
  readonly LastModified: string;
  readonly LoggingConfig: { readonly LogGroup: string };
};
type Mapping = {
  readonly EventSourceArn: string;
  readonly FunctionArn: string;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
};

export const functionsAt = async (url: string): Promise<readonly DeployedFunction[]> => {
  const answer = await fetch(`${url}/2015-03-31/functions`, { headers: signedFor('lambda') });
  return ((await answer.json()) as { Functions: DeployedFunction[] }).Functions;
};

/** From which queue or stream each function is called. */
export const mappingsAt = async (url: string): Promise<readonly Mapping[]> => {
  const answer = await fetch(`${url}/2015-03-31/event-source-mappings`, { headers: signedFor('lambda') });
  return ((await answer.json()) as { EventSourceMappings: Mapping[] }).EventSourceMappings;
};

export const invoke = async (url: string, name: string, event: unknown): Promise<unknown> => {
  const answer = await fetch(`${url}/2015-03-31/functions/${name}/invocations`, {
    method: 'POST',
    headers: signedFor('lambda'),
    body: JSON.stringify(event),
  });
  const text = await answer.text();
  if (answer.headers.has('x-amz-function-error')) throw new Error(text);
  return text === '' ? undefined : JSON.parse(text);
};

/**
 * What Lambda does in the name of a function without the function's doing: the permissions that AWS documents for logs
 * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html) and for polling SQS and DynamoDB streams.
 */
export const platformDeeds = async (url: string, deployed: DeployedFunction): Promise<readonly Deed[]> => {
  const mappings = await mappingsAt(url);
  const [, , , region, account] = deployed.FunctionArn.split(':');
  const log = `arn:aws:logs:${region}:${account}:log-group:${deployed.LoggingConfig.LogGroup}:log-stream:one`;
  const deeds = (resource: string, ...actions: string[]): Deed[] => actions.map((action) => ({ action, resource }));
  return [
    ...deeds(log, 'logs:CreateLogStream', 'logs:PutLogEvents'),
    ...mappings
      .filter(({ FunctionArn }) => FunctionArn === deployed.FunctionArn)
      .flatMap(({ EventSourceArn: source, DestinationConfig }) => {
        if (source.startsWith('arn:aws:sqs:'))
          return deeds(source, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes');
        const untold = DestinationConfig?.OnFailure?.Destination;
        return [
          ...deeds(source, 'dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'),
          ...deeds('*', 'dynamodb:ListStreams'),
          ...(untold ? deeds(untold, 'sqs:SendMessage') : []),
        ];
      }),
  ];
};

/** Every statement of every policy of a role, as CloudFormation has put it in place. */
export const statementsOf = async (url: string, roleArn: string): Promise<readonly Statement[]> => {
  const RoleName = roleArn.split('/').at(-1) ?? '';
  const attached = await iam(url, { Action: 'ListAttachedRolePolicies', RoleName });
  if (attached.includes('<PolicyArn>')) throw new Error(`${RoleName} has a managed policy: ${attached}`);
  const names = [...(await iam(url, { Action: 'ListRolePolicies', RoleName })).matchAll(/<member>([^<]+)<\/member>/g)];
  const policies = await Promise.all(
    names.map(async ([, PolicyName = '']) => {
      const answer = await iam(url, { Action: 'GetRolePolicy', RoleName, PolicyName });
      const [, document = ''] = /<PolicyDocument>([\s\S]*)<\/PolicyDocument>/.exec(answer) ?? [];
      return JSON.parse(decodeDocument(document)) as { Statement: Statement[] };
    }),
  );
  return policies.flatMap((policy) => policy.Statement);
};

const decodeDocument = (text: string): string =>
  text.includes('%7B') ? decodeURIComponent(text) : text.replaceAll('&quot;', '"').replaceAll('&amp;', '&');

const iam = async (url: string, parameters: Record<string, string>): Promise<string> => {
  const body = new URLSearchParams({ ...parameters, Version: '2010-05-08' });
  return (await fetch(url, { method: 'POST', headers: signedFor('iam'), body })).text();
};

const policyAt = (url: string, name: string): string => `${url}/2015-03-31/functions/${name}/policy`;

/** Who but its own account may call a function. */
export const policyOf = async (url: string, name: string): Promise<readonly ResourceStatement[]> => {
  const answer = await fetch(policyAt(url, name), { headers: signedFor('lambda') });
  if (answer.status === 404) return [];
  const { Policy } = (await answer.json()) as { Policy: string };
  return (JSON.parse(Policy) as { Statement: ResourceStatement[] }).Statement;
};

export const removePermission = async (url: string, name: string, id: string): Promise<void> => {
  const answer = await fetch(`${policyAt(url, name)}/${id}`, { method: 'DELETE', headers: signedFor('lambda') });
  if (!answer.ok) throw new Error(await answer.text());
};

/** Lets the gateway call a function, for requests whose ARN is like this. */
export const addPermission = async (url: string, name: string, id: string, SourceArn: string): Promise<void> => {
  const permission = {
    StatementId: id,
    Action: 'lambda:InvokeFunction',
    Principal: 'apigateway.amazonaws.com',
    SourceArn,
  };
  const answer = await fetch(policyAt(url, name), {
    method: 'POST',
    headers: signedFor('lambda'),
    body: JSON.stringify(permission),
  });
  if (!answer.ok) throw new Error(await answer.text());
};

/** One entry of a change set: what CloudFormation was asked to change, or has to look at because of that. */
export type Change = {
  readonly action: string;
  readonly id: string;
  readonly type: string;
  readonly replacement: string | undefined;
  /** Of the resource, those that change. */
  readonly properties: readonly string[];
  /** Why they do, without repeats. */
  readonly sources: readonly string[];
};

/** What a change set consists of; undefined when there is none of this name. */
export const changesOf = async (
  url: string,
  StackName: string,
  name: string,
): Promise<readonly Change[] | undefined> => {
  const answer = await cloudFormation(url, { Action: 'DescribeChangeSet', StackName, ChangeSetName: name });
  if (answer.includes('<Code>ChangeSetNotFound</Code>')) return undefined;
  if (!answer.includes('<ExecutionStatus>EXECUTE_COMPLETE</ExecutionStatus>') || answer.includes('<NextToken>'))
    throw new Error(answer);
  return [...answer.matchAll(/<ResourceChange>([\s\S]*?)<\/ResourceChange>/g)].map(([, change = '']) => ({
    action: first(change, 'Action') ?? '',
    id: first(change, 'LogicalResourceId') ?? '',
    type: first(change, 'ResourceType') ?? '',
    replacement: first(change, 'Replacement'),
    properties: all(change, 'Name'),
    sources: [...new Set(all(change, 'ChangeSource'))],
  }));
};

/** Which resource stands behind each name of the template. */
export const physicalIdsOf = async (url: string, StackName: string): Promise<Readonly<Record<string, string>>> => {
  const answer = await cloudFormation(url, { Action: 'DescribeStackResources', StackName });
  const members = [...answer.matchAll(/<member>([\s\S]*?)<\/member>/g)].map(([, member = '']) => member);
  return Object.fromEntries(
    members.map((member) => [first(member, 'LogicalResourceId') ?? '', first(member, 'PhysicalResourceId') ?? '']),
  );
};

/** When a deploy last changed anything. */
export const updatedAt = async (url: string, StackName: string): Promise<string | undefined> =>
  first(await cloudFormation(url, { Action: 'DescribeStacks', StackName }), 'LastUpdatedTime');

/** Every distribution, with the time at which it was last configured. */
export const distributionsAt = async (url: string): Promise<readonly string[]> => {
  const answer = await fetch(`${url}/2020-05-31/distribution`, { headers: signedFor('cloudfront') });
  const text = await answer.text();
  return [...all(text, 'DomainName'), ...all(text, 'LastModifiedTime')];
};

/** Every path that any distribution was told to forget. */
export const forgottenPaths = async (url: string): Promise<readonly string[]> => {
  const cloudfront = async (path: string): Promise<string> =>
    (await fetch(`${url}/2020-05-31/distribution${path}`, { headers: signedFor('cloudfront') })).text();
  const paths: string[] = [];
  const summaries = (await cloudfront('')).match(/<DistributionSummary>[\s\S]*?<\/DistributionSummary>/g) ?? [];
  for (const distribution of summaries.map((summary) => first(summary, 'Id')))
    for (const order of all(await cloudfront(`/${distribution}/invalidation`), 'Id'))
      paths.push(...all(await cloudfront(`/${distribution}/invalidation/${order}`), 'Path'));
  return paths;
};

const all = (text: string, tag: string): readonly string[] =>
  [...text.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, value = '']) => value);

const first = (text: string, tag: string): string | undefined => all(text, tag)[0];

const cloudFormation = async (url: string, parameters: Record<string, string>): Promise<string> => {
  const body = new URLSearchParams({ ...parameters, Version: '2010-05-15' });
  return (await fetch(url, { method: 'POST', headers: signedFor('cloudformation'), body })).text();
};

/** The emulator looks at a signature only to learn which service is meant. */
export const signedFor = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

export type Seen = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

/** A viewer's request to a distribution, which the emulator knows by its host name. */
export const view = (
  url: string,
  domain: string,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Seen> =>
  new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, url),
      { method, headers: { ...headers, host: domain, 'x-forwarded-proto': 'https' }, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    asked.on('error', reject).end();
  });
