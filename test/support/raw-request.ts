import { type IncomingHttpHeaders, request } from 'node:http';
import type { Problem } from '../../lib/contract/answers.ts';

export type RawAnswer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string };

/** With exactly these headers: fetch keeps `host`, `origin` and the like to itself. */
export const rawRequest = (
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const sent = body === undefined ? '' : JSON.stringify(body);
    const json = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(sent)) };
    const asked = request(url, { method, headers: { ...(sent && json), ...headers } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    asked.on('error', reject).end(sent);
  });

export const problemOf = ({ text }: RawAnswer): Problem => JSON.parse(text);
