import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { sqliteCatalogue } from '../../lib/adapters/local/sqlite-catalogue.ts';
import { sqliteTaskQueue } from '../../lib/adapters/local/sqlite-task-queue.ts';
import { maxReceives } from '../../lib/core/image.ts';
import { openHome } from '../../lib/local/home.ts';
import { type AuditReport, auditStore } from '../../lib/pipeline/audit-store.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { jsonLines, runCommand } from '../support/command.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { askForTicket, imageOnce, isDone, put, type Service, startInVain, upload } from '../support/service.ts';
import { addReady, servicesInFolder } from '../support/services.ts';
import { until } from '../support/until.ts';

// Each trouble of docs/one-box.md that needs no outage is caused, and ended as the page says.

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
