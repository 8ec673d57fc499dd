import { Duration, Stack, Token } from 'aws-cdk-lib';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { table } from '../adapters/aws/table.ts';
import { allow } from './allow.ts';
import type { CatalogueTable } from './catalogue-table.ts';
import type { PipelineFunction } from './pipeline-function.ts';
import { consume } from './render-queue.ts';

export interface EventsProps {
  /** @default the account's default bus */
  readonly bus?: IEventBus | undefined;
}

/**
 * From the table to an event bus. An event is written in the transaction of the move that causes it; the stream hands
 * it over until the bus has taken it. An event that the bus refuses for good, or for most of a day, waits whole in a
 * queue of its own, so that it blocks no other. From there it is sent again every quarter of an hour, for two weeks.
 * The queue keeps its deployed name: docs/decisions.md#untold
 */
export class Events extends Construct {
  readonly bus: IEventBus;
  readonly unpublished: Queue;

  constructor(scope: Construct, id: string, { bus }: EventsProps = {}) {
    super(scope, id);
    this.bus = bus ?? EventBus.fromEventBusName(this, 'Bus', 'default');
    checkBusRegion(this.bus, Stack.of(this).region);
    this.unpublished = new Queue(this, 'Untold', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.minutes(15),
    });
  }

  follow(catalogue: CatalogueTable, publisher: PipelineFunction): void {
    allow(publisher, 'TellTheBus', ['events:PutEvents'], [this.bus.eventBusArn]);
    allow(publisher, 'KeepTheUntold', ['sqs:SendMessage'], [this.unpublished.queueArn]);
    allow(
      publisher,
      'ReadTheStream',
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      [catalogue.streamArn],
    );
    // DynamoDB has no narrower resource for this call, which Lambda makes before it reads a stream.
    allow(publisher, 'FindTheStream', ['dynamodb:ListStreams'], ['*']);
    const mapping = new EventSourceMapping(publisher, 'Stream', {
      target: publisher.lambda,
      eventSourceArn: catalogue.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      // The stream drops records after 24 hours, and Lambda cannot report dropped ones.
      maxRecordAge: Duration.hours(22),
      // CDK's own class for this would also let the function read the queue.
      onFailure: { bind: () => ({ destination: this.unpublished.queueArn }) },
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { NewImage: { [table.eventAttribute]: { S: FilterRule.exists() } } },
        }),
      ],
    });
    mapping.node.addDependency(publisher.lambda.role ?? publisher);
    consume(publisher, this.unpublished, { batchSize: 10 });
  }

  /** What PutEvents takes: a name means a bus of its caller's account, an ARN one of any account. */
  get address(): string {
    const isOurs = this.bus.env.account === Stack.of(this).account;
    return isOurs ? this.bus.eventBusName : this.bus.eventBusArn;
  }

  /** The bus for the rules of consumers. */
  get busName(): string {
    return Stack.of(this).resolve(this.bus.eventBusName);
  }
}

/** Refuses a bus that the calls of a stack in this region would never reach; says nothing where a region is not known yet. */
export const checkBusRegion = ({ env, eventBusName }: IEventBus, region: string): void => {
  if (Token.isUnresolved(env.region) || Token.isUnresolved(region) || env.region === region) return;
  throw new Error(
    `The event bus ${eventBusName} is in ${env.region}, and the stack in ${region}: PutEvents reaches buses of its own region only. ` +
      `Choose a bus in ${region}, and send its events on by a rule.`,
  );
};
