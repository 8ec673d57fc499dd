import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { Refusal } from '../core/errors.ts';
import { matchRoute, routes } from '../routes.ts';
import type { Verdict } from './authorize.ts';
import { problemAnswer } from './problems.ts';

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Serves what is not open to all only when the gateway vouches for the caller: by the verdict of our authorizer, or by
 * a token that the gateway itself has checked. A request that reached us by another way than its own route, because
 * the gateway reads its path differently than we do, has nobody to vouch for it.
 */
export const behindGateway =
  (api: Handler): Handler =>
  async (event, context) => {
    const { method, path } = event.requestContext.http;
    // Where there is a route for everything else, the gateway passes preflights on, and adds the CORS headers to our answer.
    if (method === 'OPTIONS') return { statusCode: 204 };
    const { name } = matchRoute(method, path);
    if (name === undefined || 'open' in routes[name] || isVouchedFor(event)) return api(event, context);
    const refusal = new Refusal('unauthorized', 'Send a valid key: authorization: Bearer <key>.');
    return problemAnswer(refusal, { headers: { 'www-authenticate': 'Bearer' } });
  };

const isVouchedFor = ({ requestContext }: APIGatewayProxyEventV2): boolean => {
  const { authorizer } = requestContext as { authorizer?: { lambda?: Partial<Verdict> | null; jwt?: object | null } };
  return authorizer?.lambda?.key === ('known' satisfies Verdict['key']) || Boolean(authorizer?.jwt);
};
