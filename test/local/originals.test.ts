import { expect, test } from '@jest/globals';
import { localTicketOffice } from '../../lib/adapters/local/signed-urls.ts';
import type { Ticket } from '../../lib/contract/answers.ts';
import { originalsEndpoint } from '../../lib/local/originals.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import { put } from '../support/service.ts';
import { startServiceInProcess } from '../support/service-in-process.ts';

test('no file is accepted for a version that was ended while the clock was ahead, although its ticket looks valid again', async () => {
  const service = await startServiceInProcess();
  const hour = 3600_000;
  const bytes = new Uint8Array(100);
  const asked = await fetch(`${service.url}/v1/images`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ contentType: 'image/jpeg', bytes: bytes.length }),
  });
  const ticket = (await asked.json()) as Ticket;
  service.world.pass(24 * hour);
  expect(await sweep(service.world, 0)).toMatchObject({ expired: 1 });
  service.world.pass(-24 * hour);
  const { status } = await put(ticket, bytes);
  const stored = await service.world.originals.head(`originals/${ticket.id}/v1`);
  await service.close();
  expect([status, stored]).toEqual([403, undefined]);
});

test('trouble of the store is no refusal: it is told to the caller as it is', async () => {
  const id = 'a'.repeat(26);
  const now = 1_790_000_000_000;
  const tickets = localTicketOffice({ secret: 'of a test', site: 'https://store.example' });
  const url = new URL(await tickets.download(`originals/${id}/v1`, 'a.jpg', now + 1000));
  const head = () => Promise.reject(new Error('the disk is on fire'));
  const answer = originalsEndpoint({
    originals: { head } as never,
    secret: 'of a test',
    clock: { now: () => now },
    isAwaited: async () => true,
    arrived: () => undefined,
  });
  await expect(answer({ method: 'GET', headers: {} } as never, {} as never, url)).rejects.toThrow(
    'the disk is on fire',
  );
});
