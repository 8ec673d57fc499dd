import type { IncomingMessage, ServerResponse } from 'node:http';
import { standardRequest } from '../api/standard-request.ts';
import { answerBeforeRest } from './rest-of-body.ts';

/** Between `node:http` and the API. */

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
