import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
  Unit,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { callOverheadPerImage, prices } from '../core/cost.ts';
import { failures } from '../core/errors.ts';
import { metrics } from '../core/metrics.ts';
import type { Events } from './events.ts';
import type { HttpApi } from './http-api.ts';
import type { PipelineFunction } from './pipeline-function.ts';
import type { RenderQueue } from './render-queue.ts';

export interface MonitoringProps {
  readonly queue: RenderQueue;
  readonly events: Events;
  readonly api: HttpApi;
  readonly render: PipelineFunction;
  readonly undertaker: PipelineFunction;
  readonly originals: Bucket;
  readonly variants: Bucket;
  readonly renderMemoryMib: number;
  /** Who is written to when an alarm goes off. @default nobody; subscribe to `topic` yourself */
  readonly email?: string | undefined;
}

const minutes = Duration.minutes;

/** What wakes somebody up, and what that person then looks at. */
export class Monitoring extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Alarms', { displayName: 'Darkroom', enforceSSL: true });
    // A topic with a policy of its own has lost the one by which alarms of the account may publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LetAlarmsTell',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));
    this.alarms(props);
    this.dashboard(props);
  }

  private alarms({ queue, events, api, undertaker }: MonitoringProps): void {
    const oldest = queue.queue.metricApproximateAgeOfOldestMessage({ period: minutes(1), statistic: Stats.MAXIMUM });
    const depth = queue.queue.metricApproximateNumberOfMessagesVisible({
      period: minutes(1),
      statistic: Stats.MAXIMUM,
    });
    this.alarm('DeadLetters', 'A version could not be rendered, again and again.', deadLetters(queue, undertaker), 0);
    this.alarm('UntoldEvents', 'Events could not be told to the bus for a day.', visible(events.untold), 0);
    this.alarm('OldestMessage', 'An upload has been waiting for more than five minutes.', oldest, 300);
    this.alarm('QueueDepth', 'More than 100 uploads are waiting.', depth, 100, 5);
    this.alarm('FailureRate', 'More than 1 % of the versions fail.', failureRate(), 1);
    this.alarm('RenderTime', 'One render in twenty takes longer than five seconds.', renderMs('p95'), 5000, 3);
    this.alarm('ApiErrors', 'The API answers with 5xx.', api.gateway.metricServerError({ period: minutes(5) }), 0);
  }

  private alarm(id: string, description: string, metric: IMetric, above: number, periods = 1): void {
    const alarm = new Alarm(this, id, {
      metric,
      alarmDescription: `Darkroom: ${description} docs/aws.md says what to do.`,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
  }

  private dashboard({ queue, originals, variants, render, renderMemoryMib, api }: MonitoringProps): void {
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: 12, height: 6 });
    new Dashboard(this, 'Dashboard', {
      widgets: [
        [
          graph(
            'Waiting uploads',
            [queue.queue.metricApproximateNumberOfMessagesVisible({ period: minutes(1) })],
            [queue.queue.metricApproximateAgeOfOldestMessage({ period: minutes(1) })],
          ),
          graph('Processing time', [renderMs('p50'), renderMs('p95'), renderMs('Maximum')]),
        ],
        [
          graph('Failures by code', Object.keys(failures).map(failuresOf)),
          graph('Upload success rate, %', [successRate()]),
        ],
        [
          graph('Storage by tier, bytes', [
            stored('originals, Standard', originals, 'StandardStorage'),
            stored('originals, colder', originals, 'GlacierInstantRetrievalStorage'),
            stored('variants', variants, 'StandardStorage'),
          ]),
          graph('Growth of storage, bytes a day', [growth('originals', originals), growth('variants', variants)]),
        ],
        [
          graph('Cost of taking in one image, US dollars', [costPerImage(render, renderMemoryMib)]),
          graph(
            'API',
            [api.gateway.metricCount(), api.gateway.metricClientError(), api.gateway.metricServerError()],
            [api.gateway.metricLatency({ statistic: 'p95' })],
          ),
        ],
      ],
    });
  }
}

const counted = (
  metricName: string,
  more: { statistic?: string; dimensions?: Record<string, string>; label?: string } = {},
) =>
  new Metric({
    namespace: metrics.namespace,
    metricName,
    dimensionsMap: { service: 'pipeline', ...more.dimensions },
    statistic: more.statistic ?? Stats.SUM,
    period: minutes(5),
    ...(more.label !== undefined && { label: more.label }),
  });

const renderMs = (statistic: string) => counted(metrics.renderMs, { statistic, label: statistic });

const failuresOf = (code: string) => counted(metrics.failed, { dimensions: { [metrics.code]: code }, label: code });

const failureRate = () =>
  new MathExpression({
    expression: 'IF(ready + failed > 0, 100 * failed / (ready + failed), 0)',
    usingMetrics: { ready: counted(metrics.ready), failed: counted(metrics.failed) },
    label: 'failed, %',
    period: minutes(15),
  });

/** Of the tickets that came to an end: how many became a picture, and not a failure or an upload that never came. */
const successRate = () =>
  new MathExpression({
    expression: '100 * FILL(ready, 0) / (FILL(ready, 0) + FILL(failed, 0) + FILL(expired, 0))',
    usingMetrics: {
      ready: counted(metrics.ready),
      failed: counted(metrics.failed),
      expired: counted(metrics.expired),
    },
    label: 'ready, % of tickets',
    period: Duration.hours(1),
  });

const visible = (queue: RenderQueue['deadLetters']) =>
  queue.metricApproximateNumberOfMessagesVisible({ period: minutes(5), statistic: Stats.MAXIMUM });

/** The undertaker empties the queue within seconds, so a look at its depth alone would see nothing. */
const deadLetters = ({ deadLetters }: RenderQueue, { lambda }: PipelineFunction) =>
  new MathExpression({
    expression: 'FILL(waiting, 0) + FILL(handled, 0)',
    usingMetrics: {
      waiting: visible(deadLetters),
      handled: lambda.metricInvocations({ period: minutes(5) }),
    },
    label: 'dead letters',
    period: minutes(5),
  });

const stored = (label: string, bucket: Bucket, storageType: string) =>
  new Metric({
    namespace: 'AWS/S3',
    metricName: 'BucketSizeBytes',
    dimensionsMap: { BucketName: bucket.bucketName, StorageType: storageType },
    statistic: Stats.AVERAGE,
    unit: Unit.BYTES,
    period: Duration.days(1),
    label,
  });

const growth = (label: string, bucket: Bucket) =>
  new MathExpression({
    expression: `DIFF(${label})`,
    usingMetrics: { [label]: stored(label, bucket, 'StandardStorage') },
    label,
    period: Duration.days(1),
  });

const costPerImage = ({ lambda }: PipelineFunction, memoryMib: number) => {
  const perMs = (memoryMib / 1024) * (prices.lambdaGibSecond / 1000);
  return new MathExpression({
    expression: `IF(ready > 0, busy * ${perMs.toFixed(14)} / ready + ${callOverheadPerImage.toFixed(8)})`,
    usingMetrics: {
      ready: counted(metrics.ready),
      busy: lambda.metricDuration({ statistic: Stats.SUM, period: minutes(5) }),
    },
    label: 'US dollars an image',
    period: Duration.hours(1),
  });
};
