import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type Architecture, type ILayerVersion, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Config } from '../core/config.ts';
import type { Environment, FunctionName } from '../environment.ts';
import { allow } from './allow.ts';
import { functionCode } from './function-code.ts';
import { sources } from './function-sources.ts';

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
  /** Of its log group. @default one month */
  readonly logRetention?: RetentionDays | undefined;
  /** @default none */
  readonly network?: Network | undefined;
}

/** Where functions are in a VPC. */
export interface Network {
  readonly vpc: IVpc;
  /** @default the private subnets */
  readonly subnets?: SubnetSelection;
  /** @default one for each function, which lets everything out */
  readonly securityGroups?: readonly ISecurityGroup[];
}

/** One of `functions/` as a Lambda: bundled, with its own log and a role that may only write that log. */
export class PipelineFunction<Name extends FunctionName = FunctionName> extends Construct implements IGrantable {
  readonly lambda: LambdaFunction;
  readonly grantPrincipal;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps<Name>) {
    super(scope, id);
    const { name, environment, config, release, architecture, removalPolicy } = props;
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.lambda = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture,
      handler: 'index.handler',
      code: functionCode(name, config, release),
      memorySize: props.memoryMiB ?? 256,
      timeout: props.timeout ?? Duration.seconds(10),
      layers: [...(props.layers ?? [])],
      environment: environment as Record<string, string>,
      role,
      logGroup,
      ...(props.network && inNetwork(props.network)),
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      description: `Darkroom: functions/${sources[name]}`,
    });
    this.grantPrincipal = this.lambda.grantPrincipal;
    if (props.network) allow(this, 'JoinTheNetwork', networkActions, ['*']);
    allow(this, 'WriteItsLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
  }
}

const inNetwork = ({ vpc, subnets, securityGroups }: Network) => ({
  vpc,
  ...(subnets && { vpcSubnets: subnets }),
  ...(securityGroups && { securityGroups: [...securityGroups] }),
});

/** What Lambda needs of the role before it puts a function into a VPC; AWS knows no narrower resource for it. */
const networkActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
