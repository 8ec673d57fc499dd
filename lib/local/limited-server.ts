import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '../ports.ts';
import { type LeastPace, type Pace, paceOf } from './pace.ts';
import { requestIdOf } from './request-ids.ts';

export type ConnectionLimits = LeastPace & {
  /** Connections at once; fewer where the system allows the process fewer files. */
  readonly most: number;
  /** How long the headers of a request may take. */
  readonly headerMs: number;
};

const lookEveryMs = 1000;
const minuteMs = 60_000;

/** A server that slow or silent callers cannot fill for long. */
export const limitedServer = (limits: ConnectionLimits, log: Log): Server => {
  const { headerMs } = limits;
  // How long a whole request may take follows from its size and the least pace.
  const times = { headersTimeout: headerMs, requestTimeout: 0, connectionsCheckingInterval: lookEveryMs };
  const server = createServer({ ...times, requireHostHeader: false });
  server.maxConnections = Math.min(limits.most, connectionsWithin(openFiles()));
  server.on('drop', dropped(server, log));
  keepPace(server, limits, log);
  return server;
};

/** A connection may have a file open besides; what remains is for the database, the renderers and the log. */
export const connectionsWithin = (openFiles: number): number => Math.max(1, Math.floor((openFiles - 64) / 2));

/** How many files the process may have open, as far as the system tells; only Linux does. */
const openFiles = (): number => {
  if (process.platform !== 'linux') return Number.POSITIVE_INFINITY;
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
};

const dropped = (server: Server, log: Log) => {
  let toldAt = Number.NEGATIVE_INFINITY;
  return () => {
    // Idle connections are closed, so that the next caller finds room.
    server.closeIdleConnections();
    if (performance.now() - toldAt < minuteMs) return;
    toldAt = performance.now();
    log.warn('connections are refused, because there are too many; see DARKROOM_MAX_CONNECTIONS', {
      most: server.maxConnections,
    });
  };
};

/** Ends requests that are sent, and answers that are read, too slowly. */
const keepPace = (server: Server, limits: ConnectionLimits, log: Log): void => {
  const underWay = new Map<ServerResponse, Pace>();
  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    underWay.set(response, paceOf(request, response));
    response.on('close', () => underWay.delete(response));
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) server.prependListener(event, begin);

  const look = (): void => {
    for (const [response, pace] of underWay)
      if (pace.isTooSlow(performance.now(), limits)) {
        const { socket } = response.req;
        const requestId = requestIdOf(response);
        log.info('a connection was closed, because it was too slow', { requestId, from: socket.remoteAddress });
        socket.destroy();
      }
  };
  const timer = setInterval(look, lookEveryMs).unref();
  server.once('close', () => clearInterval(timer));
};
