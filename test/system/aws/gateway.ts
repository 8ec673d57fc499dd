import { account, region } from './deploy.ts';
import { functionsAt, invoke, policyOf, signedFor } from './emulator-api.ts';
import { lets } from './iam.ts';

/**
 * What a deployed HTTP API does beside passing a request on, as AWS documents it and as the emulator does not: it may call
 * only those functions whose policy lets it, it hands a preflight to the catch-all, and the CORS headers of an answer are
 * its own (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html,
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
 */
export type Gateway = {
  /** Undefined where the gateway may hand the request to its function; else its own answer, with which the request ends. */
  readonly refusal: (method: string, path: string) => { readonly status: number; readonly body: string } | undefined;
  /** What the function behind the catch-all says to a preflight. */
  readonly preflight: (path: string) => Promise<number>;
  readonly corsHeaders: (method: string, origin: string | undefined) => Readonly<Record<string, string>>;
};

type Route = { readonly routeKey: string; readonly target: string };
type Integration = { readonly integrationId: string; readonly integrationUri: string };
type Cors = Readonly<
  Record<'alloworigins' | 'allowmethods' | 'allowheaders' | 'exposeheaders', readonly string[]> & { maxage: number }
>;

export const deployedGateway = async (url: string, apiId: string): Promise<Gateway> => {
  const ask = async <T>(path: string): Promise<T> =>
    (await (await fetch(`${url}/v2/apis/${apiId}${path}`, { headers: signedFor('apigateway') })).json()) as T;
  const { items: routes } = await ask<{ items: Route[] }>('/routes');
  const { items: integrations } = await ask<{ items: Integration[] }>('/integrations');
  const { corsConfiguration = {} } = await ask<{ corsConfiguration?: Record<string, never> }>('');
  const cors = Object.fromEntries(
    Object.entries(corsConfiguration).map(([name, value]) => [name.toLowerCase(), value]),
  ) as unknown as Cors;
  const functions = await functionsAt(url);
  const policies = new Map(
    await Promise.all(
      functions.map(async ({ FunctionArn: arn }) => [arn, await policyOf(url, arn.split(':').at(-1) ?? '')] as const),
    ),
  );

  const functionOf = (route: Route): string => {
    const found = integrations.find(({ integrationId }) => route.target === `integrations/${integrationId}`);
    const arn = functions.find(({ FunctionArn }) => found?.integrationUri.includes(FunctionArn))?.FunctionArn;
    if (arn === undefined) throw new Error(`${route.routeKey} leads nowhere`);
    return arn;
  };
  const routeOf = (method: string, path: string): Route | undefined =>
    routes.filter(({ routeKey }) => isMatch(routeKey, method, path)).toSorted(byVariables)[0] ??
    routes.find(({ routeKey }) => routeKey === '$default');

  return {
    refusal: (method, path) => {
      const route = routeOf(method, path);
      if (!route) return { status: 404, body: '{"message":"Not Found"}' };
      const end = route.routeKey === '$default' ? '$default' : route.routeKey.replace(' ', '');
      const resource = functionOf(route);
      const sourceArn = `arn:aws:execute-api:${region}:${account}:${apiId}/$default/${end}`;
      const deed = { action: 'lambda:InvokeFunction', resource, context: { 'aws:SourceArn': sourceArn } };
      return lets(policies.get(resource) ?? [], 'apigateway.amazonaws.com', deed)
        ? undefined
        : { status: 500, body: '{"message":"Internal Server Error"}' };
    },

    preflight: async (path) => {
      const route = routeOf('OPTIONS', path);
      if (!route) return 404;
      const http = { method: 'OPTIONS', path };
      const event = { version: '2.0', routeKey: route.routeKey, rawPath: path, headers: {}, requestContext: { http } };
      return ((await invoke(url, functionOf(route).split(':').at(-1) ?? '', event)) as { statusCode: number })
        .statusCode;
    },

    corsHeaders: (method, origin) => {
      if (origin === undefined || !cors.alloworigins?.includes(origin)) return {};
      return {
        'access-control-allow-origin': origin,
        vary: 'Origin',
        ...(cors.exposeheaders && { 'access-control-expose-headers': cors.exposeheaders.join(',') }),
        ...(method === 'OPTIONS' && {
          'access-control-allow-methods': cors.allowmethods.join(','),
          'access-control-allow-headers': cors.allowheaders.join(','),
          'access-control-max-age': String(cors.maxage),
        }),
      };
    },
  };
};

const isMatch = (routeKey: string, method: string, path: string): boolean => {
  const [wanted, pattern = ''] = routeKey.split(' ');
  const source = pattern.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+');
  return wanted === method && new RegExp(`^${source}$`).test(path);
};

/** Of several routes that match, the one with the fewest variables wins. */
const byVariables = (a: Route, b: Route): number => a.routeKey.split('{').length - b.routeKey.split('{').length;
