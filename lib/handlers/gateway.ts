import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Answer, type Caller, unavailable } from '../api/answer.ts';
import { problemResponse } from '../api/problems.ts';
import { standardRequest } from '../api/standard-request.ts';
import { Refusal } from '../core/errors.ts';
import type { Verdict } from './authorize.ts';

/** Between what API Gateway hands to a Lambda (HTTP API, payload format 2.0) and the API. */
export const gatewayHandler =
  (answer: Answer) =>
  async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    // Where there is a route for everything else, the gateway passes preflights on, and adds the CORS headers to our answer.
    if (event.requestContext.http.method === 'OPTIONS') return { statusCode: 204 };
    const request = requestOf(event);
    const unreadable = new Refusal('invalid-request', 'The method or a header of this request cannot be read.');
    return resultOf(request ? await answer(request, callerOf(event)) : problemResponse(unreadable));
  };

/** Cookies come beside the headers. */
export const requestOf = (event: APIGatewayProxyEventV2): Request | undefined => {
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
  const { authorizer } = requestContext as { authorizer?: { lambda?: Partial<Verdict> | null; jwt?: object | null } };
  return { isKnown: authorizer?.lambda?.key === ('known' satisfies Verdict['key']) || Boolean(authorizer?.jwt) };
};

/** The gateway drops the body of an answer to HEAD. Every answer of the API is text. */
export const resultOf = async (response: Response): Promise<APIGatewayProxyStructuredResultV2> => ({
  statusCode: response.status,
  headers: Object.fromEntries(response.headers),
  body: await response.text(),
});

/** What a caller gets when even the way from the event to the API has failed. */
export const troubleResult = (error: unknown) => resultOf(problemResponse(unavailable(error)));
