import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Config } from '../core/config.ts';
import { Refusal } from '../core/errors.ts';
import { findImage, listImages } from '../pipeline/find-images.ts';
import { requestUpload } from '../pipeline/request-upload.ts';
import type { Catalogue, Chance, Clock, Log, TicketOffice } from '../ports.ts';
import { matchRoute, type RouteName, routes } from '../routes.ts';
import { type Endpoint, endpoint } from './endpoint.ts';
import { presentImage, presentTicket } from './present.ts';
import { problemAnswer } from './problems.ts';

export type ApiWorld = {
  readonly catalogue: Catalogue;
  readonly tickets: TicketOffice;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly config: Config;
  readonly log: Log;
  /** The address under which variants are served. */
  readonly site: string;
  readonly release: string;
};

type ApiHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/** The whole API behind one Lambda: finds the route, parses, runs the step, presents. */
export const apiHandler = (world: ApiWorld): ApiHandler => {
  const { catalogue, site, release, log } = world;

  const answers: { readonly [Name in RouteName]: Endpoint<(typeof routes)[Name]> } = {
    requestUpload: async ({ body }) => presentTicket(await requestUpload(world, body)),
    listImages: async ({ query }) => {
      const { items, nextCursor } = await listImages(catalogue, query);
      return { items: items.map((image) => presentImage(image, site)), nextCursor };
    },
    findImage: async ({ params }) => presentImage(await findImage(catalogue, params.id), site),
    health: async () => ({ status: 'ok', version: release }),
  };

  const handlers = Object.fromEntries(
    Object.entries(routes).map(([name, route]) => [name, endpoint(route, answers[name as RouteName] as never, log)]),
  ) as unknown as Record<RouteName, ApiHandler>;

  return async (event, context) => {
    const { method, path } = event.requestContext.http;
    const match = matchRoute(method, path);
    if (match.name) return handlers[match.name]({ ...event, pathParameters: match.params }, context);
    if (match.allow.length === 0) return problemAnswer(new Refusal('not-found', `There is nothing at ${path}.`));
    const allow = match.allow.join(', ');
    // 405 has no code of its own in the closed set; it is a request that can never be right.
    return problemAnswer(new Refusal('invalid-request', `${path} takes ${allow}, and not ${method}.`), {
      status: 405,
      headers: { allow },
    });
  };
};
