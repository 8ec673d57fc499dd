import type { IncomingMessage, ServerResponse } from 'node:http';
import { standardRequest } from '../api/standard-request.ts';
import { answerBeforeRest } from './rest-of-body.ts';

/** Between `node:http` and the API. */

/**
 * The address that a request asks for; undefined if it cannot be read. Resolved like a link, `//x/metrics` and `/\x/metrics`
 * would be `/metrics` of a host `x`. A proxy in front takes them for other paths, so they would slip past its rules.
 */
export const addressAsked = ({ url = '/' }: Pick<IncomingMessage, 'url'>): URL | undefined => {
  const [path = ''] = url.split('?');
  if (path.includes('\\')) return undefined;
  return URL.parse(url.startsWith('/') ? `http://local${url}` : url, 'http://local') ?? undefined;
};

export const requestFromNode = (
  { method = 'GET', headers }: IncomingMessage,
  url: URL,
  body: string,
): Request | undefined => {
  const joined = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]);
  return standardRequest({ url, method, headers: Object.fromEntries(joined), body: body === '' ? undefined : body });
};

export const send = async (response: Response, outgoing: ServerResponse): Promise<void> => {
  const body = Buffer.from(await response.arrayBuffer());
  const headers = Object.fromEntries(response.headers);
  // What the host has said of origins stays true.
  const vary = [outgoing.getHeader('vary'), headers.vary].filter((names) => names !== undefined).join(', ');
  const marked = vary === '' ? headers : { ...headers, vary };
  await answerBeforeRest(outgoing.req, outgoing, response.status, marked, body);
};
