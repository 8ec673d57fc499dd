import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { sqliteCatalogue } from '../../lib/adapters/local/sqlite-catalogue.ts';
import { sqliteTaskQueue } from '../../lib/adapters/local/sqlite-task-queue.ts';
import { maxReceives } from '../../lib/core/image.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import { openHome } from '../../lib/local/home.ts';
import { type AuditReport, auditStore } from '../../lib/pipeline/audit-store.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { canMount } from '../support/can-mount.ts';
import { jsonLines, runCommand } from '../support/command.ts';
import { withConfig } from '../support/other-config.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import {
  askForTicket,
  imageOnce,
  isDone,
  put,
  type Service,
  startInVain,
  startService,
  upload,
} from '../support/service.ts';
import { addReady, servicesInFolder } from '../support/services.ts';
import { until } from '../support/until.ts';
import { openDisk } from '../system/faults/troubles.ts';

// Troubles of docs/one-box.md are caused, and ended as the page says.

let photo: Uint8Array<ArrayBuffer>;
const { data, inFolder, start } = servicesInFolder();

beforeAll(async () => {
  photo = await bytesOf(noise(300, 200).jpeg());
});

const pathOf = (url: string) => new URL(url).pathname;

test('leaked key: with both keys the callers can move, and then the old one opens nothing', async () => {
  const [old, fresh] = ['an-old-key-that-leaked', 'a-new-key-for-all-callers'];
  const statusFor = async ({ url }: Service, key: string) =>
    (await fetch(`${url}/v1/images`, { headers: { authorization: `Bearer ${key}` } })).status;
  const both = await start({ DARKROOM_API_KEY: `${fresh},${old}` });
  expect([await statusFor(both, old), await statusFor(both, fresh)]).toEqual([200, 200]);
  await both.stop();
  const alone = await start({ DARKROOM_API_KEY: fresh });
  expect([await statusFor(alone, old), await statusFor(alone, fresh)]).toEqual([401, 200]);
});

test('lost or leaked secret: tickets and downloads from before are over, new ones work, and pictures stay', async () => {
  const before = await start();
  const { id } = await upload(before, photo, { preset: 'thumbnails' });
  const { ready } = await imageOnce(before, id, isDone);
  const ticket = await askForTicket(before, photo);
  const download = ((await before.call('GET', `/v1/images/${id}/original`)).body as { url: string }).url;
  await before.stop();
  await rm(join(data(), 'secret'));

  const after = await start();
  const here = (url: string) => url.replace(before.url, after.url);
  const late = { ...ticket, upload: { ...ticket.upload, url: here(ticket.upload.url) } };
  expect((await put(late, photo)).status).toBe(403);
  expect((await fetch(here(download))).status).toBe(403);
  expect((await put(await askForTicket(after, photo), photo)).status).toBe(200);
  const again = ((await after.call('GET', `/v1/images/${id}/original`)).body as { url: string }).url;
  expect((await fetch(again)).status).toBe(200);
  expect((await fetch(here(ready?.picture.img.src ?? ''))).status).toBe(200);
});

test('broken database: it is said, and a rebuild of what is stored brings the pictures back', async () => {
  const before = await start();
  const { id } = await upload(before, photo, { preset: 'thumbnails' });
  const { ready } = await imageOnce(before, id, isDone);
  await before.stop();
  await writeFile(join(data(), 'darkroom.db'), 'this is not a database at all, however one reads it');
  expect(await startInVain(data())).toMatchObject({ code: 1, output: expect.stringContaining('is damaged') });

  const away = inFolder('away');
  await mkdir(away);
  for (const name of await readdir(data()))
    if (name.startsWith('darkroom.db')) await rename(join(data(), name), join(away, name));
  expect((await runCommand(['rebuild'], { DARKROOM_DATA: data() })).code).toBe(0);
  const after = await start();
  const rebuilt = await imageOnce(after, id, isDone);
  expect(rebuilt.ready?.variants.map(({ url }) => pathOf(url))).toEqual(ready?.variants.map(({ url }) => pathOf(url)));
});

test('corrupt upload: it ends as the page says, repeats do not help, and another file does', async () => {
  const service = await start();
  const { id } = await upload(service, photo.slice(0, photo.length / 2), { preset: 'thumbnails' });
  expect(await imageOnce(service, id, isDone)).toMatchObject({ status: 'failed', error: { code: 'corrupt' } });
  await service.call('POST', `/v1/images/${id}/reprocess`);
  expect(await imageOnce(service, id, isDone)).toMatchObject({ version: 2, error: { code: 'corrupt' } });
  const { body } = await service.call('POST', `/v1/images/${id}/versions`, {
    contentType: 'image/jpeg',
    bytes: photo.length,
  });
  expect((await put(body, photo)).status).toBe(200);
  expect(await imageOnce(service, id, isDone)).toMatchObject({ version: 3, status: 'ready' });
});

test('partial variants: they are named, an audit makes what is missing again, and a repair the next version of what is damaged', async () => {
  const before = await start();
  const { id, ready } = await addReady(before, photo);
  const [missing, damaged] = (ready?.variants ?? []).map(({ name, format }) =>
    join(data(), 'public', 'images', id, 'v1', `${name}.${format}`),
  ) as [string, string];
  const bytes = await readFile(missing);
  await rm(missing);
  await writeFile(damaged, (await readFile(damaged)).fill(0, 100));

  const faults = async ({ url }: Service, ...more: string[]) =>
    jsonLines(await runCommand(['verify', '--json', ...more], { DARKROOM_URL: url }))
      .slice(0, -1)
      .map(({ fault }) => fault);
  const damage = 'has other bytes than the catalogue says';
  expect((await faults(before)).toSorted()).toEqual(['answers 404', damage]);
  const reconciled = await runCommand(['reconcile', '--json'], { DARKROOM_DATA: data() });
  expect(jsonLines(reconciled)).toMatchObject([
    { id, fault: 'is in the catalogue, but not stored' },
    { differences: 1 },
  ]);

  await before.stop();
  expect(await auditNow(id)).toMatchObject({ repaired: 1 });
  const after = await start();
  await until(() => existsSync(missing), after.output);
  expect(await readFile(missing)).toEqual(bytes);
  expect(await faults(after)).toEqual([damage]);

  expect(await faults(after, '--repair')).toEqual([damage]);
  await imageOnce(after, id, (image) => image.ready?.version === 2);
  // The first version is still served: its file has to go before the audit makes it again.
  expect(await faults(after)).toEqual([damage]);
  await after.stop();
  await rm(damaged);
  expect(await auditNow(id)).toMatchObject({ repaired: 1 });
  const last = await start();
  await until(() => existsSync(damaged), last.output);
  expect(await faults(last)).toEqual([]);
});

test('bad settings: with the old file back, what was made or refused meanwhile is made again, and nothing else', async () => {
  const before = await start();
  const sound = await addReady(before, photo);
  await before.stop();

  const [first] = shippedPresets.thumbnails.variants;
  const wrong = { ...shippedPresets.thumbnails, variants: [{ ...first, width: 20 }] };
  const settings = { presets: { ...shippedPresets, thumbnails: wrong }, limits: { maxWidth: 200 } };
  const meanwhile = await start(await withConfig(inFolder('wrong'), settings));
  const small = await addReady(meanwhile, await bytesOf(noise(150, 120).jpeg()));
  expect(small.ready?.variants.map(({ width }) => width)).not.toContain(sound.ready?.variants[0]?.width);
  const { id: refused } = await upload(meanwhile, photo, { preset: 'thumbnails' });
  expect(await imageOnce(meanwhile, refused, isDone)).toMatchObject({ error: { code: 'too-big' } });
  await meanwhile.stop();

  const after = await start();
  const again = (...which: string[]) => runCommand(['reprocess', ...which, '--wait'], { DARKROOM_URL: after.url });
  expect(await again('--stale')).toMatchObject({ code: 0 });
  expect(await again('--failed', 'too-big')).toMatchObject({ code: 0 });
  const filesOf = async (id: string) => {
    const { version, ready } = await imageOnce(after, id, isDone);
    return [version, ready?.version, ready?.variants.map(({ name, format }) => `${name}.${format}`)];
  };
  const right = sound.ready?.variants.map(({ name, format }) => `${name}.${format}`);
  expect([await filesOf(sound.id), await filesOf(small.id), await filesOf(refused)]).toEqual([
    [1, 1, right],
    [2, 2, right],
    [2, 2, right],
  ]);
});

test('decoder vulnerability: a format that is removed from `accept` is not decoded, and what was refused is made when it is back', async () => {
  const before = await start();
  const { id } = await addReady(before, photo);
  const ticket = await askForTicket(before, photo, { preset: 'thumbnails' });
  await before.stop();

  const safe = await start(await withConfig(inFolder('safe'), { accept: ['image/png', 'image/webp'] }));
  expect((await safe.call('POST', '/v1/images', { contentType: 'image/jpeg', bytes: 100 })).status).toBe(415);
  const url = ticket.upload.url.replace(before.url, safe.url);
  expect((await put({ ...ticket, upload: { ...ticket.upload, url } }, photo)).status).toBe(200);
  const error = { code: 'unsupported-format' };
  expect(await imageOnce(safe, ticket.id, isDone)).toMatchObject({ status: 'failed', error });
  await safe.call('POST', `/v1/images/${id}/reprocess`);
  expect(await imageOnce(safe, id, isDone)).toMatchObject({ status: 'failed', error, ready: { version: 1 } });
  await safe.stop();

  const after = await start();
  const again = ['reprocess', '--failed', 'unsupported-format', '--wait'];
  expect(await runCommand(again, { DARKROOM_URL: after.url })).toMatchObject({ code: 0 });
  for (const one of [id, ticket.id]) expect(await imageOnce(after, one, isDone)).toMatchObject({ status: 'ready' });
});

test('queue backlog: tickets are refused while the queue is full, and with more renderers it is worked off', async () => {
  const full = { DARKROOM_QUEUE_SIZE: '2' };
  const slow = await start(full);
  // With a renderer that stands still the queue fills on a machine of any speed.
  const renderer = await until(() => slow.renderers()[0], slow.output);
  process.kill(renderer, 'SIGSTOP');
  const ids: string[] = [];
  const order = { contentType: 'image/jpeg', bytes: photo.length, preset: 'thumbnails' };
  await until(async () => {
    const { status, body } = await slow.call('POST', '/v1/images', order);
    if (status === 503) return true;
    const { id } = body as { id: string };
    ids.push(id);
    expect((await put(body, photo)).status).toBe(200);
    return false;
  }, slow.output);
  slow.process.kill('SIGKILL');
  process.kill(renderer, 'SIGKILL');
  await slow.stop();

  const quick = await start({ ...full, DARKROOM_WORKERS: '2' });
  for (const id of ids) expect(await imageOnce(quick, id, isDone)).toMatchObject({ status: 'ready' });
  await until(() => new Set(quick.renderers()).size >= 2, quick.output);
  await until(async () => (await quick.call('POST', '/v1/images', order)).status === 201, quick.output);
});

if (canMount('the playbook of the full disk'))
  test('full disk: with the trash emptied the service recovers by itself, and the ticket from before still works', async () => {
    const disk = await openDisk();
    const onDisk = join(disk.path, 'data');
    const trash = join(onDisk, 'private', '.trash');
    await mkdir(join(trash, '2026-11-21'), { recursive: true });
    await writeFile(join(trash, '2026-11-21', 'removed'), new Uint8Array(40 * 1024 * 1024));
    const service = await startService(onDisk, { DARKROOM_WORKERS: '1', DARKROOM_KEEP_FREE_MB: '10' });
    try {
      const { id, ready } = await addReady(service, photo);
      const ticket = await askForTicket(service, photo, { preset: 'thumbnails' });
      await disk.fill?.(async () => {
        // A look at the disk from just before still counts for a second.
        await until(async () => {
          const refused = await service.call('POST', '/v1/images', { contentType: 'image/jpeg', bytes: 100 });
          return refused.status === 503 && refused.headers.get('retry-after') === '30';
        });
        expect((await put(ticket, photo)).status).toBe(503);
        expect((await fetch(ready?.variants[0]?.url ?? '')).status).toBe(200);

        await rm(trash, { recursive: true });
        expect((await put(ticket, photo)).status).toBe(200);
        expect(await imageOnce(service, ticket.id, isDone)).toMatchObject({ status: 'ready' });
        expect(await imageOnce(service, id, isDone)).toMatchObject({ status: 'ready' });
        expect((await service.call('GET', '/v1/health')).status).toBe(200);
      });
    } finally {
      await service.stop();
      await disk.remove();
    }
  });

/** What the service does by itself within 32 hours, for the images whose ids begin as this one. */
const auditNow = async (id: string): Promise<AuditReport> => {
  const home = openHome(data());
  const clock = { now: Date.now };
  const world = {
    ...home,
    catalogue: sqliteCatalogue(home.database),
    queue: sqliteTaskQueue(home.database, { clock, maxReceives }),
    clock,
    config,
    recipeOf: sharpRenderer().recipe,
  };
  const report = await auditStore(world, id.slice(0, 1));
  home.database.close();
  return report;
};
