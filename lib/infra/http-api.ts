import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
  CorsHttpMethod,
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
  readonly handler: PipelineFunction;
  /** Who may call everything that is not open to all. */
  readonly authorizer: IHttpRouteAuthorizer;
  /** Web origins whose pages may call the API. */
  readonly allowedOrigins: readonly string[];
  /** @default 100 a second, 200 at once */
  readonly throttle?: Throttle | undefined;
  /** For the calls that make something. @default 50 a second, 100 at once */
  readonly writeThrottle?: Throttle | undefined;
  readonly removalPolicy: RemovalPolicy;
}

/** The table of routes as a gateway: each route of its own, for its key and its limits; the rest for a proper 404. */
export class HttpApi extends Construct {
  readonly gateway: Gateway;
  readonly url: string;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { handler, authorizer, allowedOrigins, removalPolicy } = props;
    this.gateway = new Gateway(this, 'Gateway', {
      description: 'Darkroom',
      createDefaultStage: false,
      corsPreflight: {
        allowOrigins: [...allowedOrigins],
        allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.DELETE],
        allowHeaders: ['authorization', 'content-type', 'idempotency-key'],
        exposeHeaders: ['retry-after'],
        maxAge: Duration.hours(1),
      },
    });
    const integration = new HttpLambdaIntegration('Handler', handler.lambda, { scopePermissionToRoute: false });
    const open = new HttpNoneAuthorizer();
    const keys: string[] = [];
    for (const [name, route] of Object.entries<Route>(routes)) {
      const key = HttpRouteKey.with(route.path, HttpMethod[route.method]);
      keys.push(key.key);
      new HttpRoute(this, `Route-${name}`, {
        httpApi: this.gateway,
        routeKey: key,
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
    const stage = this.stage(props, removalPolicy);
    this.limitWrites(stage, keys, props.writeThrottle ?? { rateLimit: 50, burstLimit: 100 });
    this.url = this.gateway.apiEndpoint;
  }

  private stage(
    { throttle = { rateLimit: 100, burstLimit: 200 } }: HttpApiProps,
    removalPolicy: RemovalPolicy,
  ): HttpStage {
    const log = new LogGroup(this, 'AccessLog', { retention: RetentionDays.ONE_MONTH, removalPolicy });
    return new HttpStage(this, 'Stage', {
      httpApi: this.gateway,
      stageName: '$default',
      autoDeploy: true,
      throttle,
      accessLogSettings: { destination: new LogGroupLogDestination(log), format: accessLogFormat },
    });
  }

  private limitWrites(stage: HttpStage, keys: readonly string[], { rateLimit, burstLimit }: Throttle): void {
    const limits = { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit };
    const writes = keys.filter((key) => !key.startsWith('GET '));
    (stage.node.defaultChild as CfnStage).routeSettings = Object.fromEntries(writes.map((key) => [key, limits]));
    // A stage may name only routes that are there.
    for (const child of this.node.children) if (child instanceof HttpRoute) stage.node.addDependency(child);
  }
}

/** Who asked what, how it ended and how long it took; no header, no query and so no key and no file name. */
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
