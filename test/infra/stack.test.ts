import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import config from '../../darkroom.config.ts';
import { promptOptions } from '../../lib/adapters/aws/client-options.ts';
import { possibleFormats } from '../../lib/core/choose-format.ts';
import { defineConfig } from '../../lib/core/config.ts';
import { sweepShares } from '../../lib/core/sweeping.ts';
import type { LaneReport } from '../../lib/handlers/lane.ts';
import { movedFromBytes } from '../../lib/infra/originals.ts';
import { routes } from '../../lib/routes.ts';
import { chores } from '../../lib/work/chores.ts';
import { allowedOrigins, only, resources, synthesised } from './synthesised.ts';

const usual = synthesised();
const of = (type: string, id?: string) => only(usual, type, id);
const idOf = (type: string, part: string) =>
  Object.keys(usual.template.findResources(type)).find((id) => id.includes(part));

describe('The originals', () => {
  const bucket = () => of('AWS::S3::Bucket', 'Originals');

  test('are not public', () => {
    expect(bucket().PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(bucket().OwnershipControls).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
  });

  test.each(['Originals', 'Variants'])(
    '(bucket %s) can be reached over TLS 1.2 only, and are encrypted at rest',
    (id) => {
      const denials = of('AWS::S3::BucketPolicy', id).PolicyDocument.Statement.filter(
        ({ Effect }: { Effect: string }) => Effect === 'Deny',
      );
      expect(denials.map(({ Condition }: { Condition: object }) => Condition)).toEqual([
        { Bool: { 'aws:SecureTransport': 'false' } },
        { NumericLessThan: { 's3:TlsVersion': 1.2 } },
      ]);
      expect(of('AWS::S3::Bucket', id).BucketEncryption).toBeDefined();
    },
  );

  test('take a PUT with exactly the headers of a ticket, from the allowed origins', () => {
    expect(bucket().CorsConfiguration.CorsRules).toEqual([
      {
        AllowedMethods: ['PUT'],
        AllowedOrigins: allowedOrigins,
        AllowedHeaders: ['content-type', 'if-none-match', 'x-amz-checksum-sha256'],
        ExposedHeaders: ['ETag'],
        MaxAge: 3600,
      },
    ]);
  });

  test('move to a colder class that can be read at once, and leave no broken uploads', () => {
    expect(bucket().LifecycleConfiguration.Rules).toEqual([
      { Id: 'abort-broken-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
      expect.objectContaining({ Id: 'forget-removed-originals' }),
      {
        Id: 'tier-originals',
        Status: 'Enabled',
        Prefix: 'originals/',
        ObjectSizeGreaterThan: movedFromBytes,
        Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 30 }],
      },
    ]);
  });

  test('that are removed can be brought back for 30 days, and no function can forget them sooner', () => {
    expect(bucket().VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(bucket().LifecycleConfiguration.Rules).toContainEqual({
      Id: 'forget-removed-originals',
      Status: 'Enabled',
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      ExpiredObjectDeleteMarker: true,
    });
    const policies = resources(usual, 'AWS::IAM::Policy', 'Images');
    expect(policies.length).toBeGreaterThan(0);
    expect(JSON.stringify(policies)).not.toContain('DeleteObjectVersion');
  });

  test('become messages as soon as they are there, and nothing else does', () => {
    const [notification] = resources(usual, 'Custom::S3BucketNotifications');
    expect(notification?.Properties.NotificationConfiguration.QueueConfigurations).toEqual([
      expect.objectContaining({
        Events: ['s3:ObjectCreated:*'],
        Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'originals/' }] } },
      }),
    ]);
  });
});

describe('What is kept', () => {
  const keeps = (made: typeof usual) =>
    ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret'].flatMap((type) =>
      resources(made, type).map(({ DeletionPolicy }) => DeletionPolicy),
    );

  test('outlives the stack, but not a first deploy that failed: both buckets, the table, the keys and the secret of the tokens', () => {
    const kept = 'RetainExceptOnCreate';
    // A table that may not be deleted could not be rolled back: it stays, empty.
    expect(keeps(usual)).toEqual([kept, kept, 'Retain', kept, kept]);
    for (const type of ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret'])
      for (const { UpdateReplacePolicy } of resources(usual, type)) expect(UpdateReplacePolicy).toBe('Retain');
    expect(resources(usual, 'Custom::S3AutoDeleteObjects')).toEqual([]);
  });

  test('cannot be deleted by a slip: neither the table nor the stack', () => {
    expect(of('AWS::DynamoDB::Table').DeletionProtectionEnabled).toBe(true);
    expect(usual.stack.terminationProtection).toBe(true);
    expect(synthesised({ terminationProtection: false }).stack.terminationProtection).toBe(false);
  });

  test('goes with the stack only when that is asked for', () => {
    const ephemeral = synthesised({ ephemeral: true });
    expect(keeps(ephemeral)).toEqual(['Delete', 'Delete', 'Delete', 'Delete', 'Delete']);
    expect(only(ephemeral, 'AWS::DynamoDB::Table').DeletionProtectionEnabled).toBe(false);
    expect(ephemeral.stack.terminationProtection).toBe(false);
    expect(resources(ephemeral, 'Custom::S3AutoDeleteObjects')).toHaveLength(2);
  });
});

describe('The queue', () => {
  const render = () => of('AWS::Lambda::Function', 'RenderFunction');

  test('hides a message for six times as long as a render may take', () => {
    expect(of('AWS::SQS::Queue', 'Queue22').VisibilityTimeout).toBe(6 * render().Timeout);
    expect(render().Timeout).toBeGreaterThan(config.limits.renderSeconds);
  });

  test('sets a message aside after ten receives, far more than the catalogue counts attempts, and the function of the dead letters takes it', () => {
    const { RedrivePolicy } = of('AWS::SQS::Queue', 'Queue22');
    expect(RedrivePolicy.maxReceiveCount).toBe(10);
    const [deadLetters] = RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'];
    expect(of('AWS::Lambda::EventSourceMapping', 'DeadLetter').EventSourceArn['Fn::GetAtt'][0]).toBe(deadLetters);
  });

  test('hands out one message at a time, to so many renders at once as the setting says', () => {
    const { BatchSize, FunctionResponseTypes, ScalingConfig } = of('AWS::Lambda::EventSourceMapping', 'RenderMessages');
    expect({ BatchSize, FunctionResponseTypes }).toEqual({
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(ScalingConfig).toEqual({ MaximumConcurrency: 5 });
  });

  test('gets pollers of its own for more renders than AWS allows without, and a job then names no more images than its item holds', () => {
    const large = synthesised({ maxConcurrentRenders: 4001 });
    const { ScalingConfig, ProvisionedPollerConfig } = only(large, 'AWS::Lambda::EventSourceMapping', 'RenderMessages');
    expect(ScalingConfig).toBeUndefined();
    expect(ProvisionedPollerConfig).toEqual({ MinimumPollers: 2, MaximumPollers: 401 });
    const { Environment } = only(large, 'AWS::Lambda::Function', 'Chores');
    expect(Environment.Variables.DARKROOM_PACE).toBe('1000');
  });

  test('is open to TLS and to our bucket only', () => {
    const statements = of('AWS::SQS::QueuePolicy', 'ImagesQueuePolicy').PolicyDocument.Statement;
    expect(statements).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 's3.amazonaws.com' },
        Condition: { ArnLike: { 'aws:SourceArn': { 'Fn::GetAtt': [idOf('AWS::S3::Bucket', 'Originals'), 'Arn'] } } },
      }),
    ]);
  });
});

describe('The lanes of large jobs', () => {
  test('are run by a Distributed Map that calls their function, and may call and start nothing else', () => {
    const [machine] = resources(usual, 'AWS::StepFunctions::StateMachine');
    const definition = JSON.stringify(machine?.Properties.DefinitionString);
    expect(definition).toContain('\\"Mode\\":\\"DISTRIBUTED\\"');
    expect(definition).toMatch(/ImagesLaneFunction/);
    const role = machine?.Properties.RoleArn['Fn::GetAtt'][0];
    const statements = resources(usual, 'AWS::IAM::Policy')
      .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual([
      'lambda:InvokeFunction',
      'states:DescribeExecution',
      'states:RedriveExecution',
      'states:StartExecution',
      'states:StopExecution',
    ]);
  });

  test('are asked for again at once when time is up, after a minute while another run holds them, and end when they are over', () => {
    const [, parts] = of('AWS::StepFunctions::StateMachine').DefinitionString['Fn::Join'];
    const definition = JSON.parse(parts.map((part: unknown) => (typeof part === 'string' ? part : 'any')).join(''));
    const { StartAt, States } = definition.States.Lanes.ItemProcessor;
    expect(StartAt).toBe('Work');
    /** Where this answer of the function leads. */
    const leadsTo = (report: Omit<LaneReport, 'job' | 'part'>): string => {
      const choice = States[States.Work.Next];
      const met = choice.Choices.find(
        ({ Variable, BooleanEquals }: { Variable: string; BooleanEquals: boolean }) =>
          report[Variable.replace('$.', '') as keyof typeof report] === BooleanEquals,
      );
      return met?.Next ?? choice.Default;
    };
    expect(leadsTo({ isHeld: false, isOver: false })).toBe('Work');
    expect(States[leadsTo({ isHeld: true, isOver: true })]).toEqual({ Type: 'Wait', Seconds: 60, Next: 'Work' });
    expect(States[leadsTo({ isHeld: false, isOver: true })]).toEqual({ Type: 'Succeed' });
  });

  test('keep half as many images again with the renderers as those may be', () => {
    const [lane] = resources(synthesised({ maxConcurrentRenders: 4000 }), 'AWS::Lambda::Function', 'ImagesLane');
    expect(lane?.Properties.Environment.Variables.DARKROOM_PACE).toBe('750');
  });
});

describe('The functions', () => {
  test('(publish) have the time to count and to park what the bus does not take, though each call of a batch hangs', () => {
    const { maxAttempts, requestHandler } = promptOptions;
    const longestPausesMs = 2000;
    const callMs = maxAttempts * requestHandler.requestTimeout + longestPausesMs;
    const mappings = resources(usual, 'AWS::Lambda::EventSourceMapping', 'ImagesPublish').map(
      ({ Properties }) => Properties,
    );
    const stream = mappings.find(({ StartingPosition }) => StartingPosition !== undefined);
    const queue = mappings.find(({ StartingPosition }) => StartingPosition === undefined);
    // PutEvents takes ten events at once; from the queue each goes alone.
    const calls = Math.max(stream?.BatchSize / 10, queue?.BatchSize) + 1;
    const { Timeout } = of('AWS::Lambda::Function', 'PublishFunction');
    expect(calls).toBe(11);
    expect(calls * callMs).toBeLessThan(1000 * Timeout);
    expect(Timeout).toBeLessThan(of('AWS::SQS::Queue', 'Untold').VisibilityTimeout);
  });

  test('keep places for the API and its authorizer only where that is asked for', () => {
    const reserved = (made: typeof usual) =>
      Object.fromEntries(
        Object.entries(made.template.findResources('AWS::Lambda::Function'))
          .filter(([, { Properties }]) => Properties.ReservedConcurrentExecutions !== undefined)
          .map(([id, { Properties }]) => [
            /Images(\w+)Function/.exec(id)?.[1],
            Properties.ReservedConcurrentExecutions,
          ]),
      );
    expect(reserved(usual)).toEqual({});
    expect(reserved(synthesised({ reservedConcurrency: 50 }))).toEqual({ Api: 50, Authorize: 50 });
  });

  test('run on Node 24, on arm64 unless told otherwise', () => {
    const ours = resources(usual, 'AWS::Lambda::Function', 'Images');
    expect(ours).toHaveLength(7);
    for (const { Properties } of ours)
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
    const other = synthesised({ architecture: Architecture.X86_64 });
    for (const { Properties } of resources(other, 'AWS::Lambda::Function', 'Images'))
      expect(Properties.Architectures).toEqual(['x86_64']);
  });

  test('render, chores and lane find sharp in the layer', () => {
    const [layer] = Object.keys(usual.template.findResources('AWS::Lambda::LayerVersion'));
    const layered = Object.entries(usual.template.findResources('AWS::Lambda::Function')).filter(([, resource]) =>
      JSON.stringify(resource.Properties.Layers ?? []).includes(`"${layer}"`),
    );
    expect(layered.map(([id]) => id.replace(/Function.*/, '')).sort()).toEqual([
      'ImagesChores',
      'ImagesLane',
      'ImagesRender',
    ]);
  });

  test('render has memory for the largest animation that the limits let in, decoded and resized', () => {
    const { limits } = config;
    expect(of('AWS::Lambda::Function', 'RenderFunction').MemorySize).toBe(1792);
    const vast = defineConfig({ ...config, limits: { ...limits, maxAnimationPixels: 500_000_000 } });
    const { MemorySize } = only(synthesised({ config: vast }), 'AWS::Lambda::Function', 'RenderFunction');
    expect(MemorySize).toBeGreaterThan((2 * 4 * 500_000_000) / 1024 ** 2);
  });

  test('render as long as Lambda lets them, and longer is refused before anything is deployed', () => {
    const slow = (renderSeconds: number) =>
      synthesised({ config: defineConfig({ ...config, limits: { ...config.limits, renderSeconds } }) });
    expect(only(slow(870), 'AWS::Lambda::Function', 'RenderFunction').Timeout).toBe(900);
    expect(() => slow(871)).toThrow('limits.renderSeconds is 871');
  });

  test('have a log each, kept for a month, and a role each without managed policies', () => {
    for (const { Properties } of resources(usual, 'AWS::Logs::LogGroup')) expect(Properties.RetentionInDays).toBe(30);
    const roles = resources(usual, 'AWS::IAM::Role', 'Images');
    // One more is of the state machine.
    expect(roles).toHaveLength(8);
    for (const { Properties } of roles) expect(Properties.ManagedPolicyArns).toBeUndefined();
  });

  test('read the figures under the names by which their deployment is counted', () => {
    const environmentOf = (name: string) => only(usual, 'AWS::Lambda::Function', name).Environment.Variables;
    const [api, render] = [environmentOf('ImagesApiFunction'), environmentOf('ImagesRenderFunction')];
    expect(api.DARKROOM_NAME).toBe(render.DARKROOM_NAME);
    const [gateway] = Object.keys(usual.template.findResources('AWS::ApiGatewayV2::Api'));
    expect(api.DARKROOM_GATEWAY).toEqual({ Ref: gateway });
  });

  test('may do nothing by a wildcard but read metrics and find the stream', () => {
    const statements = resources(usual, 'AWS::IAM::Policy', 'Images').flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement,
    );
    expect(statements.filter(({ Resource }) => Resource === '*').map(({ Sid }) => Sid)).toEqual([
      'ReadTheMetrics',
      'FindTheStream',
    ]);
    for (const { Action } of statements) expect(JSON.stringify(Action)).not.toContain('*');
  });
});

describe('The table', () => {
  test('costs by use, can be set back to any second of the last days, and forgets by itself', () => {
    expect(of('AWS::DynamoDB::Table')).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'forgetAt', Enabled: true },
    });
  });

  test('has indexes that hold keys only', () => {
    const indexes = of('AWS::DynamoDB::Table').GlobalSecondaryIndexes as { Projection: object }[];
    expect(indexes).toHaveLength(5);
    for (const { Projection } of indexes) expect(Projection).toEqual({ ProjectionType: 'KEYS_ONLY' });
  });

  test('publishes events from its stream, and gives up on a record two hours before the stream drops it', () => {
    expect(of('AWS::DynamoDB::Table').StreamSpecification).toEqual({ StreamViewType: 'NEW_IMAGE' });
    const mapping = of('AWS::Lambda::EventSourceMapping', 'PublishStream');
    expect(mapping).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRecordAgeInSeconds: 22 * 3600,
    });
    expect(mapping.MaximumRetryAttempts).toBeUndefined();
    expect(mapping.DestinationConfig.OnFailure.Destination['Fn::GetAtt'][0]).toContain('Untold');
    expect(JSON.parse(mapping.FilterCriteria.Filters[0].Pattern)).toEqual({
      eventName: ['INSERT'],
      dynamodb: { NewImage: { event: { S: [{ exists: true }] } } },
    });
  });
});

describe('The CDN', () => {
  const distribution = () => of('AWS::CloudFront::Distribution').DistributionConfig;
  const behaviour = () => distribution().DefaultCacheBehavior;
  const headersOf = (id: string) => of('AWS::CloudFront::ResponseHeadersPolicy', id).ResponseHeadersPolicyConfig;
  /** What the function behind addresses without a format makes of an answer. */
  const marked = () => {
    const context = createContext({});
    runInContext(of('AWS::CloudFront::Function', 'ViewerResponse').FunctionCode, context);
    const response = { statusCode: 200, headers: { etag: { value: '"1"' }, vary: { value: 'Origin' } } };
    return runInContext('handler', context)({ request: {}, response });
  };

  test('reads the tag of an image from the header by which S3 sends the metadata of a file', () => {
    expect(distribution().CacheTagConfig).toEqual({ HeaderName: 'x-amz-meta-cache-tag' });
  });

  test('is the only reader of the variants, by its own identity', () => {
    const [origin] = distribution().Origins;
    expect(origin.OriginAccessControlId).toBeDefined();
    const allowed = of('AWS::S3::BucketPolicy', 'Variants').PolicyDocument.Statement.filter(
      ({ Effect }: { Effect: string }) => Effect === 'Allow',
    );
    expect(allowed.map(({ Principal, Action }: never) => ({ Principal, Action }))).toEqual([
      { Principal: { Service: 'cloudfront.amazonaws.com' }, Action: ['s3:GetObject', 's3:ListBucket'] },
    ]);
    expect(JSON.stringify(allowed[0].Condition)).toContain(':distribution/');
  });

  test('speaks HTTP/3, and HTTPS only', () => {
    expect(distribution().HttpVersion).toBe('http2and3');
    expect(behaviour().ViewerProtocolPolicy).toBe('redirect-to-https');
  });

  test('has names that no stack of the same name in another region has taken', () => {
    const names = [
      of('AWS::CloudFront::CachePolicy').CachePolicyConfig.Name,
      headersOf('ResponseHeaders').Name,
      headersOf('NegotiatedHeaders').Name,
      of('AWS::CloudFront::OriginAccessControl').OriginAccessControlConfig.Name,
      of('AWS::CloudFront::Function', 'ViewerRequest').Name,
      of('AWS::CloudFront::Function', 'ViewerResponse').Name,
    ];
    const longestRegion = 'ap-southeast-1';
    for (const name of names) {
      expect(JSON.stringify(name)).toContain('{"Ref":"AWS::Region"}');
      const parts = name['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : longestRegion));
      expect(parts.join('').length).toBeLessThanOrEqual(64);
    }
  });

  test('keeps pictures by their address alone: no query, no cookie, no header', () => {
    const { ParametersInCacheKeyAndForwardedToOrigin: key, MaxTTL } =
      of('AWS::CloudFront::CachePolicy').CachePolicyConfig;
    expect(key).toEqual({
      CookiesConfig: { CookieBehavior: 'none' },
      HeadersConfig: { HeaderBehavior: 'none' },
      QueryStringsConfig: { QueryStringBehavior: 'none' },
      EnableAcceptEncodingBrotli: false,
      EnableAcceptEncodingGzip: false,
    });
    expect(MaxTTL).toBe(31_536_000);
    expect(behaviour().OriginRequestPolicyId).toBeUndefined();
  });

  test('does not compress what is compressed', () => {
    expect(behaviour().Compress).toBe(false);
  });

  test('may be told to forget by the sweeping function alone, and nothing else may be done to it', () => {
    const deeds = resources(usual, 'AWS::IAM::Policy').flatMap(({ Properties }) =>
      (Properties.PolicyDocument.Statement as Record<string, unknown>[])
        .filter(({ Action }) => JSON.stringify(Action).includes('cloudfront:'))
        .map(({ Action, Resource }) => ({ role: Properties.Roles[0].Ref, Action, Resource })),
    );
    const id = idOf('AWS::CloudFront::Distribution', 'Delivery');
    expect(deeds).toEqual([
      {
        role: expect.stringMatching(/^ImagesChoresRole/),
        Action: 'cloudfront:CreateInvalidation',
        Resource: {
          'Fn::Join': [
            '',
            [
              'arn:',
              { Ref: 'AWS::Partition' },
              ':cloudfront::',
              { Ref: 'AWS::AccountId' },
              ':distribution/',
              { Ref: id },
            ],
          ],
        },
      },
    ]);
    const { Variables } = of('AWS::Lambda::Function', 'ChoresFunction').Environment;
    expect(Variables.DARKROOM_DISTRIBUTION).toEqual({ Ref: id });
  });

  test('remembers no error for longer than a second', () => {
    const ttls = distribution().CustomErrorResponses as { ErrorCode: number; ErrorCachingMinTTL: number }[];
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
    expect(ttls.map(({ ErrorCode }) => ErrorCode)).toEqual([400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]);
    for (const { ErrorCachingMinTTL } of ttls) expect(ErrorCachingMinTTL).toBeLessThanOrEqual(1);
  });

  test('lets any page show the pictures, and lets a picture be nothing but a picture', () => {
    expect(headersOf('ResponseHeaders').CorsConfig.AccessControlAllowOrigins).toEqual({ Items: ['*'] });
    expect(marked().headers['access-control-allow-origin']).toEqual({ value: '*' });
    for (const headers of [headersOf('ResponseHeaders'), headersOf('NegotiatedHeaders')])
      expect(headers.SecurityHeadersConfig).toMatchObject({
        ContentTypeOptions: { Override: true },
        ContentSecurityPolicy: { ContentSecurityPolicy: "default-src 'none'; sandbox" },
        StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000 },
      });
  });

  test('says of an answer that its format was chosen by Accept, and of no other', () => {
    const eventsOf = (one: { FunctionAssociations: { EventType: string }[] }) =>
      one.FunctionAssociations.map(({ EventType }) => EventType);
    const [named] = distribution().CacheBehaviors;
    expect([eventsOf(behaviour()), eventsOf(named)]).toEqual([
      ['viewer-request', 'viewer-response'],
      ['viewer-request'],
    ]);
    expect(marked().headers.vary).toEqual({ value: 'Accept' });
    expect(marked().headers.etag).toEqual({ value: '"1"' });
  });

  test('leaves Vary to one only: a headers policy with CORS writes its own', () => {
    expect(behaviour().ResponseHeadersPolicyId.Ref).toContain('NegotiatedHeaders');
    expect(headersOf('NegotiatedHeaders')).not.toHaveProperty('CorsConfig');
    for (const id of ['ResponseHeaders', 'NegotiatedHeaders'])
      expect(JSON.stringify(headersOf(id))).not.toContain('Vary');
  });

  test('sends only addresses without a format on to the API, over TLS, and only when the file is not there', () => {
    const { Origins, OriginGroups, CacheBehaviors } = distribution();
    const [files, api, again] = Origins;
    expect(Origins).toHaveLength(3);
    expect(again).toEqual({ ...files, Id: again.Id });
    expect(OriginGroups.Items).toEqual([
      {
        Id: behaviour().TargetOriginId,
        FailoverCriteria: { StatusCodes: { Items: [403, 404], Quantity: 2 } },
        Members: { Items: [{ OriginId: files.Id }, { OriginId: api.Id }], Quantity: 2 },
      },
    ]);
    expect(api).toMatchObject({ OriginPath: '/v1', CustomOriginConfig: { OriginProtocolPolicy: 'https-only' } });
    expect(CacheBehaviors).toEqual([
      {
        ...behaviour(),
        PathPattern: '/images/*.*',
        TargetOriginId: again.Id,
        FunctionAssociations: [expect.objectContaining({ EventType: 'viewer-request' })],
        ResponseHeadersPolicyId: { Ref: idOf('AWS::CloudFront::ResponseHeadersPolicy', 'ResponseHeaders') },
      },
    ]);
  });

  test('runs a function of less than 10 KB in front', () => {
    const { FunctionCode, FunctionConfig } = of('AWS::CloudFront::Function', 'ViewerRequest');
    expect(Buffer.byteLength(FunctionCode)).toBeLessThan(10_240);
    expect(FunctionConfig.Runtime).toBe('cloudfront-js-2.0');
    expect(FunctionCode).toContain(JSON.stringify(possibleFormats(config.presets)));
  });

  test('answers under a name of ours with TLS 1.2 at least, where there is one', () => {
    const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/abc';
    const named = synthesised({ domain: { name: 'images.example.org', certificateArn } });
    expect(only(named, 'AWS::CloudFront::Distribution').DistributionConfig).toMatchObject({
      Aliases: ['images.example.org'],
      ViewerCertificate: { AcmCertificateArn: certificateArn, MinimumProtocolVersion: 'TLSv1.2_2021' },
    });
    const api = only(named, 'AWS::Lambda::Function', 'ApiFunction');
    expect(api.Environment.Variables.DARKROOM_SITE).toBe('https://images.example.org');
  });
});

describe('The API', () => {
  test.each([
    ['ApiFunction', 3],
    ['AuthorizeFunction', 1],
  ])(
    '(%s) has the time to say that AWS does not answer, after as many calls as a request may wait for: %d',
    (id, calls) => {
      const { maxAttempts, requestHandler } = promptOptions;
      const longestPausesMs = 2000;
      const waitedMs = calls * (maxAttempts * requestHandler.requestTimeout + longestPausesMs);
      const { Timeout } = of('AWS::Lambda::Function', id);
      expect(waitedMs).toBeLessThan(1000 * Timeout);
      expect(Timeout).toBeLessThan(30);
    },
  );

  const routeOf = (key: string) =>
    resources(usual, 'AWS::ApiGatewayV2::Route').find(({ Properties }) => Properties.RouteKey === key)?.Properties;

  test.each(Object.values(routes).map((route) => [`${route.method} ${route.path}`, 'open' in route] as const))(
    'has a route %s (open: %s), with the key that it needs',
    (key, open) => {
      expect(routeOf(key)?.AuthorizationType).toBe(open ? 'NONE' : 'CUSTOM');
    },
  );

  test('has no other route but the one for what is not there', () => {
    const keys = resources(usual, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey);
    expect(keys).toHaveLength(Object.keys(routes).length + 1);
    expect(keys).toContain('$default');
  });

  test('is slowed down, writes more than reads, and logs who asked what', () => {
    const stage = of('AWS::ApiGatewayV2::Stage');
    expect(stage.DefaultRouteSettings).toMatchObject({ ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 });
    expect(stage.RouteSettings['POST /v1/images']).toMatchObject({
      ThrottlingRateLimit: 50,
      ThrottlingBurstLimit: 100,
    });
    const reads = Object.keys(stage.RouteSettings).filter((key) => key.startsWith('GET '));
    expect(reads).toEqual(['GET /v1/images/{id}/{version}/{file}']);
    expect(stage.RouteSettings[reads[0] ?? '']).toMatchObject({ ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 });
    // Metrics of each route are billed one by one, and nothing here looks at them.
    expect(JSON.stringify(stage)).not.toContain('DetailedMetricsEnabled');
    const format = JSON.parse(stage.AccessLogSettings.Format);
    expect(Object.keys(format)).toEqual(expect.arrayContaining(['route', 'status', 'ms', 'requestId']));
    expect(stage.AccessLogSettings.Format).not.toMatch(/authorization|querystring/i);
  });

  test('has a name that tells it from others, and a log that takes no entry of the account’s resource policy', () => {
    expect(of('AWS::ApiGatewayV2::Api').Name).toMatch(/^DarkroomImagesHttpApi/);
    const { LogGroupName } = of('AWS::Logs::LogGroup', 'AccessLog');
    const [start, ...rest] = LogGroupName['Fn::Join'][1];
    expect(start).toMatch(/^\/aws\/vendedlogs\/DarkroomImagesHttpApi/);
    // It stays when the stack goes, and must not be in the way of the next stack of the same name.
    expect(JSON.stringify(rest)).toContain('{"Ref":"AWS::StackId"}');
  });

  test('takes throttles, a bus and a bucket for the logs of the CDN that were there before', () => {
    const made = synthesised({
      throttle: { rateLimit: 7, burstLimit: 8 },
      writeThrottle: { rateLimit: 5, burstLimit: 6 },
      eventBusName: 'pictures',
      cdnLogBucketName: 'logs-of-the-cdn',
    });
    const stage = only(made, 'AWS::ApiGatewayV2::Stage');
    expect(stage.DefaultRouteSettings).toMatchObject({ ThrottlingRateLimit: 7, ThrottlingBurstLimit: 8 });
    expect(stage.RouteSettings['POST /v1/images']).toMatchObject({ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 6 });
    const publish = only(made, 'AWS::Lambda::Function', 'PublishFunction');
    expect(publish.Environment.Variables.DARKROOM_EVENT_BUS).toBe('pictures');
    const { Logging } = only(made, 'AWS::CloudFront::Distribution').DistributionConfig;
    expect(JSON.stringify(Logging.Bucket)).toContain('logs-of-the-cdn.s3.');
    const elsewhere = 'arn:aws:events:eu-west-1:123456789012:event-bus/theirs';
    const far = synthesised({ eventBusName: elsewhere });
    const told = only(far, 'AWS::IAM::Policy', 'PublishRole').PolicyDocument;
    expect(told.Statement.find(({ Sid }: { Sid: string }) => Sid === 'TellTheBus').Resource).toBe(elsewhere);
    // A name would mean a bus of the account that calls.
    const teller = only(far, 'AWS::Lambda::Function', 'PublishFunction');
    expect(teller.Environment.Variables.DARKROOM_EVENT_BUS).toBe(elsewhere);
  });

  test('refuses a bus of another region, where its own is known: PutEvents would never reach it', () => {
    const eventBusName = 'arn:aws:events:eu-west-1:123456789012:event-bus/theirs';
    const made = (region: string) => synthesised({ eventBusName, env: { account: '210987654321', region } });
    expect(() => made('eu-central-1')).toThrow('is in eu-west-1, and the stack in eu-central-1');
    const { Variables } = only(made('eu-west-1'), 'AWS::Lambda::Function', 'PublishFunction').Environment;
    expect(Variables.DARKROOM_EVENT_BUS).toBe(eventBusName);
  });

  test.each(['ticketSeconds', 'downloadSeconds'])(
    'signs nothing that may outlive its credentials: more than an hour of %s is refused before anything is deployed',
    (name) => {
      const made = (seconds: number) => synthesised({ config: defineConfig({ ...config, [name]: seconds }) });
      expect(() => made(3600)).not.toThrow();
      expect(() => made(3601)).toThrow(`${name} is 3601`);
    },
  );

  test('may be called, and the originals be uploaded, by no page where no origin is allowed: S3 takes no rule without one', () => {
    const closed = synthesised({ allowedOrigins: [] });
    expect(only(closed, 'AWS::ApiGatewayV2::Api').CorsConfiguration).toBeUndefined();
    expect(only(closed, 'AWS::S3::Bucket', 'Originals').CorsConfiguration).toBeUndefined();
  });

  test('may be called by pages of the allowed origins', () => {
    expect(of('AWS::ApiGatewayV2::Api').CorsConfiguration).toMatchObject({
      AllowOrigins: allowedOrigins,
      AllowHeaders: ['authorization', 'content-type', 'idempotency-key'],
      ExposeHeaders: ['retry-after', 'x-request-id'],
    });
  });

  test('asks the authorizer once a minute for each key', () => {
    expect(of('AWS::ApiGatewayV2::Authorizer')).toMatchObject({
      AuthorizerType: 'REQUEST',
      AuthorizerResultTtlInSeconds: 60,
      EnableSimpleResponses: true,
      IdentitySource: ['$request.header.Authorization'],
    });
  });

  test('takes the tokens of an issuer instead, by one setting', () => {
    const tokens = synthesised({ auth: { kind: 'jwt', issuer: 'https://id.example', audience: ['darkroom'] } });
    expect(only(tokens, 'AWS::ApiGatewayV2::Authorizer')).toMatchObject({
      AuthorizerType: 'JWT',
      JwtConfiguration: { Issuer: 'https://id.example', Audience: ['darkroom'] },
    });
    expect(Object.keys(tokens.template.findResources('AWS::SecretsManager::Secret'))).toEqual([
      expect.stringContaining('AccessWatch'),
    ]);
    expect(resources(tokens, 'AWS::Lambda::Function', 'Authorize')).toEqual([]);
    const kinds = Object.values(tokens.template.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => [
      Properties.RouteKey,
      Properties.AuthorizationType,
    ]);
    expect(Object.fromEntries(kinds)).toMatchObject({
      'GET /v1/images/{id}': 'JWT',
      // Its token is one of ours, which the gateway would turn away.
      'GET /v1/uploads/{id}': 'NONE',
    });
  });

  test('knows no key until the hash of one is in the secret', () => {
    expect(of('AWS::SecretsManager::Secret', 'AccessKeys').SecretString).toBe('[]');
  });

  test('signs the tokens of tickets with a random secret that no other function may read', () => {
    const secret = of('AWS::SecretsManager::Secret', 'AccessWatch');
    expect(secret.GenerateSecretString.PasswordLength).toBe(64);
    const [id] = Object.keys(usual.template.findResources('AWS::SecretsManager::Secret')).filter((name) =>
      name.includes('AccessWatch'),
    );
    const readers = Object.entries(usual.template.findResources('AWS::IAM::Policy')).filter(([, policy]) =>
      JSON.stringify(policy).includes(`${id}`),
    );
    expect(readers.map(([name]) => name)).toEqual([expect.stringContaining('ApiRole')]);
    expect(JSON.stringify(readers)).toContain('ReadTheWatchSecret');
  });
});

describe('The clock', () => {
  test.each([
    ['sweep', 'rate(15 minutes)'],
    ['purge', 'rate(1 minute)'],
    ['audit', 'rate(15 minutes)'],
    ['jobs', 'rate(1 minute)'],
  ])('starts %s at %s', (chore, schedule) => {
    const rule = of('AWS::Events::Rule', `Clock${chore}`);
    expect(rule.ScheduleExpression).toBe(schedule);
    const shares =
      chore === 'sweep' ? Array.from({ length: sweepShares }, (_, share) => ({ chore, share })) : [{ chore }];
    expect(rule.Targets.map(({ Input }: { Input: string }) => JSON.parse(Input))).toEqual(shares);
    expect(rule.State).toBe('ENABLED');
  });

  test('stands still while table or buckets are restored', () => {
    const rules = resources(synthesised({ clockStopped: true }), 'AWS::Events::Rule', 'Clock');
    expect(rules).toHaveLength(chores.length);
    expect(new Set(rules.map(({ Properties }) => Properties.State))).toEqual(new Set(['DISABLED']));
  });
});

describe('The alarms', () => {
  test('all tell the topic, when they go off and when it is over', () => {
    const alarms = resources(usual, 'AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(0);
    const topic = [{ Ref: idOf('AWS::SNS::Topic', 'Alarms') }];
    for (const { Properties } of alarms)
      expect([Properties.AlarmActions, Properties.OKActions]).toEqual([topic, topic]);
  });

  test('may publish to the topic, over TLS', () => {
    const statements = of('AWS::SNS::TopicPolicy').PolicyDocument.Statement as Record<string, unknown>[];
    expect(statements).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    ]);
  });

  test('write to the address that is named', () => {
    const told = synthesised({ alarmEmail: 'ops@example.org' });
    expect(only(told, 'AWS::SNS::Subscription')).toMatchObject({ Protocol: 'email', Endpoint: 'ops@example.org' });
  });

  test('have a dashboard beside them', () => {
    const body = JSON.stringify(of('AWS::CloudWatch::Dashboard').DashboardBody);
    for (const title of [
      'Waiting uploads',
      'Processing time',
      'Failures by code',
      'Upload success rate',
      'Storage by tier',
      'Growth of storage',
      'Cost of taking in one image',
    ])
      expect(body).toContain(title);
  });

  describe('have a dashboard that counts storage', () => {
    type Line = { readonly label?: string; readonly expression?: string; readonly id?: string };
    type Entry = readonly [...string[], Line];
    const parts = of('AWS::CloudWatch::Dashboard').DashboardBody['Fn::Join'][1] as (
      | string
      | { readonly Ref: string }
    )[];
    const { widgets } = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : part.Ref)).join('')) as {
      readonly widgets: readonly {
        readonly properties: { readonly title: string; readonly metrics: readonly Entry[] };
      }[];
    };
    /** The lines of a graph: a metric has its dimensions before the rest, an expression only names others by their ids. */
    const linesOf = (title: string) =>
      (widgets.find(({ properties }) => properties.title.startsWith(title))?.properties.metrics ?? []).map((entry) => ({
        ...(entry.at(-1) as Line),
        bucket: String(entry[entry.indexOf('BucketName') + 1]),
        storage: entry[entry.indexOf('StorageType') + 1],
      }));
    /** As CloudWatch calls the classes of the lifecycle. */
    const storageTypes: Readonly<Record<string, string>> = { GLACIER_IR: 'GlacierInstantRetrievalStorage' };
    const classesOf = (id: string): readonly unknown[] => {
      const { Rules = [] } = of('AWS::S3::Bucket', id).LifecycleConfiguration ?? {};
      const moves = Rules.flatMap(({ Transitions = [] }: { Transitions?: { StorageClass: string }[] }) => Transitions);
      return [
        'StandardStorage',
        ...moves.map(({ StorageClass }: { StorageClass: string }) => storageTypes[StorageClass]),
      ];
    };

    test.each(['Originals', 'Variants'])('of %s in every class in which they may be', (id) => {
      const stored = linesOf('Storage by tier').filter(({ bucket }) => bucket.includes(id));
      expect(stored.map(({ storage }) => storage)).toEqual(classesOf(id));
    });

    test.each(['Originals', 'Variants'])('and the growth of %s over all of these together', (id) => {
      const lines = linesOf('Growth of storage');
      const { expression = '' } = lines.find(({ label, expression }) => expression && label === id.toLowerCase()) ?? {};
      const [, names = ''] = /^DIFF\(SUM\(\[(.+)\]\)\)$/.exec(expression) ?? [];
      const summed = names.split(', ').map((name) => lines.find((line) => line.id === name));
      expect(summed.map((line) => line?.storage)).toEqual(classesOf(id));
      for (const line of summed) expect(line?.bucket).toContain(id);
    });
  });
});

describe('The stack', () => {
  test('carries its tag on everything that has tags', () => {
    for (const type of ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::Lambda::Function', 'AWS::SQS::Queue'])
      for (const { Properties } of resources(usual, type))
        expect(Properties.Tags).toContainEqual({ Key: 'project', Value: 'darkroom' });
  });

  test('says where everything is', () => {
    expect(Object.keys(usual.template.findOutputs('*')).sort()).toEqual(
      [
        'ApiUrl',
        'CdnDomain',
        'DocsUrl',
        'KeysSecret',
        'OriginalsBucket',
        'QueueUrl',
        'SiteUrl',
        'Table',
        'VariantsBucket',
      ].sort(),
    );
  });

  test.each([['AwsSolutions', AwsSolutionsChecks] as const, ['Serverless', ServerlessChecks] as const])(
    'has nothing against it in %s that is not acknowledged',
    (_name, Pack) => {
      const { violations } = new Pack().validateScope(usual.stack);
      expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
    },
  );
});
