import { bearerKey } from '../core/api-keys.ts';
import { Refusal } from '../core/errors.ts';
import type { Grant } from '../core/grants.ts';
import { opensImage } from '../core/watch-token.ts';
import { matchRoute, type Route, type RouteName, routes } from '../routes.ts';
import { type ApiWorld, endpointsOf } from './endpoints.ts';
import { problemResponse } from './problems.ts';
import { demandRight } from './rights.ts';

/** The caller of a request, as its host has established it. */
export type Caller = {
  /** Whether the host has seen a valid key or token. */
  readonly isKnown: boolean;
  /** What its key allows; everything when left out. */
  readonly grant?: Grant | undefined;
  /**
   * Counts the call against the limit of this caller. Throws a Refusal. Absent where a gateway has counted already.
   */
  readonly countCall?: () => void;
  /** Counts a call that needs a key and has no valid one. Throws a Refusal; absent where a gateway counts. */
  readonly countWrongKey?: () => void;
  /** What the log calls this request, where the host has named it. */
  readonly requestId?: string;
  /** Takes the route, or that there is none, where the host counts requests by it. */
  readonly found?: ((route: RouteName | 'other') => void) | undefined;
};

export type Answer = (request: Request, caller: Caller) => Promise<Response>;

/** The whole API, of no host in particular: finds the route once, checks the caller, parses, runs the step, presents. */
export const answerWith = (world: ApiWorld): Answer => {
  const endpoints = endpointsOf(world);
  return async (request, caller) => {
    const url = new URL(request.url);
    const path = url.pathname;
    try {
      const match = matchRoute(request.method, path);
      caller.found?.(match.name ?? 'other');
      if (match.name === undefined) return nothingThere(request.method, path, match.allow);
      const route: Route = routes[match.name];
      const { params } = match;
      if (!(await isLetIn(world, request, caller, match.name, params.id))) {
        caller.countWrongKey?.();
        throw new Refusal('unauthorized', route.open ? sendToken : sendKey);
      }
      demandRight(route, caller.grant);
      if (route.limited) {
        caller.countCall?.();
        const trouble = await world.trouble?.();
        if (trouble) throw trouble;
      }
      return await endpoints[match.name](request, { url, params, at: world.clock.now(), grant: caller.grant });
    } catch (error) {
      if (error instanceof Refusal) return problemResponse(error);
      // Unforeseen errors are logged here, once.
      world.log.error('a request could not be answered', {
        requestId: caller.requestId,
        method: request.method,
        path,
        error,
      });
      return problemResponse(unavailable(error));
    }
  };
};

const sendKey = 'Send a valid key: authorization: Bearer <key>.';
const sendToken = 'Send the token of the ticket, which is valid for a day: authorization: Bearer <watch.token>.';

const isLetIn = async (
  world: ApiWorld,
  request: Request,
  { isKnown }: Caller,
  name: RouteName,
  id: string | undefined,
): Promise<boolean> => {
  const { open }: Route = routes[name];
  if (open === 'watch') return mayWatch(world, request, id);
  return isKnown || open === true || (name === 'findImage' && mayWatch(world, request, id));
};

/** Whether a request carries the token of this very image. */
const mayWatch = async ({ watchSecret, clock }: ApiWorld, { headers }: Request, id = ''): Promise<boolean> => {
  const token = bearerKey(headers.get('authorization') ?? undefined);
  if (token === undefined) return false;
  return opensImage(await watchSecret(), token, id, clock.now());
};

export const unavailable = (cause: unknown): Refusal =>
  new Refusal('unavailable', 'The service cannot answer right now. Try again shortly.', {
    retryAfterSeconds: 5,
    cause,
  });

/** For a request that cannot be a standard `Request`: a method such as TRACE, or a header that is not text. */
export const unreadable = (method: string, path: string): Response => {
  const match = matchRoute(method, path);
  if (match.name === undefined) return nothingThere(method, path, match.allow);
  return problemResponse(new Refusal('invalid-request', 'A header of this request cannot be read.'));
};

const nothingThere = (method: string, path: string, allowed: readonly string[]): Response => {
  if (allowed.length === 0) return problemResponse(new Refusal('not-found', `There is nothing at ${path}.`));
  const allow = allowed.join(', ');
  // The closed set has no code for 405; docs/decisions.md#wrong-method
  return problemResponse(new Refusal('invalid-request', `${path} takes ${allow}, and not ${method}.`), {
    status: 405,
    headers: { allow },
  });
};
