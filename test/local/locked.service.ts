import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../lib/adapters/local/database.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { askForTicket, imageOnce, isDone, put, type Service, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
let stranger: Database;
beforeEach(async () => {
  folder = await temporaryFolder();
  service = await startService(folder.path);
  stranger = openDatabase(join(folder.path, 'darkroom.db'));
});
afterEach(async () => {
  stranger.close();
  await service.stop();
  await folder.remove();
});

test('while another process holds the database, what only reads is answered, and what writes waits its turn', async () => {
  const bytes = await bytesOf(corners(200, 200).jpeg());
  const { id } = await upload(service, bytes);
  const image = await imageOnce(service, id, isDone);
  const picture = image.ready?.variants[0]?.url ?? '';

  stranger.exec('BEGIN IMMEDIATE');
  let given = false;
  const waiting = askForTicket(service, bytes).then((ticket) => {
    given = true;
    return ticket;
  });
  // Few, because the ticket waits for ten seconds at most.
  for (let look = 0; look < 3; look++)
    for (const url of [`${service.url}/v1/health`, picture, `${service.url}/v1/images`])
      expect((await fetch(url)).status).toBe(200);
  expect(given).toBe(false);
  stranger.exec('ROLLBACK');
  expect((await put(await waiting, bytes)).status).toBe(200);
});

test('an upload that ends meanwhile is kept, and rendered afterwards', async () => {
  const bytes = await bytesOf(corners(200, 200).jpeg());
  const ticket = await askForTicket(service, bytes);
  stranger.exec('BEGIN IMMEDIATE');
  expect((await put(ticket, bytes)).status).toBe(200);
  stranger.exec('ROLLBACK');
  expect(await imageOnce(service, ticket.id, isDone)).toMatchObject({ status: 'ready', attempts: 1 });
});
