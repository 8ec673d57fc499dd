import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../lib/adapters/local/database.ts';
import { startInVain, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

describe('the service', () => {
  test('says in one line where it is, and nothing else', async () => {
    const service = await startService(folder.path, { DARKROOM_LOG: 'warn' });
    expect(service.output()).toBe(`Darkroom is ready: ${service.url}\n`);
    expect(await service.stop()).toBe(0);
    expect(service.output()).toBe(`Darkroom is ready: ${service.url}\n`);
  });

  test('answers for its health', async () => {
    const service = await startService(folder.path);
    expect(await service.call('GET', '/v1/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
    await service.stop();
  });

  test('does not start on a port that is taken, and says so', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const { code, output } = await startInVain(folder.path, { DARKROOM_PORT: String(port) });
    squatter.close();
    await once(squatter, 'close');
    expect([code, output]).toEqual([1, `Port ${port} is taken. Stop what uses it, or set DARKROOM_PORT to another.\n`]);
  });

  test('does not start on data that another one is using, and says so', async () => {
    const service = await startService(folder.path);
    const { code, output } = await startInVain(folder.path, {});
    await service.stop();
    expect([code, output]).toEqual([
      1,
      `Another Darkroom is using ${folder.path}. Stop it, or set DARKROOM_DATA to another folder.\n`,
    ]);
  });

  test('does not start on data of a newer Darkroom, and says so', async () => {
    const database = openDatabase(join(folder.path, 'darkroom.db'));
    database.exec('PRAGMA user_version = 1000');
    database.close();
    const { code, output } = await startInVain(folder.path, {});
    expect(code).toBe(1);
    expect(output).toMatch(/^The data in .* was written by a newer Darkroom than this one\. Update Darkroom\.\n$/);
  });

  test('does not start where it cannot write, and says so', async () => {
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    const { code, output } = await startInVain(join(file, 'below'), {});
    expect([code, output]).toEqual([
      1,
      `The data folder ${join(file, 'below')} cannot be written. Make it writable, or set DARKROOM_DATA to another.\n`,
    ]);
  });

  test.each([
    [{ DARKROOM_PORT: 'eighty' }, 'DARKROOM_PORT cannot be used'],
    [{ DARKROOM_PORT: '70000' }, 'DARKROOM_PORT cannot be used'],
    [{ DARKROOM_WORKERS: '0' }, 'DARKROOM_WORKERS cannot be used'],
    [{ DARKROOM_PUBLIC_URL: 'pictures.example' }, 'DARKROOM_PUBLIC_URL cannot be used'],
    [{ DARKROOM_PROT: '8080' }, 'DARKROOM_PROT is not a setting'],
    [
      { DARKROOM_HOST: '203.0.113.9', DARKROOM_API_KEY: 'k'.repeat(16) },
      'DARKROOM_HOST is 203.0.113.9, which is no address of this machine',
    ],
    [{ DARKROOM_HOST: '0.0.0.0' }, 'Set DARKROOM_PUBLIC_URL'],
    [{ DARKROOM_HOST: '203.0.113.9' }, 'Set DARKROOM_API_KEY'],
  ])('does not start with %j, and says what is wrong', async (environment, sentence) => {
    const { code, output } = await startInVain(folder.path, environment as Record<string, string>);
    expect(code).toBe(1);
    expect(output).toContain(sentence);
    expect(output.trim().split('\n')).toHaveLength(1);
  });
});
