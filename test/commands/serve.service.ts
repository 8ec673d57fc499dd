import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startCommand } from '../support/command.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { program } from '../support/program.ts';
import { startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

describe('The exit code after a signal is the one that the help names', () => {
  /** The code as a shell tells it, which starts the command and waits for it. */
  const throughShell = (args: readonly string[], variables: Record<string, string>) => {
    const script = '"$@" & echo "$!" >&2; wait "$!"; echo "ended with $?"';
    const env = { ...process.env, ...variables };
    const shell = spawn('sh', ['-c', script, 'sh', process.execPath, program, ...args], { env });
    let [out, err] = ['', ''];
    shell.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
    });
    shell.stderr.setEncoding('utf8').on('data', (text) => {
      err += text;
    });
    return { pid: () => Number.parseInt(err, 10), out: () => out, err: () => err, closed: once(shell, 'close') };
  };
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  /** Takes connections, and never answers. */
  let silent: Server;
  let asked = 0;
  beforeAll(async () => {
    folder = await temporaryFolder();
    silent = createServer(() => {
      asked++;
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterAll(async () => {
    silent.close();
    silent.closeAllConnections();
    await folder.remove();
  });
  const address = () => `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;

  test.each([['SIGTERM'], ['SIGINT']] as const)('0 of a service that is ready, after %s', async (signal) => {
    const data = { DARKROOM_DATA: join(folder.path, signal), DARKROOM_PORT: '0', DARKROOM_WORKERS: '1' };
    const serving = throughShell(['serve'], data);
    await until(() => serving.out().includes('Darkroom is ready'), serving.err);
    process.kill(serving.pid(), signal);
    await serving.closed;
    expect(serving.out()).toMatch(/\nended with 0\n$/);
  });

  test('143 of a service that still starts, after SIGTERM', async () => {
    asked = 0;
    const bucket = { DARKROOM_OBJECTS: 's3://pictures', DARKROOM_OBJECTS_ENDPOINT: address() };
    const access = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
    const starting = { DARKROOM_DATA: join(folder.path, 'early'), DARKROOM_PORT: '0', ...bucket, ...access };
    const serving = throughShell(['serve'], starting);
    await until(() => asked > 0, serving.err);
    process.kill(serving.pid(), 'SIGTERM');
    await serving.closed;
    expect(serving.out()).toBe('ended with 143\n');
  });

  test('143 of a command that has nothing to put away, after SIGTERM, and 130 of an upload, which can go on', async () => {
    const photo = join(folder.path, 'photo.jpg');
    await writeFile(photo, await bytesOf(noise(120, 90).jpeg()));
    for (const [args, code] of [
      [['list'], 143],
      [['upload', photo], 130],
    ] as const) {
      asked = 0;
      const asking = throughShell(args, { DARKROOM_URL: address(), XDG_STATE_HOME: folder.path });
      await until(() => asked > 0, asking.err);
      process.kill(asking.pid(), 'SIGTERM');
      await asking.closed;
      expect([args, asking.out()]).toEqual([args, `ended with ${code}\n`]);
      if (code === 130) expect(asking.err()).toContain('Run the same command again to continue');
    }
  });
});

test('serve --json says as JSON where the service is, once it is ready', async () => {
  const folder = await temporaryFolder();
  const environment = { DARKROOM_DATA: join(folder.path, 'data'), DARKROOM_PORT: '0', DARKROOM_WORKERS: '1' };
  const serving = startCommand(['serve', '--json'], environment);
  await until(() => serving.stdout().includes('\n'), serving.stderr);
  const { url } = JSON.parse(serving.stdout()) as { url: string };
  expect((await fetch(`${url}/v1/health`)).status).toBe(200);
  serving.process.kill('SIGTERM');
  expect(await serving.ended).toMatchObject({ code: 0, stdout: `{"url":"${url}"}\n` });
  await folder.remove();
});

describe('A service serves on without its log', () => {
  const serves = async (wrapper: readonly string[], cut: (stderr: Readable | null) => void) => {
    const folder = await temporaryFolder();
    const service = await startService(folder.path, { DARKROOM_WORKERS: '1' }, wrapper);
    cut(service.process.stderr);
    for (let time = 1; time <= 3; time++) {
      // Each is worth a line.
      expect((await service.call('POST', '/v1/images', { contentType: 'image/png', bytes: 100 })).status).toBe(201);
    }
    expect((await service.call('GET', '/v1/health')).status).toBe(200);
    expect(await service.stop()).toBe(0);
    await folder.remove();
  };

  test('when the program that collected its lines has ended', () => serves([], (stderr) => stderr?.destroy()));

  if (existsSync('/dev/full'))
    test('when the disk of the log is full', () =>
      serves(['sh', '-c', 'exec "$@" 2> /dev/full', 'sh'], () => undefined));
});
