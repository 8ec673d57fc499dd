import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileObjectStore } from '../../../lib/adapters/local/file-object-store.ts';
import { localTicketOffice } from '../../../lib/adapters/local/signed-urls.ts';
import { originalsEndpoint } from '../../../lib/local/originals.ts';
import { ticketOfficeContract } from '../../contracts/ticket-office.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

ticketOfficeContract('A folder behind node:http', async () => {
  const folder = await temporaryFolder();
  const originals = fileObjectStore(folder.path);
  const secret = 'a secret of this test';
  const endpoint = originalsEndpoint({
    originals,
    secret,
    clock: { now: Date.now },
    isAwaited: async () => true,
    arrived: () => undefined,
  });
  const server = createServer((request, response) =>
    endpoint(request, response, new URL(request.url ?? '/', 'http://x')),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    tickets: localTicketOffice({ secret, site }),
    stored: (key) => originals.get(key),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await folder.remove();
    },
  };
});
