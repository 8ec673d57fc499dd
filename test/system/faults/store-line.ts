import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { freePort } from '../../support/free-port.ts';
import type { While } from './troubles.ts';

/** How a store is cut off: nothing listens, nothing answers, or every answer is 500. */
export const outages = ['refuses connections', 'hangs', 'answers 500'] as const;
export type Outage = (typeof outages)[number];

/** The network between a store and those who use it. */
export type StoreLine = {
  readonly url: string;
  /** All connections break when the outage begins, and again when it ends. */
  readonly cutOff: (outage: Outage, lasting: While) => Promise<void>;
  readonly close: () => Promise<void>;
};

const failure = 'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';

export const startStoreLine = async (storeUrl: string): Promise<StoreLine> => {
  const sockets = new Set<Socket>();
  let outage: Outage | undefined;

  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const server = createServer((socket) => {
    keep(socket);
    if (outage === 'answers 500') socket.once('data', () => socket.end(failure));
    if (outage !== undefined) return;
    const store = keep(connect(Number(new URL(storeUrl).port), '127.0.0.1'));
    socket.pipe(store).pipe(socket);
    socket.on('close', () => store.destroy());
    store.on('close', () => socket.destroy());
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const stopListening = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    breakAll();
    await closed;
  };

  // It is given up and taken again.
  await listen(await freePort());
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    cutOff: async (kind, lasting) => {
      outage = kind;
      if (kind === 'refuses connections') await stopListening();
      else breakAll();
      await lasting();
      outage = undefined;
      if (kind === 'refuses connections') await listen(port);
      else breakAll();
    },
    close: stopListening,
  };
};
