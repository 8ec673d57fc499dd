import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createContext, runInContext } from 'node:vm';
import config from '../../../darkroom.config.ts';
import { viewerRequestCode } from '../../../lib/infra/delivery.ts';
import { deployed } from './deploy.ts';
import { view } from './emulator-api.ts';
import { deployedGateway } from './gateway.ts';

/**
 * One address for the deployed API and for the CDN, whose name no resolver knows: what the API says of the CDN is
 * rewritten to this address, and what is asked for there is asked of the CDN. What the emulator is kinder about than AWS
 * is refused here: calls of functions whose policy does not let the gateway, and preflights.
 */
export const startFront = async (): Promise<Front> => {
  const { url, api, apiId, outputs } = deployed();
  const gateway = await deployedGateway(url, apiId);
  const preflights: Preflight[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://front');
    const answering = pathname.startsWith('/images/') ? answerAsCdn : answerAsGateway;
    const { origin, 'access-control-request-method': wanted } = request.headers;
    if (request.method === 'OPTIONS' && origin !== undefined && wanted !== undefined)
      response.on('finish', () => preflights.push({ origin, path: pathname, status: response.statusCode }));
    answering(request, response, pathname).catch((error) => response.writeHead(502).end(String(error)));
  });

  const answerAsCdn = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const { method = 'GET', headers } = request;
    // The emulator says yes to every OPTIONS before it looks whom it is for.
    if (method === 'OPTIONS') {
      const { statusCode, headers: answered = {} } = atTheEdge(method, path, headers);
      const told = Object.entries(answered).map(([name, { value }]) => [name, value] as const);
      // Nothing but a bucket without CORS rules is behind the function.
      return void response.writeHead(statusCode ?? 403, Object.fromEntries(told)).end();
    }
    const { accept, origin } = headers;
    const seen = await view(url, outputs.CdnDomain, request.url ?? '/', {
      method,
      headers: { ...(accept !== undefined && { accept }), ...(origin !== undefined && { origin }) },
    });
    const { location, ...more } = seen.headers;
    const way = location === undefined ? {} : { location: String(location).replace(outputs.SiteUrl, front.url) };
    response.writeHead(seen.status, { ...ownOf(more), ...way }).end(seen.body);
  };

  const answerAsGateway = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const { method = 'GET', headers: asked } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const cors = gateway.corsHeaders(method, asked.origin);
    const refusal = gateway.refusal(method, path);
    if (refusal)
      return void response.writeHead(refusal.status, { ...cors, 'content-type': 'application/json' }).end(refusal.body);
    if (method === 'OPTIONS') return void response.writeHead(await gateway.preflight(path), cors).end();
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = asked;
    const given = await fetch(`${api}${request.url ?? '/'}`, {
      method,
      headers: { ...(headers as Record<string, string>), connection: 'close' },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const text = (await given.text()).replaceAll(outputs.SiteUrl, front.url);
    const own = { 'content-type': given.headers.get('content-type') ?? '' };
    response.writeHead(given.status, { ...own, ...cors }).end(text);
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front: Front = {
    preflights: () => preflights,
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

/** What a browser asked beforehand, and how it was answered. */
type Preflight = { readonly origin: string; readonly path: string; readonly status: number };

type Front = {
  readonly url: string;
  readonly preflights: () => readonly Preflight[];
  readonly close: () => Promise<void>;
};

type EdgeAnswer = { readonly statusCode?: number; readonly headers?: Readonly<Record<string, { value: string }>> };

const atTheEdge = (method: string, uri: string, asked: IncomingMessage['headers']): EdgeAnswer => {
  const context = createContext({});
  runInContext(viewerRequestCode(config.presets), context);
  const headers = Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, { value: String(value) }]));
  return runInContext('handler', context)({ request: { method, uri, headers } });
};

/** Without what only one connection is about. */
const ownOf = (headers: Readonly<Record<string, string | string[] | undefined>>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || ['connection', 'transfer-encoding', 'keep-alive', 'content-length'].includes(name)
        ? []
        : [[name, value] as const],
    ),
  );
