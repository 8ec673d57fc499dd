import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IEventBus, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { choresMemoryMib, longestPace, paceOfLane } from '../adapters/aws/ceilings.ts';
import type { Config } from '../core/config.ts';
import { sweepEveryMs, sweepShares } from '../core/sweeping.ts';
import type { Environment, FunctionName } from '../environment.ts';
import type { ChoreOrder } from '../handlers/chores.ts';
import { acknowledge } from './acknowledged.ts';
import { allow } from './allow.ts';
import { ApiAccess, type ApiAuth } from './api-access.ts';
import { CatalogueTable } from './catalogue-table.ts';
import { Console } from './console.ts';
import { Delivery, type DeliveryDomain } from './delivery.ts';
import { Events } from './events.ts';
import { usualRelease } from './function-code.ts';
import { HttpApi, type Throttle } from './http-api.ts';
import { checkLifetimes, renderMemoryMibFor, renderTimeoutFor } from './lambda-limits.ts';
import { LaneMachine } from './lane-engine.ts';
import { Monitoring } from './monitoring.ts';
import { Originals } from './originals.ts';
import { type Network, PipelineFunction, type PipelineFunctionProps } from './pipeline-function.ts';
import { RenderQueue } from './render-queue.ts';
import { SharpLayer } from './sharp-layer.ts';
import { Variants } from './variants.ts';

export interface ImagePipelineProps {
  /** Presets, limits and lifetimes: what `defineConfig` returns. */
  readonly config: Config;
  /** Web origins whose pages may upload and call the API, such as `https://app.example`; with none, no page may. */
  readonly allowedOrigins: readonly string[];
  /** @default keys of our own, kept as hashes in a secret */
  readonly auth?: ApiAuth;
  /** A name of your own for the pictures. @default the CDN's name */
  readonly domain?: DeliveryDomain;
  /** After how many days an original moves to a colder class that can still be read at once. @default 30 */
  readonly coldAfterDays?: number | false;
  /** Renders that may run at once, up to 20,000. @default 5, half of what a new account may run of everything */
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
  /**
   * The bus for `image.ready`, `image.failed`, `image.deleted` and `image.purged`, in the stack's region. @default the account's default bus
   */
  readonly eventBus?: IEventBus;
  /** Receives an e-mail when an alarm goes off. @default none */
  readonly alarmEmail?: string;
  /** The topic that gets a message when an alarm goes off and when it ends; its policy must let CloudWatch publish. @default a topic of our own */
  readonly alarmTopic?: ITopic;
  /** How long the logs of the functions and of the API are kept. @default one month */
  readonly logRetention?: RetentionDays;
  /**
   * Puts the console at `/console/` of the CDN. Everyone can load the page; it shows nothing without a key. Its origin has
   * to be one of `allowedOrigins`: that of `domain` is added by itself. @default false
   */
  readonly console?: boolean;
  /** A web ACL of AWS WAF for the CDN: the ARN of one with the scope CLOUDFRONT, in us-east-1. @default none */
  readonly webAclArn?: string;
  /**
   * Encrypts the originals and the table. Its policy must leave permissions to IAM, as the usual policy does. The variants
   * are for everyone, and S3 encrypts them with a key of its own.
   * @default keys of S3 and DynamoDB
   */
  readonly encryptionKey?: IKey;
  /**
   * Every key that was `encryptionKey` before: what it encrypted stays encrypted with it, and can be read only with it.
   * @default none
   */
  readonly formerEncryptionKeys?: readonly IKey[];
  /**
   * Puts the functions into a VPC; from its subnets they must reach S3, DynamoDB, SQS, Secrets Manager, EventBridge, Step Functions,
   * CloudFront and CloudWatch, over endpoints or a NAT gateway.
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

/** Originals in, immutable variants out: the whole of Darkroom, for any stack. Its stores are its own: docs/decisions.md#own-stores */
export class ImagePipeline extends Construct {
  readonly originals: Originals;
  readonly variants: Variants;
  readonly catalogue: CatalogueTable;
  readonly queue: RenderQueue;
  readonly delivery: Delivery;
  readonly console: Console | undefined;
  readonly api: HttpApi;
  readonly access: ApiAccess;
  readonly events: Events;
  readonly monitoring: Monitoring;
  readonly functions: Readonly<
    Record<'Api' | 'Render' | 'DeadLetter' | 'Chores' | 'Lane' | 'Publish', PipelineFunction>
  >;
  readonly lanes: LaneMachine;
  readonly clocks: readonly Rule[];
  private readonly settings: Settings;
  private readonly sharp: SharpLayer;

  constructor(scope: Construct, id: string, props: ImagePipelineProps) {
    super(scope, id);
    checkLifetimes(props.config);
    this.settings = settingsOf(props);

    this.originals = new Originals(this, 'Originals', this.settings);
    this.variants = new Variants(this, 'Variants', this.settings);
    this.catalogue = new CatalogueTable(this, 'Catalogue', this.settings);
    this.queue = new RenderQueue(this, 'Queue', this.settings);
    this.api = new HttpApi(this, 'HttpApi', this.settings);
    this.delivery = this.addDelivery();
    this.events = new Events(this, 'Events', { bus: props.eventBus });
    this.sharp = this.addSharp();
    this.access = this.addAccess();

    const api = this.addApi();
    const render = this.addRender();
    const deadLetter = this.addDeadLetter();
    const lane = this.addLane();
    this.lanes = new LaneMachine(this, 'Lanes', { lane });
    const chores = this.addChores();
    this.clocks = this.addClocks(chores);
    const publish = this.addPublish();
    this.functions = { Api: api, Render: render, DeadLetter: deadLetter, Chores: chores, Lane: lane, Publish: publish };
    // Each of these reads or writes what the key encrypts.
    for (const user of Object.values(this.functions)) {
      props.encryptionKey?.grant(user, ...keyActions);
      for (const key of props.formerEncryptionKeys ?? []) key.grant(user, 'kms:Decrypt');
    }

    this.api.serve({ handler: api, authorizer: this.access.authorizer });
    this.monitoring = this.addMonitoring();
    this.console = props.console ? this.addConsole() : undefined;
    acknowledge(this);
  }

  private addDelivery(): Delivery {
    const { config, domain, cdnLogBucket, webAclArn } = this.settings;
    return new Delivery(this, 'Delivery', {
      variants: this.variants.bucket,
      presets: config.presets,
      apiHost: this.api.host,
      domain,
      logBucket: cdnLogBucket,
      webAclArn,
    });
  }

  private addConsole(): Console {
    const { domain, removalPolicy, autoDeleteObjects } = this.settings;
    return new Console(this, 'Console', {
      delivery: this.delivery,
      domain,
      apiUrl: this.api.url,
      originals: this.originals.bucket,
      board: this.monitoring.board.dashboardName,
      removalPolicy,
      autoDeleteObjects,
    });
  }

  private addSharp(): SharpLayer {
    const { architecture, sharpLayerFolder } = this.settings;
    return new SharpLayer(this, 'Sharp', { architecture, folder: sharpLayerFolder });
  }

  private addApi(): PipelineFunction {
    const { reservedConcurrency } = this.settings;
    const environment = {
      ...this.storesInEnvironment(),
      ...this.pricesInEnvironment(),
      DARKROOM_SITE: this.delivery.site,
      DARKROOM_WATCH_SECRET: this.access.watchSecret.secretArn,
      DARKROOM_NAME: this.deploymentName(),
      DARKROOM_GATEWAY: this.api.gateway.apiId,
    } as const;
    // The gateway waits for 30 seconds.
    const timeout = Duration.seconds(29);
    const api = this.addFunction('Api', 'api', environment, { memoryMiB: 512, reservedConcurrency, timeout });
    this.catalogue.grantMoves(api);
    this.catalogue.grantLists(api, ['all', 'collection', 'status', 'both']);
    this.originals.grantTickets(api);
    this.originals.grantFind(api);
    this.originals.grantRemove(api);
    this.variants.grantFind(api);
    this.variants.grantRemove(api);
    this.queue.grantSend(api);
    this.queue.grantCount(api);
    this.access.grantWatch(api);
    // AWS knows no narrower resource for it.
    allow(api, 'ReadTheMetrics', ['cloudwatch:GetMetricData'], ['*']);
    return api;
  }

  private addRender(): PipelineFunction {
    const { maxConcurrentRenders, renderMemoryMib, renderTimeout } = this.settings;
    const environment = {
      ...this.storesInEnvironment(),
      DARKROOM_NAME: this.deploymentName(),
      MALLOC_ARENA_MAX: '2',
    } as const;
    const render = this.addFunction('Render', 'render', environment, {
      timeout: renderTimeout,
      memoryMiB: renderMemoryMib,
      layers: [this.sharp.version],
    });
    this.originals.notify(this.queue.queue);
    this.queue.feed(render, maxConcurrentRenders);
    this.queue.grantPostpone(render);
    this.queue.grantSend(render);
    this.catalogue.grantMoves(render);
    this.originals.grantRead(render);
    this.variants.grantWrite(render);
    this.variants.grantRead(render);
    this.variants.grantRemove(render);
    return render;
  }

  private addDeadLetter(): PipelineFunction {
    const environment = { DARKROOM_TABLE: this.catalogue.table.tableName };
    const deadLetter = this.addFunction('DeadLetter', 'deadLetter', environment);
    this.queue.feedDeadLetters(deadLetter);
    this.catalogue.grantMoves(deadLetter);
    return deadLetter;
  }

  private addChores(): PipelineFunction {
    const environment = {
      ...this.storesInEnvironment(),
      ...this.pricesInEnvironment(),
      DARKROOM_NAME: this.deploymentName(),
      DARKROOM_DISTRIBUTION: this.delivery.distribution.distributionId,
      DARKROOM_PACE: String(Math.min(this.settings.maxConcurrentRenders, longestPace)),
      DARKROOM_LANES_ARN: this.lanes.machine.stateMachineArn,
    };
    const chores = this.addFunction('Chores', 'chores', environment, {
      // Lambda's share of a processor grows with the memory, and an audit reads long lists.
      memoryMiB: choresMemoryMib,
      timeout: Duration.minutes(14),
      // The recipe depends on the version of sharp, so this function asks the same sharp as the renderer.
      layers: [this.sharp.version],
    });
    this.catalogue.grantMoves(chores);
    this.catalogue.grantLists(chores, ['all', 'collection', 'open']);
    this.catalogue.grantCloseDeletion(chores);
    this.originals.grantRead(chores);
    this.originals.grantRemove(chores);
    this.variants.grantFind(chores);
    this.variants.grantRemove(chores);
    this.queue.grantSend(chores);
    this.delivery.grantForget(chores);
    this.lanes.grantStart(chores);
    return chores;
  }

  private addLane(): PipelineFunction {
    const environment = {
      DARKROOM_TABLE: this.catalogue.table.tableName,
      DARKROOM_ORIGINALS: this.originals.bucket.bucketName,
      DARKROOM_QUEUE_URL: this.queue.queue.queueUrl,
      DARKROOM_PACE: String(paceOfLane(this.settings.maxConcurrentRenders)),
    };
    const lane = this.addFunction('Lane', 'lane', environment, {
      memoryMiB: 1024,
      timeout: Duration.minutes(14),
      layers: [this.sharp.version],
    });
    this.catalogue.grantMoves(lane);
    this.catalogue.grantLists(lane, ['all', 'collection']);
    this.originals.grantRead(lane);
    this.queue.grantSend(lane);
    return lane;
  }

  private addClocks(chores: PipelineFunction): readonly Rule[] {
    return Object.entries(clock).map(([name, every]) => {
      const chore = name as ChoreOrder['chore'];
      const shares = chore === 'sweep' ? Array.from({ length: sweepShares }, (_, share) => ({ share })) : [{}];
      return new Rule(this, `Clock-${chore}`, {
        description: `Darkroom: ${chore}`,
        schedule: Schedule.rate(every),
        enabled: !this.settings.clockStopped,
        targets: shares.map((share) => {
          const event = RuleTargetInput.fromObject({ chore, ...share } satisfies ChoreOrder);
          return new LambdaFunction(chores.lambda, { event });
        }),
      });
    });
  }

  private addPublish(): PipelineFunction {
    const environment = {
      DARKROOM_NAME: this.deploymentName(),
      DARKROOM_EVENT_BUS: this.events.address,
      DARKROOM_TABLE_ARN: this.catalogue.table.tableArn,
      DARKROOM_UNTOLD_URL: this.events.unpublished.queueUrl,
    };
    // Each of ten calls of a batch may hang, and the one that parks an event as well.
    const publish = this.addFunction('Publish', 'publish', environment, { timeout: Duration.minutes(2) });
    this.events.follow(this.catalogue, publish);
    return publish;
  }

  private addAccess(): ApiAccess {
    const { auth, removalPolicy, reservedConcurrency } = this.settings;
    return new ApiAccess(this, 'Access', {
      auth,
      authorizeFunction: (environment) =>
        this.addFunction('Authorize', 'authorize', environment, { reservedConcurrency }),
      removalPolicy,
    });
  }

  private addMonitoring(): Monitoring {
    const { config, maxConcurrentRenders, renderMemoryMib, alarmEmail, alarmTopic } = this.settings;
    return new Monitoring(this, 'Monitoring', {
      queue: this.queue,
      events: this.events,
      api: this.api,
      delivery: this.delivery,
      functions: { ...this.functions, ...(this.access.keyChecker && { Authorize: this.access.keyChecker }) },
      deploymentName: this.deploymentName(),
      maxConcurrentRenders,
      chores: clock,
      ticketSeconds: config.ticketSeconds,
      originals: this.originals.bucket,
      variants: this.variants.bucket,
      renderMemoryMib,
      email: alarmEmail,
      topic: alarmTopic,
    });
  }

  private addFunction<Name extends FunctionName>(
    id: string,
    name: Name,
    environment: Omit<Environment<Name>, 'DARKROOM_LOG'>,
    more: Partial<PipelineFunctionProps<Name>> = {},
  ): PipelineFunction<Name> {
    const { log, config, release, architecture, removalPolicy, logRetention, network } = this.settings;
    return new PipelineFunction<Name>(this, id, {
      name,
      environment: { DARKROOM_LOG: log, ...environment } as Environment<Name>,
      config,
      release,
      architecture,
      removalPolicy,
      logRetention,
      network,
      ...more,
    });
  }

  private storesInEnvironment() {
    return {
      DARKROOM_TABLE: this.catalogue.table.tableName,
      DARKROOM_ORIGINALS: this.originals.bucket.bucketName,
      DARKROOM_VARIANTS: this.variants.bucket.bucketName,
      DARKROOM_QUEUE_URL: this.queue.queue.queueUrl,
    };
  }

  private pricesInEnvironment() {
    const { coldAfterDays, renderMemoryMib } = this.settings;
    return {
      DARKROOM_RENDER_MEMORY_MIB: String(renderMemoryMib),
      DARKROOM_COLD: coldAfterDays === false ? 'no' : 'yes',
    } as const;
  }

  /** Unique in the account and region, because the names of stacks are. */
  private deploymentName(): string {
    const { node, stackName } = Stack.of(this);
    return [stackName, ...this.node.path.split('/').slice(node.path.split('/').length)].join('-');
  }
}

/** What S3 and DynamoDB do with a key in the name of their caller. */
const keyActions = ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];

/** How often each chore is done. */
const clock = {
  sweep: Duration.millis(sweepEveryMs),
  purge: Duration.minutes(1),
  audit: Duration.minutes(15),
  jobs: Duration.minutes(1),
} as const satisfies Record<ChoreOrder['chore'], Duration>;

type Settings = ReturnType<typeof settingsOf>;

/** The props with every default filled in, and what follows from them. */
const settingsOf = (props: ImagePipelineProps) => ({
  ...props,
  allowedOrigins: [...props.allowedOrigins, ...(props.console && props.domain ? [`https://${props.domain.name}`] : [])],
  auth: props.auth ?? ({ kind: 'keys' } as const),
  maxConcurrentRenders: props.maxConcurrentRenders ?? 5,
  clockStopped: props.clockStopped ?? false,
  log: props.log ?? 'info',
  architecture: props.architecture ?? Architecture.ARM_64,
  release: props.release ?? usualRelease,
  renderTimeout: renderTimeoutFor(props.config),
  renderMemoryMib: props.renderMemoryMib ?? renderMemoryMibFor(props.config),
  // After a failed first deploy the stores are empty and would only collide with the next one.
  removalPolicy: props.ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  autoDeleteObjects: props.ephemeral ?? false,
});
