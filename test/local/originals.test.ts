import { expect, test } from '@jest/globals';
import type { Ticket } from '../../lib/contract/answers.ts';
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
