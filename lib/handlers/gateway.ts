import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Answer, type Caller, unavailable, unreadable } from '../api/answer.ts';
import { problemResponse } from '../api/problems.ts';
import { standardRequest } from '../api/standard-request.ts';
import { rights } from '../core/grants.ts';
import type { AuthorizerContext } from './authorize.ts';

/** Between what API Gateway hands to a Lambda (HTTP API, payload format 2.0) and the API. */
export const gatewayHandler =
  (answer: Answer) =>
  async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    // Where there is a route for everything else, the gateway passes preflights on, and adds the CORS headers
    // to our answer. Where no origin is allowed it adds none, and the browser refuses.
    const { method, path } = event.requestContext.http;
    if (method === 'OPTIONS') return { statusCode: 204, headers: idOf(event) };
    const request = requestFromGateway(event);
    const response = request ? await answer(request, callerOf(event)) : unreadable(method, path);
    return resultOf(response, event);
  };

/** The access log of the gateway has the same id. */
const idOf = ({ requestContext }: APIGatewayProxyEventV2) => ({ 'x-request-id': requestContext.requestId });

/** Cookies come beside the headers. */
export const requestFromGateway = (event: APIGatewayProxyEventV2): Request | undefined => {
  const { headers, cookies, body, isBase64Encoded, rawQueryString, requestContext } = event;
  // The API does not look at its own host, and not every domain name of a gateway can stand in a URL.
  const url = new URL('https://gateway');
  url.pathname = requestContext.http.path;
  url.search = rawQueryString;
  return standardRequest({
    url,
    method: requestContext.http.method,
    headers: { ...headers, ...(cookies && cookies.length > 0 && { cookie: cookies.join('; ') }) },
    body: isBase64Encoded ? new Uint8Array(Buffer.from(body ?? '', 'base64')) : body,
  });
};

/**
 * A caller is known when the gateway vouches for it: by the verdict of our authorizer, or by a token that the gateway
 * itself has checked. A request that came by another route than its own, because the gateway reads its path
 * differently than we do, has neither.
 */
const callerOf = ({ requestContext }: APIGatewayProxyEventV2): Caller => {
  const { authorizer } = requestContext as {
    authorizer?: {
      lambda?: Partial<AuthorizerContext> | null;
      jwt?: { readonly claims?: Readonly<Record<string, unknown>> } | null;
    };
  };
  const verdict = authorizer?.lambda;
  const { requestId } = requestContext;
  if (verdict?.key === ('known' satisfies AuthorizerContext['key'])) {
    const grant = verdict.rights && { rights: verdict.rights, collections: verdict.collections };
    return { isKnown: true, grant, requestId };
  }
  if (authorizer?.jwt) return { isKnown: true, grant: grantOf(authorizer.jwt.claims), requestId };
  return { isKnown: false, requestId };
};

/**
 * Scopes such as `darkroom:upload` or, as Cognito writes them, `darkroom/upload`; `darkroom:collection:shop-` limits a token
 * to collections whose names begin so. A token without any of them may do everything. One whose collections cannot be
 * read, as where an issuer has left out the name, is limited to none.
 */
const grantOf = (claims: Readonly<Record<string, unknown>> = {}): Caller['grant'] => {
  const scopes = `${claims.scope ?? ''} ${claims.scp ?? ''}`.split(/[\s,[\]]+/);
  const ours = scopes.filter((scope) => /^darkroom[:/]/.test(scope)).map((scope) => scope.slice('darkroom:'.length));
  if (ours.length === 0) return undefined;
  const limits = ours.filter((scope) => scope.startsWith('collection'));
  const collections = limits.flatMap((scope) => /^collection[:/](.+)$/.exec(scope)?.[1] ?? []);
  return {
    rights: rights.filter((right) => ours.includes(right)),
    ...(limits.length > 0 && { collections }),
  };
};

/** The gateway drops the body of an answer to HEAD. Every answer of the API is text. */
const resultOf = async (
  response: Response,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> => ({
  statusCode: response.status,
  headers: { ...Object.fromEntries(response.headers), ...idOf(event) },
  body: await response.text(),
});

/** What a caller gets when even the way from the event to the API has failed. */
export const troubleResult = (error: unknown, event: APIGatewayProxyEventV2) =>
  resultOf(problemResponse(unavailable(error)), event);
