import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { answerBeforeRest } from './rest-of-body.ts';

/** Between `node:http` and what API Gateway hands to a Lambda: payload format 2.0. */

export const eventOf = (
  request: IncomingMessage,
  url: URL,
  body: string,
  facts: { readonly requestId: string; readonly at: number },
): APIGatewayProxyEventV2 => {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
  const query = [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name).join(',')]);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    ...(query.length > 0 && { queryStringParameters: Object.fromEntries(query) }),
    ...(body !== '' && { body }),
    isBase64Encoded: false,
    requestContext: {
      accountId: 'anonymous',
      apiId: 'darkroom',
      domainName: url.hostname,
      domainPrefix: '',
      http: {
        method: request.method ?? 'GET',
        path: url.pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: facts.requestId,
      routeKey: '$default',
      stage: '$default',
      time: new Date(facts.at).toUTCString(),
      timeEpoch: facts.at,
    },
  };
};

export const answer = (response: ServerResponse, result: APIGatewayProxyStructuredResultV2): Promise<void> => {
  const body = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
  return answerBeforeRest(response.req, response, result.statusCode ?? 200, headersOf(result), body);
};

const headersOf = ({ headers = {} }: APIGatewayProxyStructuredResultV2): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
