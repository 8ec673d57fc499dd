import { chmod, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { jsonLines, runCommand, runOnTerminal } from '../support/command.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { imageOnce, isDone, type Service, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
let photo: Uint8Array<ArrayBuffer>;
let ready: ImageAnswer;
let failed: ImageAnswer;

const nobody = 'a'.repeat(26);
const add = async (bytes: Uint8Array<ArrayBuffer>, more: object) => {
  const { id } = await upload(service, bytes, more);
  return imageOnce(service, id, isDone);
};
const run = (...args: string[]) => runCommand(args, { DARKROOM_URL: service.url });

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(join(folder.path, 'data'));
  photo = await bytesOf(noise(300, 200).jpeg());
  ready = await add(photo, { collection: 'seen', filename: 'sea.jpg', preset: 'thumbnails' });
  failed = await add(photo.slice(0, 2000), { collection: 'cut', filename: 'cut.jpg' });
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

describe('darkroom list', () => {
  test('gives a line with tabs for each image, newest first, and only those that are asked for', async () => {
    const { code, stdout } = await run('list');
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split('\t').slice(0, 3))).toEqual([
      [failed.id, 'failed', 'v1'],
      [ready.id, 'ready', 'v1'],
      [''],
    ]);
    expect((await run('list', '--collection', 'seen')).stdout).toBe(
      `${ready.id}\tready\tv1\t300x200\t${(photo.length / 1000).toFixed(1)} KB\tseen\tsea.jpg\n`,
    );
    expect(jsonLines(await run('list', '--status', 'failed', '--json'))).toEqual([failed]);
    expect(jsonLines(await run('list', '--limit', '1', '--json'))).toEqual([failed]);
    const both = await run('list', '--status', 'ready,failed', '--order', 'oldest', '--json');
    expect(jsonLines(both)).toEqual([ready, failed]);
  });

  test('gives a table with a heading on a terminal, in bold unless NO_COLOR is set', async () => {
    const on = (more: Record<string, string>) => runOnTerminal(['list'], { DARKROOM_URL: service.url, ...more });
    expect((await on({})).stdout.startsWith('\u001b[1mID ')).toBe(true);
    expect((await on({ NO_COLOR: '1' })).stdout).toMatch(/^ID {2,}STATUS {2,}V/);
  });

  test('names the statuses when one is misspelt, and ends with 2', async () => {
    expect(await run('list', '--status', 'reddy')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Allowed choices are pending, processing, retrying, ready, failed, expired'),
    });
  });
});

describe('darkroom show', () => {
  test('shows what is known of an image, with the address of each variant', async () => {
    const { code, stdout } = await run('show', ready.id);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^status +v1 ready$/m);
    expect(stdout).toMatch(/^file +sea\.jpg$/m);
    expect(stdout).toMatch(/^20\d\d-\S+Z {2}Attempt 1 that made version 1 began$/m);
    expect(stdout).toMatch(/^took +\d+ ms \(cpu \d+ ms, decode \d+ ms, .*\)$/m);
    for (const { url } of ready.ready?.variants ?? []) expect(stdout).toContain(url);
    expect(jsonLines(await run('show', ready.id, '--json'))).toEqual([ready]);
  });

  test('explains with --why what failed and what to do', async () => {
    expect((await run('show', failed.id, '--why')).stdout).toBe(
      `Version 1 of ${failed.id} failed (corrupt). ${failed.error?.message} Reprocessing does not help: the file has to be another one.\n`,
    );
    expect((await run('show', ready.id, '--why')).stdout).toContain('variants can be fetched');
  });

  test.each([['show'], ['open'], ['download']])(
    '%s ends with 1 when there is no such image, and names the address',
    async (command) => {
      const { code, stderr } = await run(command, nobody);
      expect([code, stderr]).toEqual([
        1,
        `${service.url}: There is no image with this id. Run "darkroom list" for the images that are there, or name another service by --url.\n`,
      ]);
    },
  );
});

describe('darkroom open', () => {
  test('hands the address to the program that opens addresses on Linux', async () => {
    const programs = join(folder.path, 'programs');
    const opened = join(folder.path, 'opened');
    await mkdir(programs);
    await writeFile(join(programs, 'xdg-open'), `#!/bin/sh\necho "$1" > '${opened}'\n`);
    await chmod(join(programs, 'xdg-open'), 0o755);
    const environment = { DARKROOM_URL: service.url, PATH: `${programs}:${process.env.PATH}` };
    const url = ready.ready?.picture.img.src;
    expect(await runCommand(['open', ready.id], environment)).toMatchObject({ code: 0, stdout: `${url}\n` });
    expect(await readFile(opened, 'utf8')).toBe(`${url}\n`);
  });

  test('prints the address of a variant, and says which there are when it is misspelt', async () => {
    const wanted = ready.ready?.variants.find(({ name, format }) => name === 'small' && format === 'webp')?.url;
    expect((await run('open', ready.id, '--variant', 'small.webp', '--print')).stdout).toBe(`${wanted}\n`);
    expect(await run('open', ready.id, '--variant', 'tiny', '--print')).toMatchObject({
      code: 1,
      stderr: `${ready.id} has no variant tiny. It has small, medium, large.\n`,
    });
    expect(await run('open', failed.id, '--print')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--why'),
    });
  });
});

describe('darkroom download', () => {
  test('fetches originals as they were uploaded, and none twice', async () => {
    const out = join(folder.path, 'originals');
    const file = join(out, `${ready.id}-sea.jpg`);
    expect(await run('download', ready.id, '--out', out)).toMatchObject({ code: 0, stdout: `${file}\n` });
    expect(new Uint8Array(await readFile(file))).toEqual(photo);
    expect(jsonLines(await run('download', ready.id, '--out', out, '--json'))).toEqual([
      { id: ready.id, file, status: 'skipped' },
    ]);
    await writeFile(file, 'changed since');
    await run('download', '--collection', 'seen', '--out', out);
    expect(new Uint8Array(await readFile(file))).toEqual(photo);
    expect(await readdir(out)).toEqual([`${ready.id}-sea.jpg`]);
  });

  test('fetches all variants that people see', async () => {
    const out = join(folder.path, 'variants');
    expect((await run('download', ready.id, '--variants', '--out', out)).code).toBe(0);
    const names = ready.ready?.variants.map(({ name, format }) => `${name}.${format}`) ?? [];
    expect((await readdir(join(out, ready.id, 'v1'))).sort()).toEqual(names.sort());
  });
});

describe('darkroom reprocess', () => {
  test('predicts with --dry-run, and makes the next version with --wait', async () => {
    const [prediction] = jsonLines(await run('reprocess', '--collection', 'seen', '--dry-run', '--json'));
    expect(prediction).toMatchObject({ status: 'done', dryRun: true, estimate: { images: 1, sampled: 1 } });
    const ended = await run('reprocess', '--ids', ready.id, '--preset', 'gallery', '--wait');
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\S+\tdone\t1 image: 1 done, 0 failed/) });
    expect(await imageOnce(service, ready.id, isDone)).toMatchObject({ version: 2, status: 'ready' });
    const job = ended.stdout.split('\t')[0] ?? '';
    expect(await run('jobs', job)).toMatchObject({ code: 0, stdout: ended.stdout });
    expect((await run('jobs', '--limit', '1')).stdout).toBe(ended.stdout);
    expect(await run('jobs', '--cancel', job)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('This job is done: it can no longer be cancelled.'),
    });
    expect(await run('jobs', '--resume', job, '--max-dollars', '1')).toMatchObject({
      stderr: expect.stringContaining('Limit the images instead.'),
    });
    expect(await run('jobs', '--pause', job, '--max-images', '1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('A new budget needs --resume.'),
    });
    expect(await run('jobs', '--pause')).toMatchObject({ code: 2, stderr: expect.stringContaining('Name the jobs') });
  });

  test('takes with --failed what failed, and ends with 1 and the reasons when it fails again', async () => {
    const ended = await run('reprocess', '--failed', '--wait');
    expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('1 image: 0 done, 1 failed') });
    expect(ended.stderr).toContain(`${failed.id}: ${failed.error?.message}`);
    expect(await imageOnce(service, failed.id, isDone)).toMatchObject({ version: 2, status: 'failed' });
  });

  test('takes with --failed gave-up only what the machine has failed, and it becomes ready when the trouble is over', async () => {
    const { id } = await add(photo, { preset: 'thumbnails' });
    const original = join(folder.path, 'data', 'private', originalKey({ id, version: 1 }));
    await rename(original, `${original}.away`);
    await service.call('POST', `/v1/images/${id}/reprocess`);
    expect(await imageOnce(service, id, isDone)).toMatchObject({ version: 2, error: { code: 'gave-up' } });
    await rename(`${original}.away`, original);
    expect(await run('reprocess', '--failed', 'gave-up', '--wait')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 image: 1 done, 0 failed'),
    });
    expect(await imageOnce(service, id, isDone)).toMatchObject({ version: 3, status: 'ready' });
    expect(await run('reprocess', '--failed', 'gave-up')).toMatchObject({
      code: 0,
      stderr: 'No image has failed in this way.\n',
    });
    expect((await run('reprocess', '--failed', 'gave-in')).stderr).toContain('Allowed choices are not-an-image,');
  });

  test('ends with what is left to do where its budget is used up, and goes on with a higher one', async () => {
    const { id } = await add(photo, { preset: 'thumbnails', collection: 'capped' });
    const stopped = await run('reprocess', '--ids', ready.id, id, '--max-images', '1', '--wait');
    expect(stopped).toMatchObject({ code: 1, stdout: expect.stringContaining('paused, its budget is used up') });
    const job = stopped.stdout.split('\t')[0] ?? '';
    expect(stopped.stderr).toContain(`darkroom jobs --resume ${job}`);
    expect(await run('jobs', '--resume', job)).toMatchObject({ code: 1 });
    expect(await run('jobs', '--resume', job, '--max-images', '2')).toMatchObject({ code: 0 });
    expect(await imageOnce(service, id, ({ version, status }) => version === 2 && status === 'ready')).toBeDefined();
  });

  test('takes with --stale what another recipe has made and nothing when repeated, and with --all every image', async () => {
    const { id } = await add(photo, { preset: 'thumbnails' });
    const gallery = ['reprocess', '--stale', '--preset', 'gallery'];
    const [prediction] = jsonLines(await run(...gallery, '--dry-run', '--json'));
    expect(prediction).toMatchObject({ status: 'done', dryRun: true, failed: 0 });
    expect((await imageOnce(service, id, isDone)).version).toBe(1);
    expect(await run(...gallery, '--wait')).toMatchObject({ code: 0, stdout: expect.stringContaining('\tdone\t') });
    expect(await imageOnce(service, id, isDone)).toMatchObject({ version: 2, status: 'ready' });
    for (const repeat of [gallery, ['reprocess', '--stale']])
      expect(await run(...repeat, '--wait')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('\tdone\t0 images: 0 done'),
      });
    const images = jsonLines(await run('list', '--json'));
    const [everything] = jsonLines(await run('reprocess', '--all', '--dry-run', '--json'));
    expect(everything).toMatchObject({ status: 'done', estimate: { images: images.length } });
  });

  test('wants exactly one way to name the images', async () => {
    for (const args of [[], ['--all', '--failed'], ['--all', '--stale']])
      expect(await run('reprocess', ...args)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('exactly one'),
      });
  });
});

describe('darkroom delete', () => {
  test('asks on a terminal, and deletes only where the answer is yes', async () => {
    const { id } = await add(photo, { preset: 'gallery' });
    const answered = (text: string) => runOnTerminal(['delete', id], { DARKROOM_URL: service.url }, `${text}\n`);
    const refused = await answered('no');
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('Nothing was deleted.') });
    expect(refused.stdout).toContain(`Delete 1 image from ${service.url} for ever? Type yes: `);
    expect((await service.call('GET', `/v1/images/${id}`)).status).toBe(200);
    expect(await answered('yes')).toMatchObject({ code: 0, stdout: expect.stringContaining('1 image deleted') });
    expect((await service.call('GET', `/v1/images/${id}`)).status).toBe(404);
  });

  test('asks before it deletes, needs --yes without a terminal, and takes a repeat', async () => {
    const { id } = await add(photo, { collection: 'waste' });
    expect(await run('delete', '--collection', 'waste', '--dry-run')).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect(await run('delete', id)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    expect((await service.call('GET', `/v1/images/${id}`)).status).toBe(200);
    expect(await run('delete', id, '--yes')).toMatchObject({ code: 0, stderr: '1 image deleted\n' });
    expect((await service.call('GET', `/v1/images/${id}`)).status).toBe(404);
    expect(await run('delete', id, '--yes')).toMatchObject({ code: 0, stderr: '0 images deleted\n' });
  });
});
