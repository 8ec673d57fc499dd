import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IEventBus, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Config } from '../core/config.ts';
import type { Environment, FunctionName } from '../environment.ts';
import type { Chore, ChoreOrder } from '../handlers/chores.ts';
import { acknowledge } from './acknowledged.ts';
import { ApiAccess, type ApiAuth } from './api-access.ts';
import { CatalogueTable } from './catalogue-table.ts';
import { Delivery, type DeliveryDomain } from './delivery.ts';
import { Events } from './events.ts';
import { usualRelease } from './function-code.ts';
import { HttpApi, type Throttle } from './http-api.ts';
import { Monitoring } from './monitoring.ts';
import { Originals } from './originals.ts';
import { type Network, PipelineFunction } from './pipeline-function.ts';
import { RenderQueue } from './render-queue.ts';
import { SharpLayer } from './sharp-layer.ts';
import { Variants } from './variants.ts';

export interface ImagePipelineProps {
  /** Presets, limits and lifetimes: what `defineConfig` returns. */
  readonly config: Config;
  /** Web origins whose pages may upload and call the API, such as `https://app.example`. */
  readonly allowedOrigins: readonly string[];
  /** @default keys of our own, kept as hashes in a secret */
  readonly auth?: ApiAuth;
  /** A name of your own for the pictures. @default the CDN's name */
  readonly domain?: DeliveryDomain;
  /** After how many days an original moves to a colder class that can still be read at once. @default 30 */
  readonly coldAfterDays?: number | false;
  /** Renders that may run at once. @default 5, half of what a new account may run of everything */
  readonly maxConcurrentRenders?: number;
  /**
   * Places among the account's concurrent executions kept for the API, and as many for its authorizer. They get no more than
   * that either, and AWS refuses it unless 100 places of the account remain for all.
   * @default none
   */
  readonly reservedConcurrency?: number;
  /** Stops the clock: no sweep, no audit, no jobs. For the time in which table or buckets are restored. @default false */
  readonly clockStopped?: boolean;
  /** Memory of the renderer; its share of the processor grows with it. @default by the limits on pixels */
  readonly renderMemoryMib?: number;
  /** @default 100 a second, 200 at once */
  readonly throttle?: Throttle;
  /** For calls that make something. @default 50 a second, 100 at once */
  readonly writeThrottle?: Throttle;
  /** Where `image.ready`, `image.failed`, `image.deleted` and `image.purged` are told. @default the account's default bus */
  readonly eventBus?: IEventBus;
  /** Receives an e-mail when an alarm goes off. @default none */
  readonly alarmEmail?: string;
  /** Is told when an alarm goes off and when it ends; its policy must let CloudWatch publish. @default a topic of our own */
  readonly alarmTopic?: ITopic;
  /** How long the logs of the functions and of the API are kept. @default one month */
  readonly logRetention?: RetentionDays;
  /** A web ACL of AWS WAF for the CDN: the ARN of one with the scope CLOUDFRONT, in us-east-1. @default none */
  readonly webAclArn?: string;
  /**
   * Encrypts the originals and the table. Its policy must leave permissions to IAM, as the usual policy does. The variants
   * are for everyone, and S3 encrypts them with a key of its own.
   * @default keys of S3 and DynamoDB
   */
  readonly encryptionKey?: IKey;
  /**
   * Puts the functions into a VPC; from its subnets they must reach S3, DynamoDB, SQS, Secrets Manager, EventBridge and
   * CloudFront, over endpoints or a NAT gateway.
   * @default none
   */
  readonly network?: Network;
  /** For the CDN's standard logs; it must allow ACLs. @default none */
  readonly cdnLogBucket?: IBucket;
  /** Log level of the functions. @default info */
  readonly log?: 'info' | 'warn' | 'error';
  /** Removes everything with the stack, pictures included. For tests only. @default false */
  readonly ephemeral?: boolean;
  /** @default arm64 */
  readonly architecture?: Architecture;
  /** A folder that holds `nodejs/node_modules` with sharp for the architecture. @default fetched by npm, from the lock file of Darkroom */
  readonly sharpLayerFolder?: string;
  /** The version in `GET /v1/health`. @default the package's, or 0.0.0 in the checkout */
  readonly release?: string;
}

/** Originals in, immutable variants out: the whole of Darkroom, for any stack. */
export class ImagePipeline extends Construct {
  readonly originals: Originals;
  readonly variants: Variants;
  readonly catalogue: CatalogueTable;
  readonly queue: RenderQueue;
  readonly delivery: Delivery;
  readonly api: HttpApi;
  readonly access: ApiAccess;
  readonly events: Events;
  readonly monitoring: Monitoring;
  readonly functions: Readonly<Record<'Api' | 'Render' | 'DeadLetter' | 'Chores' | 'Publish', PipelineFunction>>;
  readonly clocks: readonly Rule[];

  constructor(scope: Construct, id: string, props: ImagePipelineProps) {
    super(scope, id);
    checkLifetimes(props.config);
    const { config, allowedOrigins, log = 'info', ephemeral = false, architecture = Architecture.ARM_64 } = props;
    // After a failed first deploy the stores are empty and would only collide with the next one.
    const removalPolicy = ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    const kept = { removalPolicy, autoDeleteObjects: ephemeral };
    const renderTimeout = renderTimeoutFor(config);
    const renderMemoryMib = props.renderMemoryMib ?? memoryFor(config);

    this.originals = new Originals(this, 'Originals', {
      ...kept,
      allowedOrigins,
      coldAfterDays: props.coldAfterDays,
      encryptionKey: props.encryptionKey,
    });
    this.variants = new Variants(this, 'Variants', kept);
    this.catalogue = new CatalogueTable(this, 'Catalogue', { removalPolicy, encryptionKey: props.encryptionKey });
    this.queue = new RenderQueue(this, 'Queue', { renderTimeout });
    this.api = new HttpApi(this, 'HttpApi', {
      allowedOrigins,
      throttle: props.throttle,
      writeThrottle: props.writeThrottle,
      logRetention: props.logRetention,
      removalPolicy,
    });
    this.delivery = new Delivery(this, 'Delivery', {
      variants: this.variants.bucket,
      presets: config.presets,
      apiHost: this.api.host,
      domain: props.domain,
      logBucket: props.cdnLogBucket,
      webAclArn: props.webAclArn,
    });
    this.events = new Events(this, 'Events', { bus: props.eventBus });

    const fn = <Name extends FunctionName>(
      id: string,
      name: Name,
      environment: Omit<Environment<Name>, 'DARKROOM_LOG'>,
      more: Partial<ConstructorParameters<typeof PipelineFunction<Name>>[2]> = {},
    ) =>
      new PipelineFunction<Name>(this, id, {
        name,
        environment: { DARKROOM_LOG: log, ...environment } as Environment<Name>,
        config,
        release: props.release ?? usualRelease,
        architecture,
        removalPolicy,
        logRetention: props.logRetention,
        network: props.network,
        ...more,
      });
    const stores = {
      DARKROOM_TABLE: this.catalogue.table.tableName,
      DARKROOM_ORIGINALS: this.originals.bucket.bucketName,
      DARKROOM_VARIANTS: this.variants.bucket.bucketName,
      DARKROOM_QUEUE_URL: this.queue.queue.queueUrl,
    };
    const sharp = new SharpLayer(this, 'Sharp', { architecture, folder: props.sharpLayerFolder });
    // Stacks have names that are unique in their account and region.
    const stack = Stack.of(this);
    const deploymentName = [
      stack.stackName,
      ...this.node.path.split('/').slice(stack.node.path.split('/').length),
    ].join('-');
    const deployment = { DARKROOM_NAME: deploymentName };
    const maxConcurrentRenders = props.maxConcurrentRenders ?? 5;

    const api = fn(
      'Api',
      'api',
      {
        ...stores,
        DARKROOM_SITE: this.delivery.site,
        DARKROOM_RENDER_MEMORY_MIB: String(renderMemoryMib),
        DARKROOM_COLD: props.coldAfterDays === false ? 'no' : 'yes',
      },
      { memoryMiB: 512, reservedConcurrency: props.reservedConcurrency },
    );
    this.catalogue.grantMoves(api);
    this.catalogue.grantLists(api, ['all', 'collection', 'status', 'both']);
    this.originals.grantTickets(api);
    this.originals.grantFind(api);
    this.originals.grantRemove(api);
    this.variants.grantFind(api);
    this.variants.grantRemove(api);
    this.queue.grantSend(api);

    const render = fn(
      'Render',
      'render',
      { ...stores, ...deployment, MALLOC_ARENA_MAX: '2' },
      {
        timeout: renderTimeout,
        memoryMiB: renderMemoryMib,
        layers: [sharp.version],
      },
    );
    this.originals.notify(this.queue.queue);
    this.queue.feed(render, maxConcurrentRenders);
    this.queue.grantPostpone(render);
    this.catalogue.grantMoves(render);
    this.originals.grantRead(render);
    this.variants.grantWrite(render);
    this.variants.grantRead(render);
    this.variants.grantRemove(render);

    const deadLetter = fn('DeadLetter', 'deadLetter', { DARKROOM_TABLE: stores.DARKROOM_TABLE });
    this.queue.feedDeadLetters(deadLetter);
    this.catalogue.grantMoves(deadLetter);

    const chores = fn(
      'Chores',
      'chores',
      {
        ...stores,
        ...deployment,
        DARKROOM_DISTRIBUTION: this.delivery.distribution.distributionId,
        DARKROOM_PACE: String(maxConcurrentRenders),
      },
      // The recipe depends on the version of sharp, so this function asks the same sharp as the renderer.
      { memoryMiB: 512, timeout: Duration.minutes(14), layers: [sharp.version] },
    );
    this.catalogue.grantMoves(chores);
    this.catalogue.grantLists(chores, ['all', 'collection', 'open']);
    this.catalogue.grantBury(chores);
    this.originals.grantRead(chores);
    this.originals.grantRemove(chores);
    this.variants.grantFind(chores);
    this.variants.grantRemove(chores);
    this.queue.grantSend(chores);
    this.delivery.grantForget(chores);
    this.clocks = Object.entries(clock).map(([chore, every]) =>
      this.schedule(chores, chore as Chore, every, props.clockStopped ?? false),
    );

    const publish = fn(
      'Publish',
      'publish',
      {
        ...deployment,
        DARKROOM_EVENT_BUS: this.events.bus.eventBusName,
        DARKROOM_TABLE_ARN: this.catalogue.table.tableArn,
        DARKROOM_UNTOLD_URL: this.events.untold.queueUrl,
      },
      { timeout: Duration.seconds(30) },
    );
    this.events.follow(this.catalogue, publish);
    // Each of these reads or writes what the key encrypts.
    for (const user of [api, render, deadLetter, chores, publish]) props.encryptionKey?.grantEncryptDecrypt(user);
    this.functions = { Api: api, Render: render, DeadLetter: deadLetter, Chores: chores, Publish: publish };

    this.access = new ApiAccess(this, 'Access', {
      auth: props.auth ?? { kind: 'keys' },
      authorizeFunction: (environment) =>
        fn('Authorize', 'authorize', environment, { reservedConcurrency: props.reservedConcurrency }),
      removalPolicy,
    });
    this.access.grantWatch(api);
    this.api.serve({ handler: api, authorizer: this.access.authorizer });
    this.monitoring = new Monitoring(this, 'Monitoring', {
      queue: this.queue,
      events: this.events,
      api: this.api,
      delivery: this.delivery,
      functions: { ...this.functions, ...(this.access.judge && { Authorize: this.access.judge }) },
      deploymentName,
      maxConcurrentRenders,
      chores: clock,
      ticketSeconds: config.ticketSeconds,
      originals: this.originals.bucket,
      variants: this.variants.bucket,
      renderMemoryMib,
      email: props.alarmEmail,
      topic: props.alarmTopic,
    });
    acknowledge(this);
  }

  private schedule(chores: PipelineFunction, chore: Chore, every: Duration, stopped: boolean): Rule {
    return new Rule(this, `Clock-${chore}`, {
      description: `Darkroom: ${chore}`,
      schedule: Schedule.rate(every),
      enabled: !stopped,
      targets: [
        new LambdaFunction(chores.lambda, { event: RuleTargetInput.fromObject({ chore } satisfies ChoreOrder) }),
      ],
    });
  }
}

const clock = {
  sweep: Duration.minutes(15),
  purge: Duration.minutes(1),
  audit: Duration.hours(1),
  jobs: Duration.minutes(1),
} as const satisfies Record<Chore, Duration>;

const renderTimeoutFor = ({ limits }: Config): Duration => {
  const most = lambdaSeconds - overheadSeconds;
  if (limits.renderSeconds > most)
    throw new Error(`limits.renderSeconds is ${limits.renderSeconds}; on Lambda a render may take ${most} at most.`);
  return Duration.seconds(limits.renderSeconds + overheadSeconds);
};

/** What a function signs is worth nothing as soon as the credentials end that it was signed with. */
const checkLifetimes = (config: Config): void => {
  for (const name of ['ticketSeconds', 'downloadSeconds'] as const)
    if (config[name] > signedSeconds)
      throw new Error(
        `${name} is ${config[name]}; what Lambda signs may outlive its credentials, so it is ${signedSeconds} at most on AWS.`,
      );
};

/** Credentials of a function are renewed some time before they end; none that it uses has less than this left. */
const signedSeconds = 3600;

/** Longer runs no function. */
const lambdaSeconds = 900;

/** Beside the render itself: reading the original, storing the variants, and starting cold. */
const overheadSeconds = 30;

/**
 * A still picture is shrunk while it is decoded: 100 megapixels took 246 MB as JPEG and 305 MB as PNG. The frames of an
 * animation are held whole, once as decoded and at most once more as variants, at four bytes a pixel: 150 million pixels
 * took up to 1371 MiB (`npm run bench -- --memory`). Below 1792 MiB there would be less than one processor to encode with.
 */
const memoryFor = ({ limits }: Config): number => {
  const animationMib = (8 * limits.maxAnimationPixels) / 1024 ** 2;
  return Math.min(10_240, Math.max(1792, Math.ceil((512 + animationMib) / 64) * 64));
};
