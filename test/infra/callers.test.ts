import { describe, expect, test } from '@jest/globals';
import { type Deed, isAllowed, lets, type ResourceStatement, type Statement } from '../system/aws/iam.ts';
import { type Synthesised, synthesised } from './synthesised.ts';

/**
 * Every resource that calls another needs the other's consent, and nothing in a template says so: what lacks it is
 * deployed without a word and fails at the first call. Here each call is made up as the service makes it, and judged as
 * IAM judges it.
 */

type Call = { readonly service: string; readonly deed: Deed };
// biome-ignore lint/suspicious/noExplicitAny: a template has no type of its own; this looks into it.
type Properties = Record<string, any>;
type Template = Readonly<Record<string, { readonly Type: string; readonly Properties: Properties }>>;

const [partition, region, account] = ['aws', 'eu-west-1', '123456789012'];
const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': partition,
  'AWS::Region': region,
  'AWS::AccountId': account,
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackId': `arn:${partition}:cloudformation:${region}:${account}:stack/Darkroom/guid`,
};
const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:${account}:${resource}`;

/** What the ARN of a resource is like whose name is its logical id. */
const arns: Readonly<Record<string, (id: string) => string>> = {
  'AWS::S3::Bucket': (id) => `arn:${partition}:s3:::${id}`,
  'AWS::SQS::Queue': (id) => arn('sqs', id),
  'AWS::SNS::Topic': (id) => arn('sns', id),
  'AWS::Lambda::Function': (id) => arn('lambda', `function:${id}`),
  'AWS::Events::Rule': (id) => arn('events', `rule/${id}`),
  'AWS::DynamoDB::Table': (id) => arn('dynamodb', `table/${id}`),
  'AWS::Logs::LogGroup': (id) => arn('logs', `log-group:${id}:*`),
  'AWS::IAM::Role': (id) => `arn:${partition}:iam::${account}:role/${id}`,
};

/** The value of an expression of the template, with logical ids for names. */
const resolverOf = (template: Template) => {
  const value = (expression: unknown): unknown => {
    if (Array.isArray(expression)) return expression.map(value);
    if (typeof expression !== 'object' || expression === null) return expression;
    const [[key, of] = ['', '']] = Object.entries(expression) as [string, unknown][];
    if (key === 'Ref') return ref(of as string);
    if (key === 'Fn::GetAtt') return attribute(of as [string, string]);
    if (key === 'Fn::Join') {
      const [between, parts] = of as [string, unknown[]];
      return parts.map(value).join(between);
    }
    if (key === 'Fn::Select') return (value((of as unknown[])[1]) as unknown[])[(of as number[])[0] ?? 0];
    if (key === 'Fn::Split') return String(value((of as unknown[])[1])).split((of as string[])[0] ?? '');
    // Of the templates of functions that CDK brings along: text that no check here looks into.
    if (key === 'Fn::Sub') return String(of);
    if (key.startsWith('Fn::')) throw new Error(`This test does not know ${key}.`);
    return Object.fromEntries(Object.entries(expression).map(([name, one]) => [name, value(one)]));
  };
  const arnOf = (id: string) => {
    const type = template[id]?.Type ?? 'nothing';
    const make = arns[type];
    if (!make) throw new Error(`This test does not know the ARN of ${id}, a ${type}.`);
    return make(id);
  };
  const ref = (id: string): string => pseudo[id] ?? (template[id]?.Type === 'AWS::SNS::Topic' ? arnOf(id) : id);
  const attribute = ([id, name]: [string, string]): string => {
    if (name === 'Arn' || name === 'TopicArn') return arnOf(id);
    return name === 'StreamArn' ? `${arnOf(id)}/stream/1` : `${id}.${name}`;
  };
  return { value, arnOf };
};

const listOf = <T>(some: T | readonly T[] | undefined): readonly T[] =>
  some === undefined ? [] : ([some].flat() as readonly T[]);

const readStack = (made: Synthesised) => {
  const { Resources } = made.template.toJSON() as { Resources: Template };
  const { value, arnOf } = resolverOf(Resources);
  const of = (type: string): readonly (readonly [id: string, properties: Properties])[] =>
    Object.entries(Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [id, value(resource.Properties ?? {}) as Properties]);
  return { Resources, of, arnOf };
};
type Stack = ReturnType<typeof readStack>;

/** Who may call what, by the policies that hang at the called. */
const consents = ({ of }: Stack): readonly ResourceStatement[] => [
  ...['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy'].flatMap((type) =>
    of(type).flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement as ResourceStatement[]),
  ),
  ...of('AWS::Lambda::Permission').map(
    ([, { Action, FunctionName, Principal, SourceArn, SourceAccount }]): ResourceStatement => ({
      Effect: 'Allow',
      Principal: { Service: Principal },
      Action,
      Resource: FunctionName,
      Condition: {
        ...(SourceArn !== undefined && { ArnLike: { 'aws:SourceArn': SourceArn } }),
        ...(SourceAccount !== undefined && { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
      },
    }),
  ),
];

/** What a service calls in the name of a resource. AWS calls over TLS, and says for which resource of which account. */
const call = (service: string, action: string, resource: string, sourceArn: string): Call => ({
  service: `${service}.amazonaws.com`,
  deed: {
    action,
    resource,
    context: {
      'aws:SecureTransport': 'true',
      's3:TlsVersion': '1.3',
      'aws:SourceArn': sourceArn,
      'aws:SourceAccount': account,
    },
  },
});

/** How a target is called, by what its ARN says that it is. */
const delivery = (service: string, target: string, sourceArn: string): Call => {
  const kind = target.split(':')[2] ?? '';
  const action = { lambda: 'lambda:InvokeFunction', sqs: 'sqs:SendMessage', sns: 'sns:Publish' }[kind];
  if (action === undefined) throw new Error(`This test does not know how ${service} calls ${target}.`);
  return call(service, action, target, sourceArn);
};

const functionIn = (uri: string): string => /arn:[^/]*:function:[^/]+/.exec(uri)?.[0] ?? uri;

/** The types that call, each with its calls. */
const callers: Readonly<Record<string, (stack: Stack, id: string, properties: Properties) => readonly Call[]>> = {
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html; the catch-all has no path.
  'AWS::ApiGatewayV2::Route': ({ of }, _id, { ApiId, RouteKey, Target }) => {
    const integration = of('AWS::ApiGatewayV2::Integration').find(([id]) => Target === `integrations/${id}`)?.[1];
    const end = RouteKey === '$default' ? '$default' : RouteKey.replace(' ', '');
    const source = arn('execute-api', `${ApiId}/$default/${end}`);
    return [call('apigateway', 'lambda:InvokeFunction', functionIn(integration?.IntegrationUri ?? ''), source)];
  },
  'AWS::ApiGatewayV2::Authorizer': (_stack, id, { ApiId, AuthorizerType, AuthorizerUri }) =>
    AuthorizerType === 'JWT'
      ? []
      : [
          call(
            'apigateway',
            'lambda:InvokeFunction',
            functionIn(AuthorizerUri),
            arn('execute-api', `${ApiId}/authorizers/${id}`),
          ),
        ],
  'AWS::Events::Rule': ({ arnOf }, id, { Targets }) =>
    listOf<Properties>(Targets).flatMap(({ Arn, DeadLetterConfig }) =>
      [Arn, DeadLetterConfig?.Arn].filter(Boolean).map((target) => delivery('events', target, arnOf(id))),
    ),
  'Custom::S3BucketNotifications': ({ arnOf }, _id, { BucketName, NotificationConfiguration }) =>
    Object.values(NotificationConfiguration as Record<string, Properties[]>)
      .flat()
      .map(({ QueueArn, TopicArn, LambdaFunctionArn }) =>
        delivery('s3', QueueArn ?? TopicArn ?? LambdaFunctionArn, arnOf(BucketName)),
      ),
  'AWS::CloudFront::Distribution': ({ arnOf }, id, { DistributionConfig }) => {
    const source = `arn:${partition}:cloudfront::${account}:distribution/${id}`;
    return (DistributionConfig.Origins as Properties[])
      .filter(({ S3OriginConfig }) => S3OriginConfig)
      .map(({ DomainName }) => arnOf(String(DomainName).split('.')[0] ?? ''))
      .flatMap((bucket) => [
        call('cloudfront', 's3:GetObject', `${bucket}/images/a/v1/640w.avif`, source),
        call('cloudfront', 's3:ListBucket', bucket, source),
      ]);
  },
  'AWS::CloudWatch::Alarm': (_stack, id, { AlarmActions = [], OKActions = [] }) =>
    [...AlarmActions, ...OKActions].map((target) => delivery('cloudwatch', target, arn('cloudwatch', `alarm:${id}`))),
  'AWS::SNS::Subscription': (_stack, _id, { Protocol, Endpoint, TopicArn }) =>
    ['email', 'https'].includes(Protocol) ? [] : [delivery('sns', Endpoint, TopicArn)],
};

/** What Lambda calls for a mapping, with the rights of the function: reading the source, setting aside what failed. */
const mappingDeeds = ({ EventSourceArn: source, DestinationConfig }: Properties): readonly Deed[] => {
  const deeds = (resource: string, ...actions: string[]) => actions.map((action) => ({ action, resource }));
  const aside = DestinationConfig?.OnFailure?.Destination;
  const reading = source.startsWith(`arn:${partition}:sqs:`)
    ? deeds(source, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes')
    : deeds(source, 'dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator');
  const kind = aside && delivery('lambda', aside, '').deed.action;
  return [...reading, ...(aside ? deeds(aside, kind) : [])];
};

/** What the role of a function permits. */
const rightsOf = ({ of }: Stack, functionName: string): readonly Statement[] => {
  const [, { Role = '' } = {}] = of('AWS::Lambda::Function').find(([id]) => id === functionName) ?? [];
  const role = Role.split('/').at(-1);
  return of('AWS::IAM::Policy')
    .filter(([, { Roles }]) => Roles.includes(role))
    .flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement as Statement[]);
};

/** Those that call nothing, or only by a role of their own, which is judged by what the functions were seen doing. */
const silent = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CloudFront::CachePolicy',
  'AWS::CloudFront::Function',
  'AWS::CloudFront::OriginAccessControl',
  'AWS::CloudFront::ResponseHeadersPolicy',
  'AWS::CloudWatch::Dashboard',
  'AWS::DynamoDB::Table',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::Lambda::LayerVersion',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::SecretsManager::Secret',
  // By a role of its own, which test/infra/stack.test.ts looks at.
  'AWS::StepFunctions::StateMachine',
];

describe.each([
  ['as it comes', synthesised()],
  [
    'with tokens, and an address for alarms',
    synthesised({
      auth: { kind: 'jwt', issuer: 'https://id.example', audience: ['darkroom'] },
      alarmEmail: 'ops@example.org',
    }),
  ],
])('In the stack %s', (_how, made) => {
  const stack = readStack(made);
  const statements = consents(stack);
  const calls = Object.entries(callers).flatMap(([type, callsOf]) =>
    stack
      .of(type)
      .flatMap(([id, properties]) =>
        callsOf(stack, id, properties).map((one) => [id, one.deed.resource, one] as const),
      ),
  );

  test.each(calls)('%s may call %s', (_id, _resource, { service, deed }) => {
    expect({ ...deed, allowed: lets(statements, service, deed) }).toEqual({ ...deed, allowed: true });
  });

  test('every kind of caller is there, so that none of these checks is empty', () => {
    const services = new Set(calls.map(([, , { service }]) => service.split('.')[0]));
    expect([...services].sort()).toEqual(['apigateway', 'cloudfront', 'cloudwatch', 'events', 's3']);
  });

  test.each(stack.of('AWS::Lambda::EventSourceMapping'))('%s may read its source', (_id, properties) => {
    const name = String(properties.FunctionName).split(':').at(-1) ?? '';
    const rights = rightsOf(stack, name);
    expect(mappingDeeds(properties).filter((deed) => !isAllowed(rights, deed))).toEqual([]);
  });

  test('there is no resource of a kind of which this test does not know whom it calls', () => {
    const known = [...Object.keys(callers), ...silent, 'AWS::Lambda::EventSourceMapping'];
    const types = new Set(Object.values(stack.Resources).map(({ Type }) => Type));
    expect([...types].filter((type) => !known.includes(type))).toEqual([]);
  });
});

describe('Consent', () => {
  const invoke = (SourceArn: string): ResourceStatement => ({
    Effect: 'Allow',
    Principal: { Service: 'apigateway.amazonaws.com' },
    Action: 'lambda:InvokeFunction',
    Resource: 'f',
    Condition: { ArnLike: { 'AWS:SourceArn': `arn:aws:execute-api:eu-west-1:1:${SourceArn}` } },
  });

  test.each([
    ['api/*/*/*', 'api/$default/GET/v1/images', true],
    ['api/*/*/*', 'api/$default/$default', false],
    ['api/*/$default', 'api/$default/$default', true],
    ['api/*/$default', 'other/$default/$default', false],
    ['api/*/*/v1/images', 'api/$default/GET/v1/images/{id}', false],
  ])('for %s covers %s: %s', (pattern, source, expected) => {
    const { service, deed } = call(
      'apigateway',
      'lambda:InvokeFunction',
      'f',
      `arn:aws:execute-api:eu-west-1:1:${source}`,
    );
    expect(lets([invoke(pattern)], service, deed)).toBe(expected);
  });

  test('is worth nothing beside a denial', () => {
    const { service, deed } = call(
      'apigateway',
      'lambda:InvokeFunction',
      'f',
      'arn:aws:execute-api:eu-west-1:1:api/a/b',
    );
    expect(lets([invoke('api/*')], service, deed)).toBe(true);
    expect(lets([invoke('api/*'), { ...invoke('api/*'), Effect: 'Deny' }], service, deed)).toBe(false);
  });
});
