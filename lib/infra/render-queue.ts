import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allow } from './allow.ts';
import type { PipelineFunction } from './pipeline-function.ts';

export interface RenderQueueProps {
  /** How long one render may take. */
  readonly renderTimeout: Duration;
}

/**
 * The catalogue counts attempts, and ends a version after three. A receive is less: Lambda takes a message before it finds
 * that the account has no place for another function, and that counts too. So this is the limit for what never begins.
 */
const maxReceives = 10;

/** Between an original that arrived and its render: nothing is lost, and what fails again and again is set aside. */
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
      // AWS's own advice: a message that is being worked on must not come back before its work can have ended.
      visibilityTimeout: Duration.seconds(6 * renderTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: maxReceives },
    });
  }

  /** One message at a time for each render, and at most so many renders at once. */
  feed(renderer: PipelineFunction, maxConcurrency: number): void {
    consume(renderer, this.queue, { maxConcurrency });
  }

  /** Whatever came back too often goes to this function. */
  feedDeadLetters(undertaker: PipelineFunction): void {
    consume(undertaker, this.deadLetters, {});
  }

  grantSend(sender: IGrantable): void {
    allow(sender, 'SendJobs', ['sqs:SendMessage'], [this.queue.queueArn]);
  }

  grantPostpone(receiver: IGrantable): void {
    allow(receiver, 'PostponeJobs', ['sqs:ChangeMessageVisibility'], [this.queue.queueArn]);
  }
}

export const consume = (
  consumer: PipelineFunction,
  queue: Queue,
  { maxConcurrency, batchSize = 1 }: { readonly maxConcurrency?: number; readonly batchSize?: number },
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
  });
  mapping.node.addDependency(consumer.lambda.role ?? consumer);
};
