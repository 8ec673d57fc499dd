import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deployed } from './deploy.ts';
import { view } from './emulator-api.ts';

/**
 * One address for the deployed API and for the CDN, whose name no resolver knows: what the API says of the CDN is
 * rewritten to this address, and what is asked for there is asked of the CDN.
 */
export const startFront = async (): Promise<{ url: string; close: () => Promise<void> }> => {
  const { url, api, outputs } = deployed();
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.writeHead(502).end(String(error)));
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/';
    if (path.startsWith('/images/')) {
      const seen = await view(url, outputs.CdnDomain, path, { method: request.method ?? 'GET' });
      response.writeHead(seen.status, { 'content-type': String(seen.headers['content-type']) }).end(seen.body);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
    const given = await fetch(`${api}${path}`, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const text = (await given.text()).replaceAll(outputs.SiteUrl, front.url);
    response.writeHead(given.status, { 'content-type': given.headers.get('content-type') ?? '' }).end(text);
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return front;
};
