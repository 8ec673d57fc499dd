import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Notification } from '../../lib/contract/events.ts';
import { until } from './until.ts';

export type Delivery = {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: Notification;
};

/** A server that receives webhooks. A test decides the answer: a status, or a function that gets the response. */
export type Receiver = {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  answer: number | ((response: ServerResponse, delivery: Delivery) => void);
  readonly received: (count: number) => Promise<readonly Delivery[]>;
  readonly close: () => Promise<void>;
};

export const startReceiver = async (): Promise<Receiver> => {
  const deliveries: Delivery[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method, url: path, headers } = request;
    const delivery = { method, path, headers, body, event: JSON.parse(body || 'null') };
    deliveries.push(delivery);
    if (typeof receiver.answer === 'number') response.writeHead(receiver.answer).end('x'.repeat(10_000));
    else receiver.answer(response, delivery);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    deliveries,
    answer: 204,
    received: async (count) => {
      await until(
        () => deliveries.length >= count,
        () => `only ${deliveries.length} of ${count} deliveries came`,
      );
      return deliveries;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return receiver;
};
