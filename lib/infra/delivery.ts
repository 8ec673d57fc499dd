import { readFileSync } from 'node:fs';
import { Aws, Duration, Names } from 'aws-cdk-lib';
import { Certificate, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AccessLevel,
  AllowedMethods,
  CacheCookieBehavior,
  CachedMethods,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  type CfnDistribution,
  Distribution,
  Function as EdgeFunction,
  type FunctionAssociation,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  PriceClass,
  type ResponseHeadersCorsBehavior,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, OriginGroup, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { bestFormat, possibleFormats } from '../core/choose-format.ts';
import { cacheTagField } from '../core/delivery.ts';
import type { Preset } from '../core/presets.ts';
import { allow } from './allow.ts';

export interface DeliveryDomain {
  /** Such as `images.example.org`. Point it at the distribution yourself, by an alias or a CNAME. */
  readonly name: string;
  /** Of a certificate for the name in us-east-1, where CloudFront looks for it. */
  readonly certificateArn: string;
}

export interface DeliveryProps {
  readonly variants: Bucket;
  readonly presets: Readonly<Record<string, Preset>>;
  /** The host name of the API, which knows the formats of each picture. */
  readonly apiHost: string;
  /** @default the distribution's own name */
  readonly domain?: DeliveryDomain | undefined;
  /**
   * Where CloudFront writes its standard logs; the bucket must allow ACLs.
   * @default no logs
   */
  readonly logBucket?: IBucket | undefined;
  /** A web ACL with the scope CLOUDFRONT. @default none */
  readonly webAclArn?: string | undefined;
}

const override = true;
/** Pages of every origin may read what is public. */
export const cors: ResponseHeadersCorsBehavior = {
  accessControlAllowCredentials: false,
  accessControlAllowHeaders: ['*'],
  accessControlAllowMethods: ['GET', 'HEAD'],
  accessControlAllowOrigins: ['*'],
  accessControlMaxAge: Duration.days(1),
  originOverride: override,
};

/** Statuses of S3 that may change a second later. */
const errors = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/**
 * Static files from the edge. The address alone decides what is sent: no query, no cookie, no header. Where an address
 * leaves the format open, a function at the edge fills it in by `Accept`, and where the picture does not have that one,
 * the API knows the way to the next best.
 */
export class Delivery extends Construct {
  readonly distribution: Distribution;
  /** The address under which variants are served. */
  readonly site: string;

  constructor(scope: Construct, id: string, props: DeliveryProps) {
    super(scope, id);
    const { variants, presets, apiHost, domain, logBucket, webAclArn } = props;
    const cachePolicy = new CachePolicy(this, 'CachePolicy', {
      comment: 'The address alone decides',
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.days(1),
      maxTtl: Duration.days(365),
      queryStringBehavior: CacheQueryStringBehavior.none(),
      cookieBehavior: CacheCookieBehavior.none(),
      headerBehavior: CacheHeaderBehavior.none(),
      enableAcceptEncodingGzip: false,
      enableAcceptEncodingBrotli: false,
    });
    // With LIST a missing object is a 404 and not a 403; the viewer function keeps lists from being asked for.
    const files = S3BucketOrigin.withOriginAccessControl(variants as IBucket, {
      originAccessControl: new S3OriginAccessControl(this, 'OriginAccess', {
        originAccessControlName: nameInAccount(this, 'OriginAccess'),
      }),
      originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
    });
    const filesOrTheWay = new OriginGroup({
      primaryOrigin: files,
      fallbackOrigin: new HttpOrigin(apiHost, { originPath: '/v1' }),
      // Without permission to list, S3 answers 403 for a missing object.
      fallbackStatusCodes: [403, 404],
    });
    const behaviour = {
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
      cachedMethods: CachedMethods.CACHE_GET_HEAD,
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      compress: false,
      cachePolicy,
      functionAssociations: [this.pathReader(presets)],
    };
    this.distribution = new Distribution(this, 'Distribution', {
      comment: 'Darkroom: variants',
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_ALL,
      // A key without an object, so that a request for the root never becomes a list of the bucket.
      defaultRootObject: 'none',
      defaultBehavior: {
        ...behaviour,
        origin: filesOrTheWay,
        functionAssociations: [...behaviour.functionAssociations, this.negotiation()],
        responseHeadersPolicy: this.responseHeaders('NegotiatedHeaders'),
      },
      // Only a format puts a dot into an address.
      additionalBehaviors: {
        '/images/*.*': {
          ...behaviour,
          origin: files,
          responseHeadersPolicy: this.responseHeaders('ResponseHeaders', cors),
        },
      },
      errorResponses: errors.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(1) })),
      ...(domain && {
        domainNames: [domain.name],
        certificate: this.certificate(domain),
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
      ...(webAclArn !== undefined && { webAclId: webAclArn }),
      ...(logBucket && { enableLogging: true, logBucket, logFilePrefix: 'cdn/' }),
    });
    const distribution = this.distribution.node.defaultChild as CfnDistribution;
    distribution.addPropertyOverride('DistributionConfig.CacheTagConfig', {
      HeaderName: `x-amz-meta-${cacheTagField}`,
    });
    this.site = `https://${domain?.name ?? this.distribution.distributionDomainName}`;
  }

  /** To invalidate deleted pictures. */
  grantForget(grantee: IGrantable): void {
    allow(grantee, 'LetTheCdnForget', ['cloudfront:CreateInvalidation'], [this.distribution.distributionArn]);
  }

  private certificate({ certificateArn }: DeliveryDomain): ICertificate {
    return Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
  }

  private pathReader(presets: DeliveryProps['presets']): FunctionAssociation {
    const reader = new EdgeFunction(this, 'ViewerRequest', {
      code: FunctionCode.fromInline(viewerRequestCode(presets)),
      runtime: FunctionRuntime.JS_2_0,
      comment: 'Lets only addresses of variants through, and picks the format where the address has none',
    });
    return { eventType: FunctionEventType.VIEWER_REQUEST, function: reader };
  }

  /** Caches behind the CDN have to know that an answer depends on `Accept`. */
  private negotiation(): FunctionAssociation {
    const marker = new EdgeFunction(this, 'ViewerResponse', {
      code: FunctionCode.fromInline(readFileSync(new URL('viewer-response.js', import.meta.url), 'utf8')),
      runtime: FunctionRuntime.JS_2_0,
      comment: 'Says that the format was picked by Accept',
    });
    return { eventType: FunctionEventType.VIEWER_RESPONSE, function: marker };
  }

  private responseHeaders(id: string, corsBehavior?: ResponseHeadersCorsBehavior): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, id, {
      responseHeadersPolicyName: nameInAccount(this, id),
      comment: 'Pictures for any page, and nothing but pictures',
      ...(corsBehavior && { corsBehavior }),
      securityHeadersBehavior: {
        contentTypeOptions: { override },
        contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'; sandbox", override },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: false, override },
      },
      customHeadersBehavior: {
        customHeaders: [
          { header: 'Cross-Origin-Resource-Policy', value: 'cross-origin', override },
          { header: 'Timing-Allow-Origin', value: '*', override },
        ],
      },
    });
  }
}

/**
 * Policies and access controls of CloudFront belong to the account, not to a region, and CDK names them after the stack: a
 * second stack of the same name in another region would collide. A name has at most 64 characters.
 */
export const nameInAccount = (scope: Construct, part: string): string =>
  `${Names.uniqueResourceName(scope, { maxLength: 32 })}${part}-${Aws.REGION}`;

/** The code of the function at the edge, with its facts written in, and without what only its readers need. */
export const viewerRequestCode = (presets: DeliveryProps['presets']): string => {
  const code = readFileSync(new URL('viewer-request.js', import.meta.url), 'utf8')
    .replace('= FORMATS', () => `= ${JSON.stringify(possibleFormats(presets))}`)
    .replace('= BEST_FORMAT', () => `= ${bestFormat}`)
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/^\s+/gm, '');
  const bytes = Buffer.byteLength(code);
  if (bytes > edgeFunctionBytes)
    throw new Error(
      `CloudFront takes a function of ${edgeFunctionBytes} bytes, and with every variant name of the presets in it ours has ${bytes}. ` +
        `Give variants of different presets the same names, choose shorter ones, or leave presets out: ${namesIn(presets)}.`,
    );
  return code;
};

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-functions */
const edgeFunctionBytes = 10_240;

const namesIn = (presets: DeliveryProps['presets']): string =>
  Object.entries(presets)
    .map(([preset, { variants }]) => `${preset} (${variants.map(({ name }) => name).join(', ')})`)
    .join(', ');
