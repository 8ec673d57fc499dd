import { CfnOutput, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Bucket, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledgeConsoleFiles, acknowledgeNotifications } from './acknowledged.ts';
import { ImagePipeline, type ImagePipelineProps } from './image-pipeline.ts';

export type DarkroomStackProps = StackProps &
  ImagePipelineProps & {
    /** The name or the ARN of the bus for `eventBus`. */
    readonly eventBusName?: string;
    /** The name of the bucket for `cdnLogBucket`. */
    readonly cdnLogBucketName?: string;
  };

/** The stack of `npm run deploy`. */
export class DarkroomStack extends Stack {
  readonly pipeline: ImagePipeline;

  constructor(scope: Construct, id: string, props: DarkroomStackProps) {
    const terminationProtection = !(props.ephemeral ?? false);
    super(scope, id, { description: 'Darkroom, a serverless image pipeline', terminationProtection, ...props });
    this.pipeline = new ImagePipeline(this, 'Images', { ...this.existing(props), ...props });
    acknowledgeNotifications(this);
    const { console: page } = this.pipeline;
    if (page) acknowledgeConsoleFiles(this, page.bucket.node.defaultChild as CfnBucket);
    Tags.of(this).add('project', 'darkroom');

    const { api, delivery, access, catalogue, originals, variants, queue } = this.pipeline;
    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output('ApiUrl', api.url, 'Where the API answers');
    output('DocsUrl', `${api.url}/v1/docs`, 'What the API understands');
    output('SiteUrl', delivery.site, 'Where the pictures are');
    if (page) output('ConsoleUrl', page.url, 'Where the console is');
    output('CdnDomain', delivery.distribution.distributionDomainName, 'What a name of your own has to point at');
    if (access.keys) output('KeysSecret', access.keys.secretArn, 'Where the hashes of the API keys belong');
    output('OriginalsBucket', originals.bucket.bucketName, 'Kept when the stack goes');
    output('VariantsBucket', variants.bucket.bucketName, 'Kept when the stack goes');
    output('Table', catalogue.table.tableName, 'Kept when the stack goes');
    output('QueueUrl', queue.queue.queueUrl, 'Where uploads wait for a renderer');
  }

  /** What is there already, by its name. */
  private existing({ eventBusName: bus, cdnLogBucketName: logs }: DarkroomStackProps): Partial<ImagePipelineProps> {
    return {
      ...(bus?.startsWith('arn:') && { eventBus: EventBus.fromEventBusArn(this, 'EventBus', bus) }),
      ...(bus?.startsWith('arn:') === false && { eventBus: EventBus.fromEventBusName(this, 'EventBus', bus) }),
      ...(logs !== undefined && { cdnLogBucket: Bucket.fromBucketName(this, 'CdnLogs', logs) }),
    };
  }
}
