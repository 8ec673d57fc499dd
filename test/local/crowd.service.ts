import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../lib/adapters/local/database.ts';
import type { Version } from '../../lib/core/image.ts';
import { filesOf } from '../../lib/pipeline/audit-store.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { askForTicket, put, type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const clients = 50;
let service: Service;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let photos: Uint8Array<ArrayBuffer>[];

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(folder.path, { DARKROOM_WORKERS: '2' });
  photos = await Promise.all([120, 130, 140].map((side) => bytesOf(noise(side, 120).jpeg())));
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

const photo = (client: number) => photos[client % photos.length] ?? new Uint8Array();

/** What one client of the crowd does; every answer must be one that the contract has. */
const act = async (id: string, client: number, deletes: boolean): Promise<void> => {
  const expectStatus = (status: number, ...allowed: number[]) => expect(allowed).toContain(status);
  const gone = deletes ? [404] : [];
  if (deletes && client === clients - 1) {
    const { status } = await service.call('DELETE', `/v1/images/${id}`);
    return expectStatus(status, 200);
  }
  if (client % 3 === 0) {
    const { status } = await service.call('POST', `/v1/images/${id}/reprocess`, { preset: 'thumbnails' });
    // Until a renderer has begun with the first original, it is not known that there is one.
    return expectStatus(status, 202, 409, ...gone);
  }
  const bytes = photo(client);
  const order = { contentType: 'image/jpeg', bytes: bytes.length, preset: 'thumbnails' };
  const { status, body } = await service.call('POST', `/v1/images/${id}/versions`, order);
  expectStatus(status, 201, ...gone);
  // Every fifth client asks for a ticket and never uses it.
  if (status === 201 && client % 5 !== 0) expectStatus((await put(body, bytes)).status, 200);
};

const versionsOf = (id: string): readonly Version[] => {
  const database = openDatabase(join(folder.path, 'darkroom.db'));
  const rows = database.prepare('SELECT body FROM versions WHERE id = ? ORDER BY version').all(id);
  database.close();
  return rows.map((row) => JSON.parse(String(row.body)) as Version);
};

/** The versions once nothing is queued: read after the queue was seen empty, because a render that ends in between moves one. */
const quiet = async (id: string): Promise<readonly Version[]> => {
  const depth = () => {
    const database = openDatabase(join(folder.path, 'darkroom.db'));
    const row = database.prepare('SELECT count(*) AS depth FROM messages').get();
    database.close();
    return Number(row?.depth);
  };
  await until(
    () => depth() === 0,
    () => `never quiet: ${service.output()}`,
  );
  return versionsOf(id);
};

const storedFiles = async (id: string): Promise<readonly string[]> => {
  const files: string[] = [];
  for (const [store, prefix] of [
    ['public', `images/${id}`],
    ['private', `originals/${id}`],
  ] as const) {
    const root = join(folder.path, store, prefix);
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []))
      if (entry.isFile()) files.push(join(entry.parentPath, entry.name).slice(join(folder.path, store).length + 1));
  }
  return files.sort();
};

describe(`${clients} clients fighting over one image`, () => {
  test.each([1, 2])(
    'leave every version at its own number and at an end, and every ready one complete: round %i',
    async () => {
      const { id } = await askForTicket(service, photo(0), { preset: 'thumbnails' }).then(async (ticket) => {
        await put(ticket, photo(0));
        return ticket;
      });
      await Promise.all(Array.from({ length: clients }, (_, client) => act(id, client, false)));
      const versions = await quiet(id);
      expect(versions.map((one) => one.version)).toEqual(versions.map((_, at) => at + 1));

      const count = (status: Version['status']) => versions.filter((one) => one.status === status).length;
      const unused = versions.filter((one) => one.status === 'pending');
      expect(count('ready') + unused.length).toBe(versions.length);
      // A ticket that was used has a ready version; one that was not has a version that waits for its end.
      expect(unused.length).toBe(
        Array.from({ length: clients }, (_, at) => at).filter((at) => at % 3 !== 0 && at % 5 === 0).length,
      );

      const { body } = await service.call('GET', `/v1/images/${id}`);
      expect(body).toMatchObject({ ready: { version: versions.findLast((one) => one.status === 'ready')?.version } });
      const originals = versions.filter((one) => one.status === 'ready' && one.source === one.version);
      const expected = [
        ...versions.flatMap((one) => (one.status === 'ready' ? filesOf(one) : [])),
        ...originals.map((one) => `originals/${id}/v${one.version}`),
      ].sort();
      expect(await storedFiles(id)).toEqual(expected);
    },
  );

  test.each([1, 2])('one of whom deletes it leave nothing behind: round %i', async () => {
    const ticket = await askForTicket(service, photo(0), { preset: 'thumbnails' });
    await put(ticket, photo(0));
    await Promise.all(Array.from({ length: clients }, (_, client) => act(ticket.id, client, true)));
    await quiet(ticket.id);
    expect((await service.call('GET', `/v1/images/${ticket.id}`)).status).toBe(404);
    // Uploads that were under way may land after the deletion; the sweep is what takes them, and no variant is among them.
    expect((await storedFiles(ticket.id)).filter((file) => file.startsWith('images/'))).toEqual([]);
    await service.stop();
    service = await startService(folder.path, { DARKROOM_WORKERS: '2' });
    expect(await storedFiles(ticket.id)).toEqual([]);
  });
});
