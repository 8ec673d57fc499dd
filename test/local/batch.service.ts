import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ImageAnswer, ImagePage, JobAnswer } from '../../lib/contract/answers.ts';
import { runCommand, startCommand } from '../support/command.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { imageOnce, isDone, type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

// A folder of pictures, uploaded and reprocessed, with a kill wherever it hurts. bench/batch.ts does the same with as many
// as one likes, and measures it.

const count = 100;
/** For a machine that has a hundred other things to do. */
const patienceMs = 600_000;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
const digests: string[] = [];

const start = () => startService(join(folder.path, 'data'), { DARKROOM_WORKERS: '2' });

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, 'pictures'));
  for (let at = 0; at < count; at++) {
    const bytes = await bytesOf(noise(100, 100).jpeg());
    digests.push(createHash('sha256').update(bytes).digest('base64'));
    await writeFile(join(folder.path, 'pictures', `${at}.jpg`), bytes);
  }
  service = await start();
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

const images = async (): Promise<readonly ImageAnswer[]> => {
  const found: ImageAnswer[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path: string = `/v1/images?collection=batch&limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = (await service.call('GET', path)).body as ImagePage;
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
};

test(
  'a folder is uploaded once though the command is killed twice',
  async () => {
    const args = [
      'upload',
      join(folder.path, 'pictures'),
      '--collection',
      'batch',
      '--preset',
      'thumbnails',
      '--no-wait',
    ];
    const environment = { DARKROOM_URL: service.url, XDG_STATE_HOME: join(folder.path, 'state') };
    for (const sent of [count / 4, count / 4]) {
      const command = startCommand(args, environment);
      await until(() => command.stdout().split('\n').length > sent || command.process.exitCode !== null);
      command.process.kill('SIGKILL');
      await command.ended;
    }
    expect(await runCommand(args, environment)).toMatchObject({ code: 0 });
    const stored = (await images()).map(({ original }) => original.sha256);
    expect(stored.sort()).toEqual([...digests].sort());
    // One after the other, because all together may take long on a busy machine.
    for (const { id } of await images())
      expect(await imageOnce(service, id, isDone)).toMatchObject({ status: 'ready' });
  },
  patienceMs,
);

test(
  'they are reprocessed once though the service is killed in the middle',
  async () => {
    const order = { action: 'reprocess', collection: 'batch', preset: 'gallery' };
    const { id } = (await service.call('POST', '/v1/jobs', order)).body as JobAnswer;
    const job = async () => (await service.call('GET', `/v1/jobs/${id}`)).body as JobAnswer;
    await until(async () => (await job()).done >= count / 10);
    await service.stop('SIGKILL');
    service = await start();
    let last = await job();
    while (last.status !== 'done') {
      const { done, status } = last;
      last = await until(
        async () => {
          const now = await job();
          return (now.done > done || now.status !== status) && now;
        },
        () => `still ${JSON.stringify(last)}: ${service.output()}`,
      );
    }
    expect(last).toMatchObject({ total: count, done: count, failed: 0, skipped: 0 });
    const versions = (await images()).map(({ status, version, ready }) => [status, version, ready?.version]);
    expect(versions).toEqual(digests.map(() => ['ready', 2, 2]));
  },
  patienceMs,
);
