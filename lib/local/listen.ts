import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorCode } from '../adapters/local/error-code.ts';
import { Unusable } from '../core/unusable.ts';
import type { Settings } from './settings.ts';

export const startListening = async (
  server: Server,
  { host, port }: Pick<Settings, 'host' | 'port'>,
): Promise<void> => {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EADDRINUSE')
      throw new Unusable(`Port ${port} is taken. Stop what uses it, or set DARKROOM_PORT to another.`);
    if (code === 'EACCES')
      throw new Unusable(`Port ${port} is not allowed for this user. Set DARKROOM_PORT above 1023.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new Unusable(
        `DARKROOM_HOST is ${host}, which is no address of this machine. Set DARKROOM_HOST to one of its addresses, or to 127.0.0.1.`,
      );
    throw error;
  }
};

export const addressOf = (server: Server): string => {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
};

/** Stops accepting requests, and waits a while for the answers under way. */
export const close = async (server: Server): Promise<void> => {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const hurry = setTimeout(() => server.closeAllConnections(), 5000);
  await closed;
  clearTimeout(hurry);
};
