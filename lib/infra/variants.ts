import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { allow } from './allow.ts';
import { privateBucket } from './private-bucket.ts';

export interface VariantsProps {
  readonly removalPolicy: RemovalPolicy;
  readonly autoDeleteObjects: boolean;
}

/** All variants and manifests. Only the CDN reads this bucket; no browser does. */
export class Variants extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { removalPolicy, autoDeleteObjects }: VariantsProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      ...privateBucket,
      removalPolicy,
      autoDeleteObjects,
      lifecycleRules: [{ id: 'abort-broken-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
  }

  grantWrite(writer: IGrantable): void {
    allow(writer, 'StoreVariants', ['s3:PutObject'], [this.objects]);
  }

  /** To copy a variant, and to find whether one exists. Without `s3:ListBucket` S3 answers 403 for a missing one. */
  grantRead(looker: IGrantable): void {
    allow(looker, 'LookAtVariants', ['s3:GetObject'], [this.objects]);
    this.grantFind(looker);
  }

  grantFind(finder: IGrantable): void {
    allow(finder, 'FindVariants', ['s3:ListBucket'], [this.bucket.bucketArn]);
  }

  grantRemove(remover: IGrantable): void {
    allow(remover, 'RemoveVariants', ['s3:DeleteObject'], [this.objects]);
  }

  private get objects(): string {
    return this.bucket.arnForObjects('images/*');
  }
}
