import { describe, expect, test } from '@jest/globals';
import { type Deed, isAllowed, lets, type ResourceStatement, type Statement } from '../system/aws/iam.ts';
import { account, arn, type Properties, partition, type ReadStack, readStack } from './read-stack.ts';
import { keyAndVpc, synthesised, synthesisedBeside } from './synthesised.ts';

/**
 * Every resource that calls another needs the other's consent, and nothing in a template says so: what lacks it is
 * deployed without a word and fails at the first call. Here each call is made up as the service makes it, and judged as
 * IAM judges it.
 */

type Call = { readonly service: string; readonly deed: Deed };
const listOf = <T>(some: T | readonly T[] | undefined): readonly T[] =>
  some === undefined ? [] : ([some].flat() as readonly T[]);

/** Who may call what, by the policies that hang at the called. */
const consents = ({ of }: ReadStack): readonly ResourceStatement[] => [
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
const callers: Readonly<Record<string, (stack: ReadStack, id: string, properties: Properties) => readonly Call[]>> = {
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
      .map(({ DomainName }) => String(DomainName).split('.')[0] ?? '')
      .flatMap((bucket) => [
        call('cloudfront', 's3:GetObject', `${arnOf(bucket)}/some/file`, source),
        // A picture may be missing, which S3 calls forbidden unless the CDN may list. The files of the console are there.
        ...(bucket.includes('Console') ? [] : [call('cloudfront', 's3:ListBucket', arnOf(bucket), source)]),
      ]);
  },
  'AWS::CloudWatch::Alarm': (_stack, id, { AlarmActions = [], OKActions = [] }) =>
    [...AlarmActions, ...OKActions].map((target) => delivery('cloudwatch', target, arn('cloudwatch', `alarm:${id}`))),
  'AWS::SNS::Subscription': (_stack, _id, { Protocol, Endpoint, TopicArn }) =>
    ['email', 'https'].includes(Protocol) ? [] : [delivery('sns', Endpoint, TopicArn)],
};

const deeds = (resource: string, ...actions: string[]) => actions.map((action): Deed => ({ action, resource }));

/** Types whose calls are judged by the rights of a role: the role, and the calls. */
type ByRole = { readonly role: string; readonly deeds: readonly Deed[] };
const actors: Readonly<Record<string, (stack: ReadStack, id: string, properties: Properties) => ByRole>> = {
  // What Lambda calls with the rights of the function: it reads the source, and sets aside what failed.
  'AWS::Lambda::EventSourceMapping': (stack, _id, { FunctionName, EventSourceArn: source, DestinationConfig }) => {
    const aside = DestinationConfig?.OnFailure?.Destination;
    const reading = source.startsWith(`arn:${partition}:sqs:`)
      ? deeds(source, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes')
      : deeds(source, 'dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator');
    const kind = aside && delivery('lambda', aside, '').deed.action;
    return { role: roleOf(stack, FunctionName), deeds: [...reading, ...(aside ? deeds(aside, kind) : [])] };
  },
  // https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
  'AWS::StepFunctions::StateMachine': ({ arnOf }, id, { RoleArn, DefinitionString }) => ({
    role: RoleArn,
    deeds: [
      ...calledBy(DefinitionString).flatMap((lambda) => deeds(lambda, 'lambda:InvokeFunction')),
      ...deeds(arnOf(id), 'states:StartExecution'),
      ...deeds(arn('states', `execution:${id}:run`), 'states:DescribeExecution', 'states:StopExecution'),
      ...deeds(arn('states', `execution:${id}/lanes:run`), 'states:RedriveExecution'),
    ],
  }),
  'Custom::CDKBucketDeployment': (
    stack,
    _id,
    { ServiceToken, SourceBucketNames, SourceObjectKeys, DestinationBucketName },
  ) => ({
    role: roleOf(stack, ServiceToken),
    deeds: [
      ...(SourceBucketNames as string[]).flatMap((bucket, at) =>
        deeds(`arn:${partition}:s3:::${bucket}/${SourceObjectKeys[at]}`, 's3:GetObject'),
      ),
      ...deeds(stack.arnOf(DestinationBucketName), 's3:ListBucket'),
      ...deeds(`${stack.arnOf(DestinationBucketName)}/console/index.html`, 's3:PutObject', 's3:DeleteObject'),
    ],
  }),
};

/** The functions that a state machine calls. */
const calledBy = (definition: string): readonly string[] => [
  ...new Set(Array.from(definition.matchAll(/"Resource":"([^"]+)"/g), ([, resource = '']) => resource)),
];

const roleOf = ({ of, arnOf }: ReadStack, lambda: string): string => {
  const [, { Role = '' } = {}] = of('AWS::Lambda::Function').find(([id]) => [id, arnOf(id)].includes(lambda)) ?? [];
  return Role;
};

/** What the policies of a role permit. */
const rightsOf = ({ of }: ReadStack, role: string): readonly Statement[] =>
  of('AWS::IAM::Policy')
    .filter(([, { Roles }]) => Roles.includes(role.split('/').at(-1)))
    .flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement as Statement[]);

/** Those that call nothing, or only by the role of a function, which is judged by what the functions were seen doing. */
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
  'AWS::EC2::SecurityGroup',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
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
  ['with the console', synthesised({ console: true })],
  ['with a key and a VPC of one’s own', synthesisedBeside(keyAndVpc)],
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

  const acting = Object.entries(actors).flatMap(([type, actOf]) =>
    stack.of(type).map(([id, properties]) => [id, actOf(stack, id, properties)] as const),
  );

  test.each(acting)('the role of %s lets it do its work', (_id, { role, deeds }) => {
    expect(deeds.length).toBeGreaterThan(0);
    expect(deeds.filter((deed) => !isAllowed(rightsOf(stack, role), deed))).toEqual([]);
  });

  test('the state machine may call the function of its definition and no other, and touch its own executions only', () => {
    const [[id, { RoleArn, DefinitionString }] = ['', {}]] = stack.of('AWS::StepFunctions::StateMachine');
    const rights = rightsOf(stack, RoleArn);
    const functions = stack.of('AWS::Lambda::Function').map(([name]) => stack.arnOf(name));
    const allowed = functions.filter((resource) => isAllowed(rights, { action: 'lambda:InvokeFunction', resource }));
    expect(allowed).toEqual(calledBy(DefinitionString));
    expect(allowed).toEqual([expect.stringContaining(':function:ImagesLaneFunction')]);
    const others = [`stateMachine:${id}2`, `execution:${id}2:run`, `execution:${id}2/lanes:run`].flatMap((name) =>
      deeds(arn('states', name), ...['Start', 'Describe', 'Stop', 'Redrive'].map((act) => `states:${act}Execution`)),
    );
    expect(others.filter((deed) => isAllowed(rights, deed))).toEqual([]);
  });

  test('there is no resource of a kind of which this test does not know whom it calls', () => {
    const known = [...Object.keys(callers), ...Object.keys(actors), ...silent];
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
