import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption, type CorsRule, EventType, HttpMethods, StorageClass } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allow } from './allow.ts';
import { privateBucket } from './private-bucket.ts';

export interface OriginalsProps {
  /** Web origins whose pages may PUT an original, such as `https://app.example`. */
  readonly allowedOrigins: readonly string[];
  /**
   * After how many days an original moves to a colder class; it can still be read at once.
   * @default 30; `false` keeps everything in S3 Standard
   */
  readonly coldAfterDays?: number | false | undefined;
  /** @default a key of S3 */
  readonly encryptionKey?: IKey | undefined;
  readonly removalPolicy: RemovalPolicy;
  readonly autoDeleteObjects: boolean;
}

const prefix = 'originals/';

/** A move costs the same for any size: smaller originals save less in the three months that are billed at least. */
export const movedFromBytes = 512 * 1024;

/** For this time a removed original can be brought back. */
const keepRemovedDays = 30;

const uploadsFrom = (origins: readonly string[]): CorsRule => ({
  allowedMethods: [HttpMethods.PUT],
  allowedOrigins: [...origins],
  // Exactly what a ticket asks for.
  allowedHeaders: ['content-type', 'if-none-match', 'x-amz-checksum-sha256'],
  exposedHeaders: ['ETag'],
  maxAge: 3600,
});

/** The bytes as uploaded: private, never overwritten, and kept when the stack is deleted. */
export class Originals extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: OriginalsProps) {
    super(scope, id);
    const { allowedOrigins, coldAfterDays = 30, encryptionKey, removalPolicy, autoDeleteObjects } = props;
    this.bucket = new Bucket(this, 'Bucket', {
      ...privateBucket,
      ...(encryptionKey && { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
      removalPolicy,
      autoDeleteObjects,
      // An object that a function removes is only hidden at first: functions may not remove older versions.
      versioned: true,
      // S3 refuses a rule without an origin.
      ...(allowedOrigins.length > 0 && { cors: [uploadsFrom(allowedOrigins)] }),
      lifecycleRules: [
        { id: 'abort-broken-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
        {
          id: 'forget-removed-originals',
          noncurrentVersionExpiration: Duration.days(keepRemovedDays),
          expiredObjectDeleteMarker: true,
        },
        ...(coldAfterDays === false
          ? []
          : [
              {
                id: 'tier-originals',
                prefix,
                objectSizeGreaterThan: movedFromBytes,
                transitions: [
                  {
                    storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL,
                    transitionAfter: Duration.days(coldAfterDays),
                  },
                ],
              },
            ]),
      ],
    });
  }

  /** Every new original becomes a message. */
  notify(queue: IQueue): void {
    this.bucket.addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(queue), { prefix });
  }

  /** Without `s3:ListBucket` S3 answers 403 for a missing object, which looks like trouble. */
  grantRead(reader: IGrantable): void {
    allow(reader, 'ReadOriginals', ['s3:GetObject'], [this.objects]);
    this.grantFind(reader);
  }

  /** Signing tickets: the holder of a ticket can do no more than the function that signed it. */
  grantTickets(office: IGrantable): void {
    allow(office, 'SignUploads', ['s3:PutObject'], [this.objects]);
    allow(office, 'SignDownloads', ['s3:GetObject'], [this.objects]);
  }

  grantFind(finder: IGrantable): void {
    allow(finder, 'FindOriginals', ['s3:ListBucket'], [this.bucket.bucketArn]);
  }

  grantRemove(remover: IGrantable): void {
    allow(remover, 'RemoveOriginals', ['s3:DeleteObject'], [this.objects]);
  }

  private get objects(): string {
    return this.bucket.arnForObjects(`${prefix}*`);
  }
}
