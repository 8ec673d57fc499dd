import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { Refusal } from '../core/errors.ts';
import { matchRoute, routes } from '../routes.ts';
import { problemAnswer } from './problems.ts';

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * The gateway asks its authorizer route by route, and what matches none of its routes gets here without having been
 * asked for a key. Should the gateway and our router ever read a path differently (an encoding, a slash), such a
 * request ends here instead of at a route that wants a key.
 */
export const behindGateway =
  (api: Handler): Handler =>
  async (event, context) => {
    const { method, path } = event.requestContext.http;
    const match = matchRoute(method, path);
    if (event.routeKey === '$default' && match.name && !('open' in routes[match.name]))
      return problemAnswer(new Refusal('not-found', 'There is nothing here under this spelling of the address.'));
    return api(event, context);
  };
