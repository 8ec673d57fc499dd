import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { maxReceives } from '../core/image.ts';
import { allow } from './allow.ts';
import type { PipelineFunction } from './pipeline-function.ts';

export interface RenderQueueProps {
  /** How long one render may take. */
  readonly renderTimeout: Duration;
}

/** The queue between an arrived original and its render, with a dead-letter queue. */
export class RenderQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { renderTimeout }: RenderQueueProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.minutes(1),
    });
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(4),
      // As AWS advises: a message must not become visible again before its work can have ended.
      visibilityTimeout: Duration.seconds(6 * renderTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: maxReceives },
    });
  }

  /** One message at a time for each render, and at most so many renders at once. */
  feed(renderer: PipelineFunction, maxConcurrency: number): void {
    consume(
      renderer,
      this.queue,
      maxConcurrency <= mostWithoutPollers
        ? { maxConcurrency }
        : { pollers: Math.ceil(maxConcurrency / callsOfPoller) },
    );
  }

  /** Messages that were received too often go to this function. */
  feedDeadLetters(deadLetter: PipelineFunction): void {
    consume(deadLetter, this.deadLetters, {});
  }

  grantSend(sender: IGrantable): void {
    allow(sender, 'SendTasks', ['sqs:SendMessage'], [this.queue.queueArn]);
  }

  grantCount(looker: IGrantable): void {
    allow(looker, 'CountTasks', ['sqs:GetQueueAttributes'], [this.queue.queueArn]);
  }

  grantPostpone(receiver: IGrantable): void {
    allow(receiver, 'PostponeTasks', ['sqs:ChangeMessageVisibility'], [this.queue.queueArn]);
  }
}

/** Beyond it AWS offers only pollers of one's own (provisioned mode), each of which makes ten calls at once. */
const mostWithoutPollers = 1000;
const callsOfPoller = 10;

export const consume = (
  consumer: PipelineFunction,
  queue: Queue,
  {
    maxConcurrency,
    pollers,
    batchSize = 1,
  }: { readonly maxConcurrency?: number; readonly pollers?: number; readonly batchSize?: number },
): void => {
  allow(
    consumer,
    'ReceiveMessages',
    ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    [queue.queueArn],
  );
  const mapping = new EventSourceMapping(consumer, 'Messages', {
    target: consumer.lambda,
    eventSourceArn: queue.queueArn,
    batchSize,
    reportBatchItemFailures: true,
    ...(maxConcurrency !== undefined && { maxConcurrency }),
    ...(pollers !== undefined && { provisionedPollerConfig: { minimumPollers: 2, maximumPollers: pollers } }),
  });
  mapping.node.addDependency(consumer.lambda.role ?? consumer);
};
