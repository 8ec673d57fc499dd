import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorCode } from '../adapters/local/error-code.ts';
import { problemResponse } from '../api/problems.ts';
import type { Problem } from '../contract/answers.ts';
import { apiErrors, Refusal } from '../core/errors.ts';
import type { Chance } from '../ports.ts';
import { send } from './node-request.ts';
import { requestIdOf, requestIds } from './request-ids.ts';

/**
 * Puts a listener behind the server, for every request. Node by itself would answer some of them, without a body and
 * without a request id: those that its parser cannot read, and those without a Host header (`limitedServer` asks it not to).
 */
export const answerEvery = (server: Server, listener: RequestListener, chance: Chance): void => {
  const latest = new WeakMap<Duplex, ServerResponse>();
  const nextId = requestIds(chance);
  const listen: RequestListener = (request, response) => {
    latest.set(request.socket, response);
    if (request.headers.host !== undefined || request.httpVersion !== '1.1') return listener(request, response);
    response.setHeader('x-request-id', nextId());
    const refusal = new Refusal('invalid-request', 'This request names no host. Send one Host header.');
    return void send(problemResponse(refusal), response);
  };
  server.on('request', listen).on('checkContinue', listen).on('checkExpectation', listen);
  server.on('clientError', (error, socket) => {
    const response = latest.get(socket);
    const isUnderWay = response !== undefined && !response.writableFinished;
    // A client cannot distinguish the rest of an answer from a second answer.
    if (!socket.writable || (isUnderWay && response.headersSent)) return void socket.destroy();
    const requestId = (isUnderWay && requestIdOf(response)) || nextId();
    socket.end(answerTo(errorCode(error), requestId), () => socket.destroy());
  });
};

/** As Node answers a request that its parser cannot read, with the problem of the contract. */
const answerTo = (code: string | undefined, requestId: string): string => {
  const [status, reason, detail] = refusals[code ?? ''] ?? unreadable;
  const { title } = apiErrors['invalid-request'];
  const problem: Problem = { type: 'about:blank', title, status, code: 'invalid-request', detail };
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'connection: close',
    'cache-control: no-store',
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
};

type Unread = readonly [status: number, reason: string, detail: string];
const unreadable: Unread = [400, 'Bad Request', 'This request is not HTTP as it can be read here.'];
const refusals: Readonly<Record<string, Unread>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The headers of this request did not come in time.'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'The headers of this request are too long.'],
};
