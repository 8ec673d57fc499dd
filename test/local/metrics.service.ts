import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bytesOf, noise } from '../support/pictures.ts';
import { scrape } from '../support/scrape.ts';
import { askForTicket, imageOnce, isDone, put, type Service, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
let photo: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(join(folder.path, 'data'), { DARKROOM_WORKERS: '1', DARKROOM_KEEP_FREE_MB: '1' });
  photo = await bytesOf(noise(300, 200).jpeg());
});
afterAll(async () => {
  await service?.stop();
  await folder?.remove();
});

/** What a request adds is counted when its connection says that it is over, which its caller may be told before. */
const counted = (series: string, value: number) =>
  until(
    async () => (await scrape(service.url)).get(series) === value,
    () => `${series} never became ${value}`,
  );

describe('the metrics of the one-box home', () => {
  test('count what became of uploads, and what renderers spent on them', async () => {
    const ready = await imageOnce(service, (await upload(service, photo)).id, isDone);
    const junk = new Uint8Array(2000).fill(7);
    const failed = await imageOnce(service, (await upload(service, junk)).id, isDone);
    expect([ready.status, failed.status]).toEqual(['ready', 'failed']);
    const ticket = await askForTicket(service, photo);
    expect((await put(ticket, photo.slice(1))).status).toBe(403);
    expect((await fetch(`${service.url}/nothing`)).status).toBe(404);

    await counted('upload_total{result="stored"}', 2);
    await counted('upload_total{result="refused"}', 1);
    await counted('http_requests_total{route="other",status="404"}', 1);
    await counted('jobs_total{result="ready",code=""}', 1);
    await counted('queue_depth', 0);
    const seen = await scrape(service.url);
    expect(Object.fromEntries(seen)).toMatchObject({
      'jobs_total{result="failed",code="not-an-image"}': 1,
      'jobs_total{result="failed",code="gave-up"}': 0,
      'jobs_total{result="put-back",code="disk"}': 0,
      'jobs_total{result="died",code="render-death"}': 0,
      'http_requests_total{route="requestUpload",status="201"}': 3,
      'http_request_seconds_count{route="putOriginal"}': 3,
      'images{status="ready"}': 1,
      'images{status="failed"}': 1,
      'images{status="pending"}': 1,
      'storage_bytes{kind="originals"}': photo.length + junk.length,
      queue_size: 10_000,
      queue_oldest_seconds: 0,
      disk_kept_free_bytes: 1024 * 1024,
      workers_alive: 1,
      workers_wanted: 1,
      workers_restarted_total: 0,
      tickets_given: 1,
      'health_ok{check="disk"}': 1,
    });
    expect(seen.get('disk_free_bytes')).toBeGreaterThan(1024 * 1024);
    expect(seen.get('render_seconds_count')).toBeGreaterThanOrEqual(1);
    expect(seen.get('render_cpu_seconds_sum')).toBeGreaterThan(0);
    const bytes = ready.ready?.variants.filter(({ format }) => format === 'avif').map((variant) => variant.bytes) ?? [];
    expect(seen.get('variant_bytes_total{format="avif"}')).toBe(bytes.reduce((sum, one) => sum + one, 0));
    const made = ready.ready?.variants.reduce((sum, variant) => sum + variant.bytes, 0) ?? 0;
    expect(seen.get('storage_bytes{kind="variants"}')).toBeGreaterThanOrEqual(made);
  });

  test('count a renderer that was killed and started again', async () => {
    const before = service.renderers().length;
    process.kill(service.renderers().at(-1) ?? 0, 'SIGKILL');
    await counted('workers_alive', 0);
    await imageOnce(service, (await upload(service, photo)).id, isDone);
    await counted('workers_restarted_total', service.renderers().length - before);
    await counted('workers_alive', 1);
  });

  test('know after a restart what is stored', async () => {
    const before = await scrape(service.url);
    await service.stop();
    service = await startService(join(folder.path, 'data'), { DARKROOM_WORKERS: '1' });
    const originals = before.get('storage_bytes{kind="originals"}') ?? -1;
    await counted('storage_bytes{kind="originals"}', originals);
    expect((await scrape(service.url)).get('images{status="ready"}')).toBe(before.get('images{status="ready"}'));
  });
});

test('are read with a key of the API or with the key that opens nothing else, and with no other', async () => {
  const home = await temporaryFolder();
  const [key, metricsKey] = ['the-key-of-the-callers', 'the-key-of-prometheus'];
  const keys = { DARKROOM_API_KEY: key, DARKROOM_METRICS_KEY: metricsKey };
  const closed = await startService(home.path, { ...keys, DARKROOM_WORKERS: '1', DARKROOM_WRONG_KEYS_PER_MINUTE: '1' });
  const statusOf = async (path: string, authorization?: string, method = 'GET') =>
    (await fetch(closed.url + path, { method, headers: authorization === undefined ? {} : { authorization } })).status;
  expect(await statusOf('/metrics')).toBe(401);
  expect(await statusOf('/metrics', `Bearer ${key}`)).toBe(200);
  expect(await statusOf('/metrics', `Bearer ${metricsKey}`)).toBe(200);
  expect(await statusOf('/metrics', `Bearer ${metricsKey}`, 'HEAD')).toBe(200);
  expect(await statusOf('/metrics', `Bearer ${metricsKey}`, 'POST')).toBe(405);
  expect(await statusOf('/v1/images', `Bearer ${metricsKey}`)).toBe(401);
  expect(await statusOf('/metrics', 'Bearer another-key-altogether')).toBe(429);
  await closed.stop();
  await home.remove();
});

test('with as many tasks waiting as DARKROOM_QUEUE_SIZE, tickets and uploads get 503 until there is room', async () => {
  const home = await temporaryFolder();
  const { openDatabase } = await import('../../lib/adapters/local/database.ts');
  const { sqliteTaskQueue } = await import('../../lib/adapters/local/sqlite-task-queue.ts');
  const small = await startService(home.path, { DARKROOM_WORKERS: '1', DARKROOM_QUEUE_SIZE: '2' });
  const ticket = await askForTicket(small, photo);
  const database = openDatabase(join(home.path, 'darkroom.db'));
  // Tasks that no renderer works on for an hour, so that the queue stays as long as it is.
  const queue = sqliteTaskQueue(database, { clock: { now: () => Date.now() + 3600_000 }, maxReceives: 3 });
  await queue.put({ render: { id: 'a'.repeat(26), version: 1 } }, 'urgent');
  await queue.put({ render: { id: 'b'.repeat(26), version: 1 } }, 'urgent');

  const refused = await small.call('POST', '/v1/images', { contentType: 'image/jpeg', bytes: photo.length });
  expect([refused.status, refused.headers.get('retry-after'), refused.body]).toMatchObject([
    503,
    '30',
    { code: 'unavailable', detail: expect.stringContaining('2 tasks wait, and at most 2 may') },
  ]);
  expect((await put(ticket, photo)).status).toBe(503);
  expect((await small.call('GET', '/v1/health')).status).toBe(503);
  expect((await scrape(small.url)).get('tickets_given')).toBe(0);

  database.prepare("DELETE FROM messages WHERE subject LIKE 'bbbb%'").run();
  database.close();
  expect((await put(ticket, photo)).status).toBe(200);
  await imageOnce(small, ticket.id, ({ status }) => status === 'ready');
  await small.stop();
  await home.remove();
});
