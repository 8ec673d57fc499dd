import { Aws, CfnCondition, Duration, Fn, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type CfnAlarm,
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
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { callOverheadPerImage, prices } from '../adapters/aws/cost.ts';
import { metrics } from '../adapters/aws/metrics.ts';
import { failures } from '../core/errors.ts';
import type { Delivery } from './delivery.ts';
import type { Events } from './events.ts';
import type { HttpApi } from './http-api.ts';
import type { PipelineFunction } from './pipeline-function.ts';
import type { RenderQueue } from './render-queue.ts';

export interface MonitoringProps {
  readonly queue: RenderQueue;
  readonly events: Events;
  readonly api: HttpApi;
  readonly delivery: Delivery;
  readonly functions: Readonly<Record<'Render' | 'DeadLetter' | 'Publish', PipelineFunction>> &
    Readonly<Record<string, PipelineFunction>>;
  /** The name of the deployment in the metrics of the functions. */
  readonly deploymentName: string;
  readonly maxConcurrentRenders: number;
  /** How often the clock starts each chore. */
  readonly chores: Readonly<Record<string, Duration>>;
  /** How long a ticket may wait for its upload. */
  readonly ticketSeconds: number;
  readonly originals: Bucket;
  readonly variants: Bucket;
  readonly renderMemoryMib: number;
  /** Receives an e-mail when an alarm goes off. @default none; subscribe to `topic` yourself */
  readonly email?: string | undefined;
  /** @default one of our own */
  readonly topic?: ITopic | undefined;
}

const minutes = Duration.minutes;

type AlarmOptions = {
  /** How many periods are looked at. @default 1 */
  readonly of?: number;
  /** In how many of them the figure must be beyond the threshold. @default all */
  readonly in?: number;
  /** The figure is bad below the threshold, and when there is none. @default bad above, and good when there is none */
  readonly orMissing?: boolean;
};

/** The alarms, and the dashboard to look at when one goes off. */
export class Monitoring extends Construct {
  readonly topic: ITopic;
  readonly board: Dashboard;
  private readonly deploymentName: string;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    this.deploymentName = props.deploymentName;
    this.topic = props.topic ?? this.ownTopic();
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));
    this.alarms(props);
    this.board = this.dashboard(props);
  }

  private ownTopic(): Topic {
    const topic = new Topic(this, 'Alarms', { displayName: 'Darkroom', enforceSSL: true });
    // A topic with a policy of its own has lost the one by which alarms of the account may publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LetAlarmsTell',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    return topic;
  }

  private alarms(props: MonitoringProps): void {
    const { queue, events, api, functions, maxConcurrentRenders, chores, ticketSeconds } = props;
    const { counted, renderMs, failureRate } = this.figures();
    const oldest = queue.queue.metricApproximateAgeOfOldestMessage({ period: minutes(1), statistic: Stats.MAXIMUM });
    const depth = visible(queue.queue, minutes(1));
    const waiting = 20 * maxConcurrentRenders;
    const refused = counted(metrics.eventsRefused, { period: minutes(1) });
    const streamAge = functions.Publish.lambda.metric('IteratorAge', {
      period: minutes(1),
      statistic: Stats.MAXIMUM,
    });
    const stuck = counted(metrics.oldestUnfinishedSeconds, { statistic: Stats.MAXIMUM, period: minutes(30) });
    // From one audit to the next the alarm stays.
    const held = counted(metrics.auditHeld, { period: minutes(120) });
    const deadLetterFigure = deadLetters(queue, functions.DeadLetter);
    this.alarm('DeadLetters', 'A message could not be worked on, again and again.', deadLetterFigure, 0);
    this.alarm('EventsRefused', 'The bus does not take events.', refused, 0, { in: 3, of: 5 });
    this.alarm('StreamAge', 'Events have waited for ten minutes to be published.', streamAge, 600_000);
    this.alarm('UntoldEvents', 'Events that the bus refused wait in their queue.', unpublishedEvents(events), 0);
    this.alarm('OldestMessage', 'An upload has been waiting for more than five minutes.', oldest, 300);
    this.alarm('QueueDepth', `More than ${waiting} uploads are waiting.`, depth, waiting, { of: 5 });
    this.alarm('OldestVersion', 'A version has not moved for hours.', stuck, ticketSeconds + 2 * 3600);
    this.alarm('FailureRate', 'More than 1 % of the versions fail.', failureRate, 1);
    this.alarm('RenderTime', 'One render in twenty takes longer than fifteen seconds.', renderMs('p95'), 15_000, {
      of: 3,
    });
    this.alarm('ApiErrors', 'The API answers with 5xx.', api.gateway.metricServerError({ period: minutes(5) }), 0);
    this.alarm('FunctionErrors', 'A function fails or takes too long.', ofAll(functions, 'Errors'), 0);
    this.alarm('Throttles', 'Functions find no place in the account.', ofAll(functions, 'Throttles'), 0, {
      in: 2,
      of: 3,
    });
    this.alarm('AuditHeld', 'The catalogue does not know many stored images.', held, 0);
    for (const [chore, every] of Object.entries(chores)) {
      const done = counted(metrics.choreDone, { dimensions: { [metrics.chore]: chore }, period: silence(every) });
      this.alarm(`Clock-${chore}`, `The chore ${chore} has not been completed for long.`, done, 1, { orMissing: true });
    }
    this.cdnAlarm(props);
  }

  /** CloudFront counts in us-east-1 alone, and an alarm sees the metrics of its own region alone. */
  private cdnAlarm({ delivery }: MonitoringProps): void {
    const metric = new Metric({
      namespace: 'AWS/CloudFront',
      metricName: '5xxErrorRate',
      dimensionsMap: { DistributionId: delivery.distribution.distributionId, Region: 'Global' },
      statistic: Stats.AVERAGE,
      period: minutes(5),
    });
    const alarm = this.alarm('CdnErrors', 'More than 1 % of the answers of the CDN are 5xx.', metric, 1, {
      in: 2,
      of: 3,
    });
    const condition = new CfnCondition(this, 'CdnCountsHere', {
      expression: Fn.conditionEquals(Aws.REGION, 'us-east-1'),
    });
    (alarm.node.defaultChild as CfnAlarm).cfnOptions.condition = condition;
  }

  private alarm(id: string, what: string, metric: IMetric, threshold: number, options: AlarmOptions = {}): Alarm {
    const { of = 1, in: count = of, orMissing = false } = options;
    const alarm = new Alarm(this, id, {
      metric,
      alarmDescription: `Darkroom (${this.deploymentName}): ${what} docs/aws.md says what to do.`,
      threshold,
      comparisonOperator: orMissing
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: of,
      datapointsToAlarm: count,
      treatMissingData: orMissing ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    return alarm;
  }

  /** What the functions of this deployment count. */
  private figures() {
    const counted = countedBy(this.deploymentName);
    const ready = counted(metrics.ready);
    const failed = counted(metrics.failed);
    return {
      counted,
      ready,
      renderMs: (statistic: string) => counted(metrics.renderMs, { statistic, label: statistic }),
      failuresOf: (code: string) => counted(metrics.failed, { dimensions: { [metrics.code]: code }, label: code }),
      failureRate: failureRate(ready, failed),
      successRate: successRate(ready, failed, counted(metrics.expired)),
    };
  }

  private dashboard({ queue, originals, variants, functions, renderMemoryMib, api }: MonitoringProps): Dashboard {
    const { ready, renderMs, failuresOf, successRate } = this.figures();
    const each = (metricName: 'Errors' | 'Throttles') =>
      Object.entries(functions).map(([label, { lambda }]) =>
        lambda.metric(metricName, { label, statistic: Stats.SUM, period: minutes(5) }),
      );
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: 12, height: 6 });
    return new Dashboard(this, 'Dashboard', {
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
          graph('Upload success rate, %', [successRate]),
        ],
        [
          graph('Storage by tier, bytes', [
            stored('originals, Standard', originals, 'StandardStorage'),
            stored('originals, colder', originals, 'GlacierInstantRetrievalStorage'),
            stored('variants', variants, 'StandardStorage'),
          ]),
          graph('Growth of storage, bytes a day', [
            growth('originals', originals, ['StandardStorage', 'GlacierInstantRetrievalStorage']),
            growth('variants', variants, ['StandardStorage']),
          ]),
        ],
        [
          graph('Cost of taking in one image, US dollars', [costPerImage(functions.Render, ready, renderMemoryMib)]),
          graph(
            'API',
            [api.gateway.metricCount(), api.gateway.metricClientError(), api.gateway.metricServerError()],
            [api.gateway.metricLatency({ statistic: 'p95' })],
          ),
        ],
        [graph('Errors by function', each('Errors')), graph('Throttles by function', each('Throttles'))],
      ],
    });
  }
}

const countedBy =
  (deploymentName: string) =>
  (
    metricName: string,
    more: {
      readonly statistic?: string;
      readonly dimensions?: Record<string, string>;
      readonly label?: string;
      readonly period?: Duration;
    } = {},
  ) =>
    new Metric({
      namespace: metrics.namespace,
      metricName,
      dimensionsMap: { [metrics.deployment]: deploymentName, ...more.dimensions },
      statistic: more.statistic ?? Stats.SUM,
      period: more.period ?? minutes(5),
      ...(more.label !== undefined && { label: more.label }),
    });

/** Where nothing became ready there may be no figure for it at all: FILL makes that a zero. */
const failureRate = (ready: IMetric, failed: IMetric) =>
  new MathExpression({
    expression:
      'IF(FILL(ready, 0) + FILL(failed, 0) > 0, 100 * FILL(failed, 0) / (FILL(ready, 0) + FILL(failed, 0)), 0)',
    usingMetrics: { ready, failed },
    label: 'failed, %',
    period: minutes(15),
  });

/** The share of ended tickets that became a picture, rather than a failure or an unused ticket. */
const successRate = (ready: IMetric, failed: IMetric, expired: IMetric) =>
  new MathExpression({
    expression: '100 * FILL(ready, 0) / (FILL(ready, 0) + FILL(failed, 0) + FILL(expired, 0))',
    usingMetrics: { ready, failed, expired },
    label: 'ready, % of tickets',
    period: Duration.hours(1),
  });

/** After this time without a chore the clock counts as stopped: three missed runs, and at least ten minutes. */
const silence = (every: Duration): Duration => minutes(Math.max(10, 3 * every.toMinutes()));

const ofAll = (functions: Readonly<Record<string, PipelineFunction>>, metricName: 'Errors' | 'Throttles') => {
  const all = Object.entries(functions).map(
    ([id, { lambda }]) => [`in${id}`, lambda.metric(metricName, { period: minutes(5), statistic: Stats.SUM })] as const,
  );
  return new MathExpression({
    expression: all.map(([name]) => `FILL(${name}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(all),
    label: metricName,
    period: minutes(5),
  });
};

const visible = (queue: RenderQueue['deadLetters'], period = minutes(5)) =>
  queue.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM });

/** An event in delivery is hidden for a while, but it still waits. */
const unpublishedEvents = ({ unpublished }: Events) =>
  new MathExpression({
    expression: 'FILL(waiting, 0) + FILL(hidden, 0)',
    usingMetrics: {
      waiting: visible(unpublished),
      hidden: unpublished.metricApproximateNumberOfMessagesNotVisible({ period: minutes(5), statistic: Stats.MAXIMUM }),
    },
    label: 'untold events',
    period: minutes(5),
  });

/** The dead-letter function empties the queue within seconds, so its depth alone would show nothing. */
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

/** What moves to the colder class neither grows nor shrinks, so all classes count together. */
const growth = (label: string, bucket: Bucket, classes: readonly string[]) =>
  new MathExpression({
    expression: `DIFF(SUM([${classes.map((name) => `${label}${name}`).join(', ')}]))`,
    usingMetrics: Object.fromEntries(classes.map((name) => [`${label}${name}`, stored(label, bucket, name)])),
    label,
    period: Duration.days(1),
  });

const costPerImage = ({ lambda }: PipelineFunction, ready: IMetric, memoryMib: number) => {
  const perMs = (memoryMib / 1024) * (prices.lambdaGibSecond / 1000);
  return new MathExpression({
    expression: `IF(ready > 0, busy * ${perMs.toFixed(14)} / ready + ${callOverheadPerImage.toFixed(8)})`,
    usingMetrics: {
      ready,
      busy: lambda.metricDuration({ statistic: Stats.SUM, period: minutes(5) }),
    },
    label: 'US dollars an image',
    period: Duration.hours(1),
  });
};
