import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { jsonLines, runCommand } from '../support/command.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// The file of keys and the file of profiles, from the first key to its end.

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
let keysFile: string;
let photo: string;
const made: Record<string, string> = {};

const inFolder = () => ({ XDG_CONFIG_HOME: folder.path, XDG_STATE_HOME: folder.path });
const run = (...args: string[]) => runCommand(args, inFolder());
const keys = (command: string, ...args: string[]) => run('keys', command, ...args, '--file', keysFile);
const start = async () => {
  service = await startService(join(folder.path, 'data'), { DARKROOM_KEYS: await readFile(keysFile, 'utf8') });
  const profiles = Object.entries(made).map(([name, key]) => [name, { url: service.url, key }]);
  await mkdir(join(folder.path, 'darkroom'), { recursive: true });
  await writeFile(join(folder.path, 'darkroom', 'profiles.json'), JSON.stringify(Object.fromEntries(profiles)), {
    mode: 0o600,
  });
};

beforeAll(async () => {
  folder = await temporaryFolder();
  keysFile = join(folder.path, 'keys.json');
  photo = join(folder.path, 'photo.jpg');
  await writeFile(photo, await bytesOf(noise(200, 150).jpeg()));
  for (const [name, ...limits] of [
    ['owner'],
    ['shop', '--rights', 'upload', 'read', '--collections', 'shop-'],
  ] as const) {
    const { code, stdout } = await keys('make', '--name', name, ...limits);
    expect(code).toBe(0);
    made[name] = stdout.trim();
  }
  await start();
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

describe('A key of darkroom keys', () => {
  test('opens by --profile what it may do, and nothing else', async () => {
    const upload = (collection: string) => run('upload', photo, '--profile', 'shop', '--collection', collection);
    const sent = await upload('shop-1');
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining('\tv1\t') });
    expect(await upload('bank-1')).toMatchObject({ code: 1, stdout: '' });
    const [, id = ''] = sent.stdout.split('\t');
    expect(await run('delete', id, '--yes', '--profile', 'shop')).toMatchObject({ code: 1 });
    const listed = jsonLines(await run('list', '--profile', 'owner', '--json'));
    expect(listed).toMatchObject([{ id, collection: 'shop-1', status: 'ready' }]);
  });

  test('is listed without what opens the service', async () => {
    const { stdout } = await keys('list');
    expect(stdout.split('\n').map((line) => line.split('\t')[0])).toEqual(['owner', 'shop', '']);
    for (const key of Object.values(made)) expect(stdout + (await readFile(keysFile, 'utf8'))).not.toContain(key);
  });
});

describe('darkroom doctor with a wrong key', () => {
  test('says in one sentence what to do, goes on with the other checks, and ends with 1 as its help says', async () => {
    const ended = await run('doctor', '--url', service.url, '--key', 'a-key-that-opens-nothing');
    const sentence = `${service.url} wants a valid API key. Set DARKROOM_API_KEY to one, or give it by --key.`;
    const rows = ended.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(rows.map(([mark, check]) => `${mark} ${check}`)).toEqual([
      'ok health',
      'ok clock',
      'failed key',
      'failed picture',
    ]);
    expect(rows.slice(2).map(([, , , detail]) => detail)).toEqual([sentence, sentence]);
    expect([ended.code, ended.stderr]).toEqual([1, `2 of 4 checks failed at ${service.url}.\n`]);
    expect((await run('doctor', '--help')).stdout).toContain('Ends with 1 if a check fails');
  });
});

describe('darkroom capacity --measure', () => {
  test('takes its averages from the images of the service', async () => {
    const [answer] = jsonLines(await run('capacity', '--images', '1000', '--measure', '--profile', 'owner', '--json'));
    const [image] = jsonLines(await run('list', '--profile', 'owner', '--json')) as unknown as readonly ImageAnswer[];
    const variants = image?.ready?.variants ?? [];
    expect(answer).toMatchObject({
      variants: 1000 * variants.length,
      averages: {
        originalBytes: image?.original.bytes,
        variantBytes: variants.reduce((sum, { bytes }) => sum + bytes, 0),
        files: variants.length,
      },
    });
  });
});

describe('A profile', () => {
  test('that is not in the file, or a file that others may read, ends the command with a sentence', async () => {
    expect(await run('list', '--profile', 'nowhere')).toMatchObject({
      code: 2,
      stderr: `${join(folder.path, 'darkroom', 'profiles.json')} has no profile nowhere. It has owner, shop.\n`,
    });
    const open = join(folder.path, 'open');
    await mkdir(join(open, 'darkroom'), { recursive: true });
    await writeFile(join(open, 'darkroom', 'profiles.json'), `{"shop":{"url":"${service.url}","key":"k"}}`, {
      mode: 0o644,
    });
    expect(await runCommand(['list', '--profile', 'shop'], { XDG_CONFIG_HOME: open })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('chmod 600'),
    });
  });
});

test('a revoked key opens nothing after the service has the new list', async () => {
  expect(await keys('revoke', 'shop')).toMatchObject({ code: 0 });
  await service.stop();
  await start();
  expect(await run('list', '--profile', 'shop')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('wants a valid API key'),
  });
  expect(await run('list', '--profile', 'owner')).toMatchObject({ code: 0 });
});
