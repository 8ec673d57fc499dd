import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JobAnswer } from '../../lib/contract/answers.ts';
import { jsonLines, runCommand, startCommand } from '../support/command.ts';
import { type FlakyProxy, startFlakyProxy } from '../support/flaky-proxy.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { imageOnce, isDone, type Service, startServiceOnKnownPort, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

// Commands that are ended in the middle and run again. test/commands/upload.service.ts does the same with uploads.

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let proxy: FlakyProxy;
let service: Service;
const photos: Uint8Array<ArrayBuffer>[] = [];
const ids: string[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  proxy = await startFlakyProxy();
  const started = await startServiceOnKnownPort(join(folder.path, 'data'), {
    DARKROOM_PUBLIC_URL: proxy.url,
    DARKROOM_WORKERS: '1',
  });
  proxy.target = `http://127.0.0.1:${started.port}`;
  service = started;
  for (let at = 0; at < 4; at++) {
    const photo = await bytesOf(noise(300 + at, 200).jpeg());
    photos.push(photo);
    ids.push((await upload(service, photo, { collection: 'four', filename: `${at}.jpg` })).id);
  }
  for (const id of ids) await imageOnce(service, id, isDone);
});
afterAll(async () => {
  await service.stop();
  await proxy.close();
  await folder.remove();
});

/** The content of every file in a folder and those below it. */
const contentsOf = async (path: string): Promise<Readonly<Record<string, string>>> => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(
    files.sort().map(async (file) => [file.slice(path.length + 1), (await readFile(file)).toString('base64')] as const),
  );
  return Object.fromEntries(contents);
};

describe('darkroom download, killed in the middle of a file', () => {
  test('leaves no file of that name, and fetches when it is run again what was missing, and nothing else', async () => {
    const out = join(folder.path, 'originals');
    const args = ['download', '--collection', 'four', '--out', out, '--parallel', '1', '--json'];
    const download = () => startCommand(args, { DARKROOM_URL: proxy.url });
    // The newest is the first.
    const [, cut = '', arrived = ''] = ids.slice(1);
    const fileOf = (id: string) => `${id}-${ids.indexOf(id)}.jpg`;
    proxy.plan('GET', `/originals/${cut}/`, 'halfway');
    const started = download();
    await until(async () => (await readdir(out).catch((): string[] => [])).includes(`${fileOf(cut)}.part`));
    started.process.kill('SIGKILL');
    await started.ended;
    expect((await readdir(out)).sort()).toEqual([fileOf(arrived), `${fileOf(cut)}.part`].sort());

    proxy.forget();
    const again = await download().ended;
    expect(again.code).toBe(0);
    expect(jsonLines(again).map(({ id, status }) => [id, status])).toEqual(
      [...ids].reverse().map((id) => [id, id === arrived ? 'skipped' : 'done']),
    );
    expect(proxy.seen.filter(({ path }) => path.includes(`/originals/${arrived}/`))).toEqual([]);
    const expected = ids.map((id, at) => [fileOf(id), Buffer.from(photos[at] ?? []).toString('base64')]);
    expect(await contentsOf(out)).toEqual(Object.fromEntries(expected));
  });
});

describe('darkroom render, killed in the middle of a folder', () => {
  test('makes when it is run again what is missing, and ends with the same files as without a kill', async () => {
    const pictures = join(folder.path, 'pictures');
    await mkdir(pictures);
    // So many that the kill comes before the end.
    const many = Array.from({ length: 3 }, () => photos).flat();
    for (const [at, photo] of many.entries()) await writeFile(join(pictures, `${at}.jpg`), photo);
    const render = (out: string) => ['render', pictures, '--out', join(folder.path, out), '--parallel', '1', '--json'];
    expect(await runCommand(render('whole'))).toMatchObject({ code: 0 });

    const started = startCommand(render('killed'));
    await until(() => started.stdout().includes('\n'));
    // The second picture has some of its files, and no manifest.
    await until(async () => (await readdir(join(folder.path, 'killed'))).length > 1);
    started.process.kill('SIGKILL');
    const { stdout } = await started.ended;
    const before = stdout.split('\n').length - 1;
    expect(before).toBeLessThan(many.length);

    const again = await runCommand(render('killed'));
    expect(again.code).toBe(0);
    const statuses = jsonLines(again).map(({ status }) => status);
    expect(statuses.filter((status) => status === 'skipped').length).toBeGreaterThanOrEqual(before);
    expect(statuses.filter((status) => status === 'rendered').length).toBeGreaterThan(0);
    expect(await contentsOf(join(folder.path, 'killed'))).toEqual(await contentsOf(join(folder.path, 'whole')));
  });
});

describe('darkroom reprocess --wait, after Ctrl-C', () => {
  test('ends with 130 and says how to see the job, which goes on by itself', async () => {
    // No renderer gets on, so the job cannot be done before it is paused.
    const renderer = service.renderers().at(-1) ?? 0;
    expect(renderer).toBeGreaterThan(1);
    process.kill(renderer, 'SIGSTOP');
    const started = startCommand(['reprocess', '--collection', 'four', '--wait'], { DARKROOM_URL: proxy.url });
    const job = await until(async () => {
      const { items } = (await service.call('GET', '/v1/jobs')).body as { items: JobAnswer[] };
      return items[0];
    });
    expect((await service.call('POST', `/v1/jobs/${job.id}/pause`)).status).toBe(200);
    process.kill(renderer, 'SIGCONT');
    await until(() => started.stderr().includes('paused'));
    started.process.kill('SIGINT');
    expect(await started.ended).toMatchObject({
      code: 130,
      stdout: '',
      stderr: expect.stringContaining(`The job continues by itself. See its progress: darkroom jobs ${job.id}\n`),
    });
    expect(await runCommand(['jobs', '--resume', job.id], { DARKROOM_URL: proxy.url })).toMatchObject({ code: 0 });
    for (const id of ids)
      expect(await imageOnce(service, id, ({ ready }) => ready?.version === 2)).toMatchObject({ status: 'ready' });
    const shown = await runCommand(['jobs', job.id], { DARKROOM_URL: proxy.url });
    expect(shown.stdout).toBe(`${job.id}\tdone\t4 images: 4 done, 0 failed, 0 skipped\n`);
  });
});

describe('darkroom jobs, for a job that is under way', () => {
  test('pauses and cancels it: what is with the renderers is made, the rest stays as it was', async () => {
    const run = (...args: string[]) => runCommand(args, { DARKROOM_URL: proxy.url });
    const images = () => Promise.all(ids.map((id) => imageOnce(service, id, () => true)));
    const before = (await images()).map(({ version }) => version);
    const begun = async () => (await images()).filter(({ version }, at) => version !== before[at]).length;
    const renderer = service.renderers().at(-1) ?? 0;
    expect(renderer).toBeGreaterThan(1);
    // One renderer gets two images at a time. While it stands still, the other two wait for the job.
    process.kill(renderer, 'SIGSTOP');
    const started = await run('reprocess', '--collection', 'four');
    const [job = ''] = started.stdout.split('\t');
    await until(async () => (await begun()) === 2);
    const paused = await run('jobs', '--pause', job);
    expect([paused.code, paused.stdout]).toEqual([0, `${job}\tpaused\t4 images: 0 done, 0 failed, 0 skipped\n`]);
    const cancelled = await run('jobs', '--cancel', job, '--json');
    expect([cancelled.code, jsonLines(cancelled)]).toMatchObject([0, [{ id: job, status: 'cancelled', done: 0 }]]);
    process.kill(renderer, 'SIGCONT');
    await until(async () => (await run('jobs', job)).stdout.includes('2 done'));
    expect((await run('jobs', '--limit', '1')).stdout).toBe(
      `${job}\tcancelled\t4 images: 2 done, 0 failed, 0 skipped\n`,
    );
    expect(await begun()).toBe(2);
    expect(new Set((await images()).map(({ status }) => status))).toEqual(new Set(['ready']));
    expect(await run('jobs', '--resume', job)).toMatchObject({
      code: 1,
      stderr: `${proxy.url}: This job is cancelled: it can no longer be resumed.\n`,
    });
  });
});
