import { readFile } from 'node:fs/promises';
import { account, region } from './deploy.ts';
import type { Deed } from './iam.ts';

type Call = {
  readonly by: string;
  readonly method: string;
  readonly path: string;
  /** Bucket and key of the object that a PUT copies. */
  readonly copied?: string;
  readonly target?: string;
  readonly body?: string;
  readonly status: number;
};
type Write = Record<string, { readonly TableName: string }>;

/** What every function was seen doing, in the words of IAM. */
export const recordedDeeds = async (file: string): Promise<ReadonlyMap<string, readonly Deed[]>> => {
  const deeds = new Map<string, Deed[]>();
  // The last line may be on its way.
  for (const line of (await readFile(file, 'utf8')).split('\n').slice(0, -1).filter(Boolean)) {
    const call = JSON.parse(line) as Call;
    const known = deeds.get(call.by) ?? [];
    deeds.set(call.by, known);
    known.push(...(call.target === undefined ? restDeeds(call) : jsonDeeds(call, call.target)));
  }
  return deeds;
};

const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;

const jsonDeeds = ({ body = '{}' }: Call, target: string): Deed[] => {
  const [service = '', action = ''] = target.split('.');
  const input = JSON.parse(body) as Record<string, unknown>;
  if (service.startsWith('DynamoDB')) return tableDeeds(action, input);
  if (service === 'AmazonSQS')
    return [{ action: `sqs:${action}`, resource: arn('sqs', String(input.QueueUrl).split('/').at(-1) ?? '') }];
  if (service === 'AWSStepFunctions') return [{ action: `states:${action}`, resource: String(input.stateMachineArn) }];
  if (service === 'secretsmanager') return [{ action: `secretsmanager:${action}`, resource: String(input.SecretId) }];
  if (service.startsWith('GraniteService')) return [{ action: `cloudwatch:${action}`, resource: '*' }];
  if (service === 'AWSEvents') {
    const [entry] = input.Entries as [{ EventBusName: string }];
    return [{ action: `events:${action}`, resource: arn('events', `event-bus/${entry.EventBusName}`) }];
  }
  throw new Error(`A call that was not expected: ${target}`);
};

const tableDeeds = (action: string, input: Record<string, unknown>): Deed[] => {
  const table = (name: unknown) => arn('dynamodb', `table/${name}`);
  if (action === 'TransactWriteItems')
    return (input.TransactItems as Write[]).flatMap((write) =>
      Object.entries(write).map(([kind, { TableName }]) => ({
        action: `dynamodb:${kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`}`,
        resource: table(TableName),
      })),
    );
  if (input.RequestItems)
    return Object.keys(input.RequestItems as object).map((name) => ({
      action: `dynamodb:${action}`,
      resource: table(name),
    }));
  const index = input.IndexName === undefined ? '' : `/index/${input.IndexName}`;
  return [{ action: `dynamodb:${action}`, resource: `${table(input.TableName)}${index}` }];
};

const restDeeds = (call: Call): Deed[] => {
  const [, distribution] = /^\/2020-05-31\/distribution\/([^/]+)\/invalidation$/.exec(call.path) ?? [];
  if (distribution === undefined) return s3Deeds(call);
  const resource = `arn:aws:cloudfront::${account}:distribution/${distribution}`;
  return [{ action: 'cloudfront:CreateInvalidation', resource }];
};

const s3Deeds = ({ method, path, copied, body = '', status }: Call): Deed[] => {
  const url = new URL(path, 'http://s3');
  const [, bucket = '', ...rest] = url.pathname.split('/');
  const key = rest.join('/');
  const object = `arn:aws:s3:::${bucket}/${key}`;
  const list = { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` };
  const context = { 's3:prefix': url.searchParams.get('prefix') ?? '' };
  const put = { action: 's3:PutObject', resource: object };
  if (copied !== undefined) return [put, { action: 's3:GetObject', resource: `arn:aws:s3:::${copied}` }];
  if (method === 'PUT') return [put];
  if (key !== '') {
    const read = { action: 's3:GetObject', resource: object };
    // Without the right to list, S3 says 403 where there is nothing, and the function could not tell.
    return status === 404 ? [read, list] : [read];
  }
  if (method === 'GET') return [{ ...list, context }];
  if (url.searchParams.has('delete'))
    return [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, name]) => ({
      action: 's3:DeleteObject',
      resource: `arn:aws:s3:::${bucket}/${name}`,
    }));
  throw new Error(`A call that was not expected: ${method} ${path}`);
};
