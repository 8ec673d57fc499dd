import { Aws, Duration, Fn, Names, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
  CorsHttpMethod,
  type CorsPreflightOptions,
  HttpApi as Gateway,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Route, routes } from '../routes.ts';
import type { PipelineFunction } from './pipeline-function.ts';

export interface Throttle {
  /** Requests per second, over all callers. */
  readonly rateLimit: number;
  /** Requests at once before the rate counts. */
  readonly burstLimit: number;
}

export interface HttpApiProps {
  /** Web origins whose pages may call the API. */
  readonly allowedOrigins: readonly string[];
  /** @default 100 a second, 200 at once */
  readonly throttle?: Throttle | undefined;
  /** For the calls that make something. @default 50 a second, 100 at once */
  readonly writeThrottle?: Throttle | undefined;
  /** Of the access log. @default one month */
  readonly logRetention?: RetentionDays | undefined;
  readonly removalPolicy: RemovalPolicy;
}

export interface HttpApiService {
  readonly handler: PipelineFunction;
  /** Who may call everything that is not open to all. */
  readonly authorizer: IHttpRouteAuthorizer;
}

/** The table of routes as a gateway: each route of its own, for its key and its limits; the rest for a proper 404. */
export class HttpApi extends Construct {
  readonly gateway: Gateway;
  readonly url: string;
  /** The name in its URL: known before there is anything behind it, for the CDN that the handler has to know in turn. */
  readonly host: string;
  private readonly throttle: Throttle;
  private readonly writeThrottle: Throttle;
  private readonly removalPolicy: RemovalPolicy;
  private readonly logRetention: RetentionDays;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    this.throttle = props.throttle ?? { rateLimit: 100, burstLimit: 200 };
    this.writeThrottle = props.writeThrottle ?? { rateLimit: 50, burstLimit: 100 };
    this.removalPolicy = props.removalPolicy;
    this.logRetention = props.logRetention ?? RetentionDays.ONE_MONTH;
    this.gateway = new Gateway(this, 'Gateway', {
      // What the console and the bill call it.
      apiName: this.uniqueName,
      description: 'Darkroom',
      createDefaultStage: false,
      ...(props.allowedOrigins.length > 0 && { corsPreflight: callsFrom(props.allowedOrigins) }),
    });
    this.url = this.gateway.apiEndpoint;
    const { region, urlSuffix } = Stack.of(this);
    this.host = `${this.gateway.apiId}.execute-api.${region}.${urlSuffix}`;
  }

  /** Puts the handler behind every route. */
  serve({ handler, authorizer }: HttpApiService): void {
    const integration = new HttpLambdaIntegration('Handler', handler.lambda, { scopePermissionToRoute: false });
    // The permission of the integration is for ARNs of three parts, `stage/method/path`; that of the catch-all has two.
    handler.lambda.addPermission('UnmatchedRequests', {
      scope: this,
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: Stack.of(this).formatArn({
        service: 'execute-api',
        resource: this.gateway.apiId,
        resourceName: '*/$default',
      }),
    });
    const open = new HttpNoneAuthorizer();
    for (const [name, route] of Object.entries<Route>(routes)) {
      new HttpRoute(this, `Route-${name}`, {
        httpApi: this.gateway,
        routeKey: HttpRouteKey.with(route.path, HttpMethod[route.method]),
        integration,
        authorizer: route.open ? open : authorizer,
      });
    }
    new HttpRoute(this, 'Route-other', {
      httpApi: this.gateway,
      routeKey: HttpRouteKey.DEFAULT,
      integration,
      authorizer: open,
    });
    this.limit(this.stage());
  }

  private stage(): HttpStage {
    const { throttle, removalPolicy } = this;
    const log = new LogGroup(this, 'AccessLog', {
      logGroupName: `/aws/vendedlogs/${this.uniqueName}-${stackGuid()}`,
      retention: this.logRetention,
      removalPolicy,
    });
    return new HttpStage(this, 'Stage', {
      httpApi: this.gateway,
      stageName: '$default',
      autoDeploy: true,
      throttle,
      accessLogSettings: { destination: new LogGroupLogDestination(log), format: accessLogFormat },
    });
  }

  /** No other pipeline in the account and region has this name. */
  private get uniqueName(): string {
    return Names.uniqueResourceName(this, { maxLength: 64 });
  }

  /** Calls that make something have limits of their own, and so has the one that viewers of the CDN cause. */
  private limit(stage: HttpStage): void {
    const { findVariant, ...others } = routes;
    const writes = Object.values(others).filter(({ method }) => method !== 'GET');
    (stage.node.defaultChild as CfnStage).routeSettings = {
      ...Object.fromEntries(writes.map((route) => [keyOf(route), settingsOf(this.writeThrottle)])),
      [keyOf(findVariant)]: settingsOf(this.throttle),
    };
    // A stage may name only routes that are there.
    for (const child of this.node.children) if (child instanceof HttpRoute) stage.node.addDependency(child);
  }
}

const callsFrom = (origins: readonly string[]): CorsPreflightOptions => ({
  allowOrigins: [...origins],
  allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.DELETE],
  allowHeaders: ['authorization', 'content-type', 'idempotency-key'],
  exposeHeaders: ['retry-after', 'x-request-id'],
  maxAge: Duration.hours(1),
});

/**
 * Groups under `/aws/vendedlogs/` share one entry of the account's resource policy for logs, which has room for 5,120
 * characters; any other group takes an entry of its own. Such a name has to be given, and the log outlives its stack: the
 * stack's own id, `arn:…:stack/name/id`, keeps the next stack of the same name apart from it.
 */
const stackGuid = (): string => Fn.select(2, Fn.split('/', Aws.STACK_ID));

const keyOf = ({ method, path }: Route): string => `${method} ${path}`;

const settingsOf = ({ rateLimit, burstLimit }: Throttle) => ({
  ThrottlingRateLimit: rateLimit,
  ThrottlingBurstLimit: burstLimit,
});

/** Caller, route, status and time; no header and no query, so no key and no file name. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    at: '$context.requestTimeEpoch',
    requestId: '$context.requestId',
    ip: '$context.identity.sourceIp',
    route: '$context.routeKey',
    path: '$context.path',
    status: '$context.status',
    bytes: '$context.responseLength',
    ms: '$context.responseLatency',
    error: '$context.error.message',
    integrationError: '$context.integrationErrorMessage',
    authorizerError: '$context.authorizer.error',
  }),
);
