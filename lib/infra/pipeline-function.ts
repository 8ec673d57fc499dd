import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  type Architecture,
  Code,
  type ILayerVersion,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type BuildOptions, buildSync } from 'esbuild';
import type { Config } from '../core/config.ts';
import type { Environment, FunctionName } from '../environment.ts';
import { allow } from './allow.ts';

export interface PipelineFunctionProps<Name extends FunctionName> {
  /** Which of the functions this is. */
  readonly name: Name;
  /** The function's environment, all of it. */
  readonly environment: Environment<Name>;
  /** Written into the bundle. */
  readonly config: Config;
  /** Written into the bundle. */
  readonly release: string;
  readonly architecture: Architecture;
  /** @default 256 */
  readonly memoryMiB?: number;
  /** @default 10 seconds */
  readonly timeout?: Duration;
  /** @default none */
  readonly layers?: readonly ILayerVersion[];
  /** Places among the account's concurrent executions that are kept for it, and all that it gets. @default none */
  readonly reservedConcurrency?: number | undefined;
  /** Of its log group. */
  readonly removalPolicy: RemovalPolicy;
}

export const sources = {
  api: 'api.ts',
  render: 'render.ts',
  chores: 'chores.ts',
  deadLetter: 'dead-letter.ts',
  publish: 'publish.ts',
  authorize: 'authorize.ts',
} as const satisfies Record<FunctionName, string>;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One of `functions/` as a Lambda: bundled, with its own log and a role that may only write that log. */
export class PipelineFunction<Name extends FunctionName = FunctionName> extends Construct implements IGrantable {
  readonly lambda: LambdaFunction;
  readonly grantPrincipal;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps<Name>) {
    super(scope, id);
    const { name, environment, config, release, architecture, removalPolicy } = props;
    const logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.ONE_MONTH, removalPolicy });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.lambda = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture,
      handler: 'index.handler',
      code: bundle(sources[name], config, release),
      memorySize: props.memoryMiB ?? 256,
      timeout: props.timeout ?? Duration.seconds(10),
      layers: [...(props.layers ?? [])],
      environment: environment as Record<string, string>,
      role,
      logGroup,
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      description: `Darkroom: functions/${sources[name]}`,
    });
    this.grantPrincipal = this.lambda.grantPrincipal;
    allow(this, 'WriteItsLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
  }
}

/**
 * The esbuild settings of a function: a folder with an `index.mjs`, and beside it the parts that are loaded on demand.
 * The measurements in bench/ use the same.
 */
export const bundling = (entry: string, config: Config, release: string): BuildOptions => ({
  entryPoints: {
    index: join(root, 'functions', entry),
    ...(entry === sources.render && { ssimulacra2: join(root, 'lib', 'render', 'ssimulacra2', 'ssimulacra2.wasm') }),
  },
  loader: { '.wasm': 'copy' },
  bundle: true,
  // Parts that few calls need: the description of the API, and the client of CloudFront.
  splitting: entry === sources.api || entry === sources.chores,
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  alias: {
    // A layer's packages are found by `require` in every Node, and by `import` only in Lambda's own.
    sharp: join(root, 'layers', 'sharp', 'from-layer.js'),
    '@aws-sdk/credential-provider-node': join(root, 'functions', 'credentials.ts'),
  },
  define: { DARKROOM_CONFIG: JSON.stringify(config), DARKROOM_RELEASE: JSON.stringify(release) },
  // A stack trace should name our lines, not the bundle's.
  banner: { js: 'process.setSourceMapsEnabled(true);' },
});

const bundle = (entry: string, config: Config, release: string): Code =>
  Code.fromAsset(join(root, 'functions'), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      // Part of the asset's identity: everything else about it is the same for all functions.
      command: [entry, JSON.stringify(config), release],
      local: {
        tryBundle: (folder) => {
          mkdirSync(folder, { recursive: true });
          buildSync({ ...bundling(entry, config, release), outdir: folder, logLevel: 'error' });
          return true;
        },
      },
    },
  });
