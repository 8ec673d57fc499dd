import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { consoleOf, consolePolicy } from '../contract/console-page.ts';
import { cors, type Delivery, type DeliveryDomain, nameInAccount } from './delivery.ts';
import { privateBucket } from './private-bucket.ts';

export interface ConsoleProps {
  readonly delivery: Delivery;
  /** Where the API answers. */
  readonly apiUrl: string;
  readonly originals: Bucket;
  /** The name of the dashboard in CloudWatch. */
  readonly board: string;
  /** A name of your own for the CDN. @default the one that CloudFront gives it */
  readonly domain?: DeliveryDomain | undefined;
  readonly removalPolicy: RemovalPolicy;
  readonly autoDeleteObjects: boolean;
}

const web = new URL('../web/', import.meta.url);

/**
 * The page of the one-box home beside the pictures, at `/console/` of their CDN, and the scripts that pages of other origins
 * load from a service: static files that hold no key.
 */
export class Console extends Construct {
  readonly url: string;
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: ConsoleProps) {
    super(scope, id);
    const { delivery, apiUrl, board, removalPolicy, autoDeleteObjects } = props;
    this.bucket = new Bucket(this, 'Bucket', { ...privateBucket, removalPolicy, autoDeleteObjects });
    delivery.distribution.addBehavior(
      '/console*',
      S3BucketOrigin.withOriginAccessControl(this.bucket as IBucket, {
        originAccessControl: new S3OriginAccessControl(this, 'OriginAccess', {
          originAccessControlName: nameInAccount(this, 'OriginAccess'),
        }),
      }),
      {
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        compress: true,
        // The files say no-cache themselves.
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: this.responseHeaders(props),
        functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: this.folderHasPage() }],
      },
    );
    const index = consoleOf(readFileSync(new URL('index.html', web), 'utf8'), apiUrl, this.addressOf(board));
    new BucketDeployment(this, 'Files', {
      destinationBucket: this.bucket as IBucket,
      destinationKeyPrefix: 'console',
      sources: [Source.asset(fileURLToPath(web), { exclude: ['index.html'] }), Source.data('index.html', index)],
      cacheControl: [CacheControl.noCache()],
      memoryLimit: 256,
    });
    this.url = `${delivery.site}/console/`;
  }

  private addressOf(board: string): string {
    const { region } = Stack.of(this);
    return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${board}`;
  }

  private folderHasPage(): EdgeFunction {
    return new EdgeFunction(this, 'ViewerRequest', {
      code: FunctionCode.fromInline(readFileSync(new URL('console-request.js', import.meta.url), 'utf8')),
      runtime: FunctionRuntime.JS_2_0,
      comment: 'Shows the page of the console for its folder',
    });
  }

  private responseHeaders({ delivery, apiUrl, originals, domain }: ConsoleProps): ResponseHeadersPolicy {
    const override = true;
    const contentSecurityPolicy = consolePolicy({
      api: apiUrl,
      originals: `https://${originals.bucketRegionalDomainName}`,
      // Without a domain they have the origin of the page. To name it here, the CDN and its headers would need each other.
      ...(domain && { pictures: delivery.site }),
    });
    return new ResponseHeadersPolicy(this, 'ResponseHeaders', {
      responseHeadersPolicyName: nameInAccount(this, 'Headers'),
      comment: 'A page that runs its own scripts only, and speaks with its service only',
      corsBehavior: cors,
      securityHeadersBehavior: {
        contentTypeOptions: { override },
        contentSecurityPolicy: { contentSecurityPolicy, override },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: false, override },
      },
    });
  }
}
