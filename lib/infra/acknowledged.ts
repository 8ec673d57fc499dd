import { type CfnElement, Stack, Validations } from 'aws-cdk-lib';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import type { LaneMachine } from './lane-engine.ts';
import type { Originals } from './originals.ts';
import type { PipelineFunction } from './pipeline-function.ts';
import type { Variants } from './variants.ts';

/** Constructs with suppressed cdk-nag findings. */
export type Parts = {
  readonly originals: Originals;
  readonly variants: Variants;
  readonly functions: Readonly<
    Record<'Api' | 'Render' | 'DeadLetter' | 'Chores' | 'Lane' | 'Publish', PipelineFunction>
  >;
  readonly access: IConstruct & { readonly keyChecker: IConstruct | undefined };
  readonly clocks: readonly IConstruct[];
  readonly console: IConstruct | undefined;
  readonly lanes: LaneMachine;
} & Readonly<Record<'delivery' | 'queue' | 'events' | 'api', IConstruct>>;

/**
 * The cdk-nag findings that stay, each with its reason. Each is acknowledged at its own construct, so the same finding
 * elsewhere is still reported.
 */
export const acknowledge = (parts: Parts): void => {
  const { originals, variants, delivery, queue, events, access, api, functions, clocks, lanes } = parts;
  const all = [...Object.values(functions), ...(access.keyChecker ? [access.keyChecker] : [])];
  const objectsOf = (bucket: CfnBucket, folder: string) =>
    `AwsSolutions-IAM5[Resource::<${Stack.of(bucket).getLogicalId(bucket)}.Arn>/${folder}/*]`;
  const { Api, Render, Chores, Lane, Publish } = functions;

  accept([originals, variants], {
    'AwsSolutions-S1':
      'Only our functions and the CDN read the buckets; access logs would cost more than they tell. The CDN and the API have logs of their own.',
    'CloudFormation-Validate::W9003': 'CDK writes a number where CloudFormation takes its text; both mean the same.',
  });
  accept([delivery], {
    'AwsSolutions-CFR1': 'The pictures of a site are for all of its visitors, wherever they are.',
    'AwsSolutions-CFR2': 'Static files under a closed set of addresses leave a firewall nothing to filter.',
    'AwsSolutions-CFR3': 'Logs of every picture view are a choice with a cost: cdnLogBucket turns them on.',
    'AwsSolutions-CFR4':
      'TLS 1.2 is the least as soon as there is a domain; the name of CloudFront itself allows no choice.',
    'Annotation::@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk':
      'The viewer function lets nothing but addresses of variants through, and there is a default root object.',
  });
  if (parts.console)
    accept([parts.console], {
      'AwsSolutions-S1': 'It holds the files of a page, which only the CDN reads.',
      'CloudFormation-Validate::W9003': 'CDK writes a number where CloudFormation takes its text; both mean the same.',
    });
  accept([queue, events], {
    'AwsSolutions-SQS3': 'This queue is where messages go that could not be delivered.',
    'Serverless-SQSRedrivePolicy': 'This queue is where messages go that could not be delivered.',
  });
  accept([Api, Render, Chores], {
    [objectsOf(originals.bucket.node.defaultChild as CfnBucket, 'originals')]:
      'The keys of originals are not known before there are any.',
    [objectsOf(variants.bucket.node.defaultChild as CfnBucket, 'images')]:
      'The keys of variants are not known before there are any.',
  });
  accept([Api], {
    'AwsSolutions-IAM5[Resource::*]': 'cloudwatch:GetMetricData can be given for all metrics only.',
  });
  const idOf = (part: IConstruct) => Stack.of(part).getLogicalId(part.node.defaultChild as CfnElement);
  const machine = `{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"${idOf(lanes.machine)}"}]}]}`;
  const executions = `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:${machine}`;
  const whyExecutions = 'A Distributed Map starts executions of its own machine, whose names are made then.';
  accept([Lane], {
    [objectsOf(originals.bucket.node.defaultChild as CfnBucket, 'originals')]:
      'The keys of originals are not known before there are any.',
  });
  accept([lanes], {
    'AwsSolutions-SF1': 'The function logs what a lane does; Step Functions keeps the history of a run for 90 days.',
    'AwsSolutions-SF2': 'The history of a run shows each call; traces can be turned on where they are wanted.',
    'Serverless-StepFunctionStateMachineXray':
      'The history of a run shows each call; traces can be turned on where they are wanted.',
    [`AwsSolutions-IAM5[Resource::<${idOf(Lane.lambda)}.Arn>:*]`]:
      'These are the versions of one function, of which there is one.',
    [`AwsSolutions-IAM5[Resource::${executions}:*]`]: whyExecutions,
    [`AwsSolutions-IAM5[Resource::${executions}/*:*]`]: whyExecutions,
  });
  accept([Publish], {
    'AwsSolutions-IAM5[Resource::*]': 'dynamodb:ListStreams, which Lambda asks for, can be given for all streams only.',
  });
  accept([access], {
    'AwsSolutions-SMG4': 'The secret holds hashes of keys; who holds a key decides when it is replaced.',
  });
  accept([api], {
    'AwsSolutions-APIG4':
      'Health is open to all. What no route matches gets to the API without a key, which serves it nothing that wants one.',
  });
  accept(all, {
    'Serverless-LambdaDLQ':
      'No caller waits for these functions: requests, queues and the stream repeat by themselves, and the schedule calls again.',
    'Serverless-LambdaTracing':
      'Every log line carries its request and its image; traces can be turned on where they are wanted.',
    'Serverless-LambdaEventSourceMappingDestination': 'The queue itself sets aside what fails too often.',
  });
  accept(clocks, { 'Serverless-EventBusDLQ': 'A chore that was missed is done at the next stroke.' });
};

/** The function by which CDK sets up S3's notifications to the queue; it is not ours, and it runs only while the stack is deployed. */
export const acknowledgeNotifications = (stack: IConstruct): void => {
  const handler = stack.node.children.find(({ node }) => node.id.startsWith('BucketNotificationsHandler'));
  if (!handler) return;
  accept([handler], {
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]':
      'It is CDK’s own function, with the policy that CDK gives it.',
    'AwsSolutions-IAM5[Resource::*]': 'It is CDK’s own function, with the policy that CDK gives it.',
  });
};

const accept = (where: readonly IConstruct[], reasons: Readonly<Record<string, string>>): void => {
  for (const construct of where)
    for (const [id, reason] of Object.entries(reasons)) Validations.of(construct).acknowledge({ id, reason });
};

/** The function by which CDK copies the files of the console; it is not ours, and it runs only while the stack is deployed. */
export const acknowledgeConsoleFiles = (stack: IConstruct, bucket: CfnBucket): void => {
  const handler = stack.node.children.find(({ node }) => node.id.startsWith('Custom::CDKBucketDeployment'));
  const reason = 'It is CDK’s own function, with the policy that CDK gives it.';
  const findings = [
    'AwsSolutions-L1',
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    ...['s3:GetBucket*', 's3:GetObject*', 's3:List*', 's3:Abort*', 's3:DeleteObject*'].map(
      (action) => `AwsSolutions-IAM5[Action::${action}]`,
    ),
    'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*]',
    `AwsSolutions-IAM5[Resource::<${Stack.of(bucket).getLogicalId(bucket)}.Arn>/*]`,
    'Serverless-LambdaDLQ',
    'Serverless-LambdaLatestVersion',
    'Serverless-LambdaTracing',
  ];
  if (handler) accept([handler], Object.fromEntries(findings.map((id) => [id, reason])));
};
