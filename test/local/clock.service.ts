import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AdjustedClock, adjustedClock } from '../support/adjusted-clock.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { askForTicket, imageOnce, isDone, put, type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let service: Service;
let clock: AdjustedClock;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
let photo: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, 'data');
  await mkdir(data);
  const found = await adjustedClock(folder.path);
  if (!found) throw new Error('This test needs libfaketime: apt-get install faketime');
  clock = found;
  service = await startService(data, { DARKROOM_WORKERS: '2', ...clock.environment });
  photo = await bytesOf(noise(900, 700).jpeg());
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

const hour = 3600;
const ready = (id: string) => imageOnce(service, id, isDone);

/** The clock may be set forward between the two, and end the ticket: then another one is asked for. */
const upload = async (): Promise<string> => {
  for (;;) {
    const ticket = await askForTicket(service, photo, { preset: 'thumbnails' });
    const { status } = await put(ticket, photo);
    if (status === 200) return ticket.id;
    if (status !== 403) throw new Error(`the store answered ${status}`);
  }
};

test('no upload is charged or forgotten when the clock is set forward and back while it waits and is rendered', async () => {
  const ids: string[] = [];
  for (const hours of [5, -5, 0.1, -0.1, 24, 0, -24, 3]) {
    await clock.set(hours * hour);
    ids.push(await upload());
    // The next jump comes while this upload waits or is rendered.
    if (ids.length > 2) await ready(ids.at(-3) ?? '');
  }
  for (const id of ids) expect(await ready(id)).toMatchObject({ status: 'ready', attempts: 1 });
});

test('a service that starts after the clock was set back renders what it accepted before', async () => {
  await clock.set(5 * hour);
  const id = await upload();
  await service.stop('SIGKILL');
  await clock.set(-5 * hour);
  service = await startService(data, { DARKROOM_WORKERS: '2', ...clock.environment });
  expect(await ready(id)).toMatchObject({ status: 'ready' });
});
