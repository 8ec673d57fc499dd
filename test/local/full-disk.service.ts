import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { fileObjectStore } from '../../lib/adapters/local/file-object-store.ts';
import { canMount } from '../support/can-mount.ts';
import { type Edge, putOn, startEdge } from '../support/edge.ts';
import { diskWithRoomFor } from '../support/full-disk.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { type Service, startInVain, startService } from '../support/service.ts';
import { addReady } from '../support/services.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { openDisk } from '../system/faults/troubles.ts';

const page = 4096;
const file = randomBytes(36 * page + 344);

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const started = async (options: Parameters<typeof startEdge>[0]): Promise<Edge> => {
  const edge = await startEdge(options);
  cleanUps.push(edge.close);
  return edge;
};

type Disk = { readonly edge: Edge; readonly empty: () => unknown };

const fakeDisk = async (room: number): Promise<Disk> => {
  const disk = diskWithRoomFor(room);
  const edge = await started({ openFile: disk.open });
  return {
    edge,
    empty: () => {
      disk.room = 1_000_000;
    },
  };
};

/** A real one. The size is in whole pages, and the folders of the store take none. */
const tmpfs = async (room: number): Promise<Disk> => {
  const folder = await temporaryFolder();
  cleanUps.push(folder.remove);
  const root = join(folder.path, 'disk');
  await mkdir(root);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${Math.floor(room / page) * page}`, 'tmpfs', root]);
  cleanUps.push(() => execFileSync('umount', ['-l', root]));
  return {
    edge: await started({ root }),
    empty: () => execFileSync('mount', ['-o', 'remount,size=1m', root]),
  };
};

// The fake disk shows the same everywhere; the real one, where this user may mount it, that the fake one is like it.
const disks: [string, (room: number) => Promise<Disk>][] = [
  ['a disk', fakeDisk],
  ...(canMount('a full disk that is no fake') ? ([['a tmpfs', tmpfs]] as [string, typeof tmpfs][]) : []),
];

const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
};

describe.each(disks)('on %s that is nearly full', (_what, disk) => {
  test.each([0, 1, 31 * page, 32 * page + 1, file.length - 400])(
    'a file is not stored short: with room for %i bytes its PUT is told to come back, and then works',
    async (room) => {
      const { edge, empty } = await disk(Math.max(room, page));
      const ticket = await edge.ticketFor(file);
      const refused = await putOn(ticket, file);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await refused.json()).toMatchObject({ code: 'unavailable' });
      expect([await filesBelow(edge.folder), edge.arrived]).toEqual([[], []]);
      await empty();
      expect((await putOn(ticket, file)).status).toBe(200);
      expect(Buffer.from((await edge.originals.get(edge.arrived[0] ?? '')) ?? [])).toEqual(file);
    },
  );

  test('a sender that has not sent everything yet is answered, and the trouble is logged without its signature', async () => {
    const { edge } = await disk(page);
    const ticket = await edge.ticketFor(file);
    const headers = { ...ticket.headers, 'content-length': file.length };
    const sending = request(ticket.url, { method: 'PUT', headers });
    sending.on('error', () => undefined);
    sending.write(file.subarray(0, 32 * page));
    const [answer] = (await once(sending, 'response')) as [IncomingMessage];
    sending.destroy();
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(edge.lines).toMatchObject([
      {
        level: 'error',
        facts: {
          path: new URL(ticket.url).pathname,
          requestId: answer.headers['x-request-id'],
          error: { code: 'ENOSPC' },
        },
      },
    ]);
    expect(JSON.stringify(edge.lines)).not.toContain('signature');
  });
});

test('a disk that says it has taken more than it keeps is found out before the object has its key', async () => {
  const folder = await temporaryFolder();
  cleanUps.push(folder.remove);
  const disk = diskWithRoomFor(1_000_000);
  disk.keeps = (fitting) => fitting - 1;
  const store = fileObjectStore(folder.path, undefined, disk.open);
  await expect(store.put('images/a/v1/x.png', file)).rejects.toMatchObject({ code: 'EIO' });
  await expect(store.create('originals/a/v1', (draft) => draft.write(file))).rejects.toMatchObject({ code: 'EIO' });
  expect(await filesBelow(folder.path)).toEqual([]);
});

if (canMount('a start on a full disk'))
  test('a service that is started on a full disk says so in a sentence; with a little room it serves what it has, and heals by itself', async () => {
    const disk = await openDisk();
    cleanUps.push(disk.remove);
    const data = join(disk.path, 'data');
    const settings = { DARKROOM_WORKERS: '1', DARKROOM_KEEP_FREE_MB: '10' };
    const before = await startService(data, settings);
    cleanUps.push(() => before.stop('SIGKILL'));
    const photo = await bytesOf(noise(300, 200).jpeg());
    const { id, ready } = await addReady(before, photo);
    await before.stop();
    const spare = join(disk.path, 'spare');
    await writeFile(spare, new Uint8Array(256 * 1024));

    let service: Service | undefined;
    await disk.fill?.(async () => {
      const sentence = `The disk of ${data} is full. Free some space there and start again.\n`;
      expect(await startInVain(data, settings)).toEqual({ code: 1, output: sentence });

      await rm(spare);
      const started = await startService(data, settings);
      cleanUps.push(() => started.stop('SIGKILL'));
      const ticket = await started.call('POST', '/v1/images', { contentType: 'image/jpeg', bytes: photo.length });
      expect([ticket.status, (await started.call('GET', '/v1/health')).status]).toEqual([503, 503]);
      expect(await started.call('GET', `/v1/images/${id}`)).toMatchObject({ status: 200, body: { status: 'ready' } });
      const { pathname } = new URL(ready?.variants[0]?.url ?? '');
      expect((await fetch(started.url + pathname)).status).toBe(200);
      await until(() => started.log().some(({ message }) => message === 'uploads are refused'), started.output);
      service = started;
    });
    if (!service) throw new Error('the disk was not full');
    expect((await addReady(service, photo)).status).toBe('ready');
  });
