import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../lib/adapters/local/database.ts';
import { sqliteTaskQueue } from '../../lib/adapters/local/sqlite-task-queue.ts';
import type { Health } from '../../lib/contract/answers.ts';
import { healthStatus } from '../../lib/core/health.ts';
import type { Disk } from '../../lib/local/disk.ts';
import { hostHealth } from '../../lib/local/health.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import {
  askForTicket,
  imageOnce,
  isDone,
  put,
  startService,
  startServiceOnKnownPort,
  upload,
} from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const mebibyte = 1024 * 1024;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, 'data');
});
afterEach(() => folder.remove());

describe('the health of the one-box home', () => {
  let database: Database;
  let now: number;
  let free: Record<string, number>;
  let alive: number;
  beforeEach(async () => {
    await mkdir(data);
    database = openDatabase(join(data, 'darkroom.db'));
    now = 1_790_000_000_000;
    free = { [data]: 100 * mebibyte };
    alive = 2;
  });
  afterEach(() => {
    if (database.isOpen) database.close();
  });

  const ofThisTest: Disk = {
    freeBytes: async (path) => {
      const bytes = free[path];
      if (bytes === undefined) throw Object.assign(new Error('no such folder'), { code: 'ENOENT' });
      return bytes;
    },
  };
  const open = (disk = ofThisTest) =>
    hostHealth({
      data,
      keepFreeBytes: 50 * mebibyte,
      count: 2,
      queueSize: 3,
      database,
      disk,
      clock: { now: () => now },
      workers: { alive: () => alive },
    });
  const failing = async (health: Awaited<ReturnType<typeof open>>) =>
    (await health.look()).filter(({ ok }) => !ok).map(({ name }) => name);

  test('is ok when nothing is wrong, and names what it looked at', async () => {
    const health = await open();
    const checks = await health.look();
    expect(checks.map(({ name, ok }) => [name, ok])).toEqual(
      ['database', 'disk', 'folder', 'workers', 'queue'].map((name) => [name, true]),
    );
    expect([healthStatus(checks), await health.trouble()]).toEqual(['ok', undefined]);
  });

  test('says no while there is less free space than is kept free, and yes as soon as there is enough again', async () => {
    const health = await open();
    free[data] = 50 * mebibyte - 1;
    expect(await failing(health)).toEqual(['disk']);
    expect(healthStatus(await health.look())).toBe('unavailable');
    expect(await health.trouble()).toMatchObject({ code: 'unavailable', retryAfterSeconds: 30 });
    free[data] = 50 * mebibyte;
    expect([await failing(health), await health.trouble()]).toEqual([[], undefined]);
  });

  test('tickets rely on a look for a second, unless it found trouble, while health looks each time', async () => {
    const health = await open();
    expect(await health.trouble()).toBeUndefined();
    free[data] = 0;
    now += 999;
    expect(await health.trouble()).toBeUndefined();
    now += 1;
    expect(await health.trouble()).toMatchObject({ code: 'unavailable' });
    free[data] = 50 * mebibyte;
    expect(await health.trouble()).toBeUndefined();
    free[data] = 0;
    expect(await failing(health)).toEqual(['disk']);
    expect(await health.trouble()).toMatchObject({ code: 'unavailable' });
  });

  test('all who ask for tickets while a disk takes its time share one look', async () => {
    const { promise: answer, resolve } = Promise.withResolvers<number>();
    let looks = 0;
    const health = await open({
      freeBytes: async (path) => {
        if (path === data) looks++;
        return answer;
      },
    });
    const asked = [health.trouble(), health.trouble(), health.trouble()];
    resolve(0);
    expect(await Promise.all(asked)).toEqual(Array(3).fill(expect.objectContaining({ code: 'unavailable' })));
    expect(looks).toBe(1);
  });

  test('looks at the disks of originals and variants too, where they are others', async () => {
    const health = await open();
    free[join(data, 'public')] = 0;
    expect(await failing(health)).toEqual(['disk']);
  });

  test('notices that the folder was moved, also when another one stands in its place', async () => {
    const health = await open();
    await rename(data, `${data}-moved`);
    expect(await failing(health)).toContain('folder');
    await mkdir(data);
    expect(await failing(health)).toEqual(['folder']);
    await rename(data, `${data}-other`);
    await rename(`${data}-moved`, data);
    expect(await failing(health)).toEqual([]);
  });

  test('notices a database that cannot be read', async () => {
    const health = await open();
    database.close();
    expect(await failing(health)).toEqual(['database', 'queue']);
    expect(await health.trouble()).toMatchObject({ code: 'unavailable' });
  });

  test('is degraded, and tickets are given, when no renderer runs or an upload has waited for long', async () => {
    const health = await open();
    const queue = sqliteTaskQueue(database, { clock: { now: () => now }, maxReceives: 3 });
    await queue.put({ render: { id: 'a'.repeat(26), version: 1 } }, 'urgent');
    await queue.put({ render: { id: 'b'.repeat(26), version: 1 } }, 'patient');
    now += 15 * 60_000;
    expect(await failing(health)).toEqual([]);
    now += 1;
    expect(await failing(health)).toEqual(['queue']);
    alive = 0;
    expect(await failing(health)).toEqual(['workers', 'queue']);
    expect([healthStatus(await health.look()), await health.trouble()]).toEqual(['degraded', undefined]);
  });
});

const tooMuch = { DARKROOM_KEEP_FREE_MB: '1000000000' };

test('without enough free space tickets and uploads are refused, what is stored is served, and a restart with room goes on', async () => {
  const photo = await bytesOf(noise(300, 200).jpeg());
  const before = await startServiceOnKnownPort(data, {});
  const { id } = await upload(before, photo);
  const shown = await imageOnce(before, id, isDone);
  const ticket = await askForTicket(before, photo);
  await before.stop();

  const port = { DARKROOM_PORT: String(before.port) };
  const full = await startService(data, { ...tooMuch, ...port });
  const refused = await full.call('POST', '/v1/images', { contentType: 'image/jpeg', bytes: photo.length });
  expect([refused.status, refused.body, refused.headers.get('retry-after')]).toMatchObject([
    503,
    { code: 'unavailable', detail: expect.stringContaining('1000000000 MB are kept free') },
    '30',
  ]);
  const put503 = await put(ticket, photo);
  expect([put503.status, put503.headers.get('retry-after')]).toEqual([503, '30']);
  expect((await full.call('POST', `/v1/images/${id}/reprocess`)).status).toBe(503);
  expect((await full.call('GET', `/v1/images/${id}`)).status).toBe(200);
  expect((await fetch(shown.ready?.variants[0]?.url ?? '')).status).toBe(200);
  // What a liveness probe asks: a restart would make no room.
  expect((await full.call('GET', '/v1/openapi.json')).status).toBe(200);
  const health = await full.call('GET', '/v1/health');
  expect([health.status, health.body]).toMatchObject([503, { status: 'unavailable' }]);
  expect((health.body as Health).checks).toContainEqual(expect.objectContaining({ name: 'disk', ok: false }));
  expect(full.log()).toContainEqual(expect.objectContaining({ level: 'error', message: 'uploads are refused' }));
  await full.stop();

  const after = await startService(data, port);
  expect((await put(ticket, photo)).status).toBe(200);
  await imageOnce(after, ticket.id, (image) => image.status === 'ready');
  await after.stop();
});

test('a service whose data folder is moved away refuses uploads until it is back', async () => {
  const service = await startService(data);
  const photo = await bytesOf(noise(300, 200).jpeg());
  const ticket = await askForTicket(service, photo);
  await rename(data, `${data}-moved`);
  expect((await service.call('GET', '/v1/health')).status).toBe(503);
  expect((await put(ticket, photo)).status).toBe(503);
  await rename(`${data}-moved`, data);
  expect((await service.call('GET', '/v1/health')).status).toBe(200);
  expect((await put(ticket, photo)).status).toBe(200);
  await imageOnce(service, ticket.id, (image) => image.status === 'ready');
  await service.stop();
});
