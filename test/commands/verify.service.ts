import { globSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jsonLines, runCommand } from '../support/command.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { imageOnce, isDone, type Service, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
const origin = 'https://app.example';
beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(join(folder.path, 'data'), { DARKROOM_ALLOWED_ORIGINS: origin });
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});
const run = (...args: string[]) => runCommand(args, { DARKROOM_URL: service.url });

describe('darkroom doctor', () => {
  test('follows a drawn picture from ticket to delivery, and leaves nothing behind', async () => {
    const ended = await run('doctor', '--origin', origin, '--json');
    expect(jsonLines(ended).map(({ check, ok }) => [check, ok])).toEqual([
      ['health', true],
      ['clock', true],
      ['key', true],
      ['origin', true],
      ['picture', true],
    ]);
    expect(ended.code).toBe(0);
    expect((await service.call('GET', '/v1/images')).body).toMatchObject({ items: [] });
  });

  test('says which origin is missing, and ends with 1', async () => {
    const ended = await run('doctor', '--origin', 'https://other.example');
    expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('Add it to DARKROOM_ALLOWED_ORIGINS') });
  });

  test('ends with 3 where nothing answers', async () => {
    expect(await run('doctor', '--url', 'http://127.0.0.1:1')).toMatchObject({ code: 3 });
  });
});

describe('darkroom verify', () => {
  test('finds a file whose bytes have changed, and makes the image again with --repair', async () => {
    const { id } = await upload(service, await bytesOf(noise(200, 150).jpeg()), { preset: 'gallery' });
    await imageOnce(service, id, isDone);
    expect(await run('verify')).toMatchObject({ code: 0, stdout: '', stderr: '1 image, 4 files verified\n' });
    const [file = ''] = globSync(join(folder.path, 'data', 'public', '**', id, 'v1', 'preview.webp'));
    await writeFile(file, 'other bytes');
    const ended = await run('verify', '--repair', '--json');
    expect(ended.code).toBe(1);
    const fault = {
      id,
      url: expect.stringContaining('/v1/preview.webp'),
      fault: 'has other bytes than the catalogue says',
      of: 'file',
    };
    expect(jsonLines(ended)).toEqual([fault, { images: 1, files: 4, faults: 1 }]);
    expect(await imageOnce(service, id, ({ ready }) => ready?.version === 2)).toMatchObject({ status: 'ready' });
    // The earlier version is still served, and --repair makes only the one that people see.
    const after = await run('verify', '--repair', '--json');
    expect(jsonLines(after)).toEqual([fault, { images: 1, files: 8, faults: 1 }]);
    expect(await imageOnce(service, id, isDone)).toMatchObject({ version: 2 });
    await rm(file);
    expect(jsonLines(await run('verify', '--json'))[0]).toMatchObject({ fault: 'answers 404' });
  });
});

describe('darkroom reconcile', () => {
  const data = () => join(folder.path, 'another');
  const reconcile = (...args: string[]) => runCommand(['reconcile', ...args], { DARKROOM_DATA: data() });
  let another: Service | undefined;
  afterAll(() => another?.stop());

  test('adds up beside a running service, and ends with 1 and the key of a file that is gone', async () => {
    another = await startService(data(), {});
    const { id } = await upload(another, await bytesOf(noise(200, 150).jpeg()), { preset: 'gallery' });
    await imageOnce(another, id, isDone);
    expect(await reconcile()).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(' ready\n') });
    const [file = ''] = globSync(join(data(), 'public', '**', id, 'v1', 'preview.webp'));
    await rm(file);
    const ended = await reconcile('--json');
    expect(ended.code).toBe(1);
    expect(jsonLines(ended)).toMatchObject([
      { id, at: `images/${id}/v1/preview.webp`, fault: 'is in the catalogue, but not stored' },
      { tasks: 0, differences: 1 },
    ]);
  });

  test('says so where there is no Darkroom', async () => {
    const ended = await runCommand(['reconcile'], { DARKROOM_DATA: folder.path });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no Darkroom in') });
  });
});
