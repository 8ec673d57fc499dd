import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/**
 * A body that is not wanted is read up to the size of a common picture, because a connection that closes under way hides
 * the answer from the sender. A longer body is not read: its sender has a moment to notice the answer, then the connection
 * closes. docs/decisions.md#refused-body
 */
const maxRestBytes = 16 * 1024 * 1024;
const lingerMs = 2000;
const maxRestMs = 30_000;

/** Answers a request whose body may still be under way. Never rejects: a sender that is gone needs no answer. */
export const answerBeforeRest = async (
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string | Buffer,
): Promise<void> => {
  const unwilling = awaitsContinue(request) && !welcomed.has(request);
  const tooLong = !(Number(request.headers['content-length'] ?? 0) <= maxRestBytes);
  const closes = !request.complete && (unwilling || tooLong);
  const length = { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length, ...(closes && { connection: 'close' }) });
  if (request.complete || unwilling) return void response.end(body);
  response.write(body);
  const whole = await restOf(request, tooLong ? 0 : maxRestBytes);
  response.end();
  if (!whole) request.socket.destroySoon();
};

/**
 * Closes the connection after a request that should have no body: otherwise Node would read the body to its end,
 * however long it is.
 */
export const expectNoBody = ({ method = '', headers }: IncomingMessage, response: ServerResponse): void => {
  const isLong = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > maxIdleBytes;
  if (isLong && !['POST', 'PUT'].includes(method)) response.setHeader('connection', 'close');
};
const maxIdleBytes = 64 * 1024;

/** Whether the sender wants to be told that its request is welcome before it sends the body (RFC 9110, 10.1.1). */
const awaitsContinue = ({ headers, httpVersion }: IncomingMessage): boolean =>
  httpVersion === '1.1' && /^100-continue$/i.test(headers.expect ?? '');

/** To be called when a request is accepted, before its body is read. */
export const welcome = (request: IncomingMessage, response: ServerResponse): void => {
  if (!awaitsContinue(request)) return;
  welcomed.add(request);
  response.writeContinue();
};
const welcomed = new WeakSet<IncomingMessage>();

/** Throws the rest of a body away; true when all of it came. */
const restOf = (request: IncomingMessage, maxBytes: number): Promise<boolean> =>
  new Promise((resolve) => {
    let bytes = 0;
    let timer = setTimeout(settle, maxRestMs);
    const stopReading = (): void => {
      request.off('data', take).pause();
      clearTimeout(timer);
      timer = setTimeout(settle, lingerMs);
    };
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > maxBytes) stopReading();
    };
    function settle(): void {
      clearTimeout(timer);
      resolve(request.complete);
    }
    request.once('end', settle).once('close', settle);
    if (request.readableEnded || request.destroyed) settle();
    else if (maxBytes === 0) stopReading();
    else request.on('data', take).resume();
  });
