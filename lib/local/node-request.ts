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
  await answerBeforeRest(outgoing.req, outgoing, response.status, Object.fromEntries(response.headers), body);
};
