import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bytesOf, corners } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const program = join(import.meta.dirname, '../../examples/node/upload.ts');
const key = 'a-key-for-the-example';
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(join(folder.path, 'data'), { DARKROOM_API_KEY: key, DARKROOM_WORKERS: '1' });
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

const run = async (...paths: string[]) => {
  const child = spawn(process.execPath, [program, ...paths], {
    env: { ...process.env, DARKROOM_URL: service.url, DARKROOM_API_KEY: key },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out, err };
};

test('examples/node uploads a picture and prints HTML whose pictures can be loaded', async () => {
  const path = join(folder.path, 'corners.png');
  await writeFile(path, await bytesOf(corners(300, 200).png()));
  const { code, out, err } = await run(path);
  expect([code, err.includes('uploading 100 %')]).toEqual([0, true]);
  const [, address = ''] = /<img[^>]* src="([^"]+)"/.exec(out) ?? [];
  const picture = await fetch(new URL(address, service.url));
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
});

test('examples/node goes on after a file that is refused, and ends with 1', async () => {
  const [broken, fine] = [join(folder.path, 'broken.jpg'), join(folder.path, 'fine.png')];
  await writeFile(broken, 'this is no picture');
  await writeFile(fine, await bytesOf(corners(300, 200).png()));
  const { code, out, err } = await run(broken, fine);
  expect(code).toBe(1);
  expect(err).toContain('broken.jpg: not-an-image: ');
  expect(out).toContain('<picture>');
});
