import { chmod, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../lib/adapters/local/database.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { imageOnce, isDone, startInVain, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, 'data');
});
afterEach(() => folder.remove());

const inData = (...parts: readonly string[]) => join(data, ...parts);
const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

/** A service that has run once: a picture is stored and ready. */
const runOnce = async (): Promise<string> => {
  const service = await startService(data);
  const { id } = await upload(service, await bytesOf(noise(300, 200).jpeg()));
  await imageOnce(service, id, isDone);
  await service.stop();
  return id;
};

const oneSentence = async (): Promise<string> => {
  const { code, output } = await startInVain(data);
  expect(code).toBe(1);
  expect(output.trim().split('\n')).toHaveLength(1);
  return output;
};

describe('a lost catalogue', () => {
  const lose: Record<string, () => Promise<void>> = {
    'the database is gone': () => rm(inData('darkroom.db')),
    'the database is empty': () => truncate(inData('darkroom.db')),
    'the database knows no image': async () => {
      await rm(inData('darkroom.db'));
      openDatabase(inData('darkroom.db')).close();
    },
  };

  test.each(Object.keys(lose))('is refused when %s, and every original stays', async (how) => {
    const id = await runOnce();
    await lose[how]?.();
    expect(await oneSentence()).toContain(
      'knows no image. Put the database back from a backup; or run darkroom rebuild',
    );
    expect(await readdir(inData('private', 'originals'))).toEqual([id]);
  });

  test('leaves the log beside an empty database as it is: it may hold everything', async () => {
    await runOnce();
    await truncate(inData('darkroom.db'));
    await writeFile(inData('darkroom.db-wal'), 'what a crash has left');
    await oneSentence();
    expect(await readFile(inData('darkroom.db-wal'), 'utf8')).toBe('what a crash has left');
  });
});

describe('the secret', () => {
  test('is kept over a restart', async () => {
    await runOnce();
    const before = await readFile(inData('secret'), 'utf8');
    await (await startService(data)).stop();
    expect(before).toMatch(/^[\w-]{43}$/);
    expect(await readFile(inData('secret'), 'utf8')).toBe(before);
    expect(await readdir(data)).not.toContainEqual(expect.stringMatching(/^secret\./));
  });

  test.each(['', 'short', `${'a'.repeat(43)}\n`])('is refused when it is %j', async (text) => {
    await mkdir(data);
    await writeFile(inData('secret'), text);
    expect(await oneSentence()).toContain(`The file ${inData('secret')} does not hold a secret`);
  });

  test('is refused when it is a folder', async () => {
    await mkdir(inData('secret'), { recursive: true });
    expect(await oneSentence()).toContain(`${inData('secret')} is a folder`);
  });
});

describe('a start ends with a sentence and no stack when', () => {
  test('the database is garbage', async () => {
    await mkdir(data);
    await writeFile(inData('darkroom.db'), 'no database '.repeat(1000));
    expect(await oneSentence()).toContain(`${inData('darkroom.db')} is damaged`);
  });

  test('the database is cut off', async () => {
    await runOnce();
    // Moves into the file what the log beside it still holds.
    openDatabase(inData('darkroom.db')).close();
    await truncate(inData('darkroom.db'), (await stat(inData('darkroom.db'))).size / 2);
    expect(await oneSentence()).toContain(`${inData('darkroom.db')} is damaged`);
  });

  test('the database is a folder', async () => {
    await mkdir(inData('darkroom.db'), { recursive: true });
    expect(await oneSentence()).toContain(`${inData('darkroom.db')} cannot be opened as a file`);
  });

  test('the lock is garbage', async () => {
    await mkdir(data);
    await writeFile(inData('lock.db'), 'no database '.repeat(1000));
    expect(await oneSentence()).toContain(`${inData('lock.db')} is damaged, or no file of Darkroom. Remove it`);
  });
});

describe('no other user of the machine can read', () => {
  test('what the service makes; its group can read the variants', async () => {
    const id = await runOnce();
    const modes: Record<string, string> = {};
    for (const path of ['', 'private', `private/originals/${id}/v1`, 'darkroom.db', 'secret', 'lock.db', 'public'])
      modes[path] = await modeOf(inData(path));
    modes.variant = await modeOf(inData('public', 'images', id, 'v1', '64w.jpeg'));
    expect(modes).toEqual({
      '': '750',
      private: '700',
      [`private/originals/${id}/v1`]: '600',
      'darkroom.db': '600',
      secret: '600',
      'lock.db': '600',
      public: '750',
      variant: '640',
    });
  });

  test('the log beside a database that has just been made', async () => {
    const service = await startService(data);
    const modes = await Promise.all(['darkroom.db-wal', 'darkroom.db-shm'].map((name) => modeOf(inData(name))));
    await service.stop();
    expect(modes).toEqual(['600', '600']);
  });

  test('what an earlier release left open, as soon as the service starts', async () => {
    await runOnce();
    for (const path of ['', 'private', 'public']) await chmod(inData(path), 0o755);
    for (const path of ['darkroom.db', 'secret']) await chmod(inData(path), 0o644);
    const service = await startService(data);
    const now = await Promise.all(
      ['', 'private', 'public', 'darkroom.db', 'secret'].map((path) => modeOf(inData(path))),
    );
    const log = (await readdir(data)).filter((name) => name.startsWith('darkroom.db-'));
    const beside = await Promise.all(log.map((name) => modeOf(inData(name))));
    await service.stop();
    expect(now).toEqual(['750', '700', '750', '600', '600']);
    expect(beside).toEqual(['600', '600']);
  });
});
