import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ImageAnswer } from '../../lib/messages.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const program = fileURLToPath(new URL('../../bin/darkroom.ts', import.meta.url));
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
let photo: string;
let text: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(join(folder.path, 'data'));
  photo = join(folder.path, 'photo.jpg');
  text = join(folder.path, 'text.jpg');
  await writeFile(photo, await bytesOf(noise(400, 300).jpeg()));
  await writeFile(text, 'this is no picture');
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

const run = async (...args: string[]) => {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [program, ...args])) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
};

describe('darkroom render', () => {
  test('makes the same files as an upload does, and the same manifest', async () => {
    const out = join(folder.path, 'variants');
    expect(await run('render', photo, '--out', out)).toMatchObject({
      code: 0,
      stdout: `21 files and a manifest in ${out}\n`,
    });
    const { stdout } = await run('upload', photo, '--url', service.url);
    const [, id = '', version, manifest = ''] = stdout.trim().split('\t');
    const uploaded = await (await fetch(manifest)).text();
    expect(version).toBe('v1');
    expect(await readFile(join(out, 'manifest.json'), 'utf8')).toBe(uploaded);
    const image: ImageAnswer = (await service.call('GET', `/v1/images/${id}`)).body;
    const names = image.ready?.variants.map((variant) => `${variant.name}.${variant.format}`) ?? [];
    expect((await readdir(out)).sort()).toEqual([...names, 'manifest.json'].sort());
  });

  test.each([
    [['nowhere.jpg'], 'nowhere.jpg cannot be read: there is no such file.'],
    [['--preset', 'huge'], 'There is no preset of this name'],
  ])('says in one sentence what is wrong with %j', async (args, sentence) => {
    const file = args[0] === 'nowhere.jpg' ? [] : [photo];
    const { code, stderr } = await run('render', ...file, ...args, '--out', join(folder.path, 'never'));
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('refuses what is no picture', async () => {
    const { code, stderr } = await run('render', text, '--out', join(folder.path, 'never'));
    expect([code, stderr]).toEqual([1, expect.stringContaining('not a picture')]);
  });
});
