import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { darkroom } from '../../../lib/client/darkroom.ts';
import { bytesOf, noise } from '../../support/pictures.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { makeBase } from './base.ts';

// Builds deploy/Dockerfile with buildah, starts the image and uploads to it. It needs root, buildah and debootstrap.

const root = join(import.meta.dirname, '../../..');
const base = 'docker.io/library/node:24-bookworm-slim';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let container: string;
let service: ChildProcess | undefined;
let said: string;

const buildah = (...args: string[]): string =>
  execFileSync('buildah', [...places(), ...args], {
    encoding: 'utf8',
    env: {
      ...process.env,
      BUILDAH_ISOLATION: 'chroot',
      CONTAINERS_REGISTRIES_CONF: join(root, 'test/system/container/registries.conf'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  }).trim();
const data = () => join(folder.path, 'data');
const places = () => [
  '--storage-driver',
  'vfs',
  '--root',
  join(folder.path, 'images'),
  '--runroot',
  join(folder.path, 'run'),
];

beforeAll(async () => {
  folder = await temporaryFolder();
  const system = join(folder.path, 'system');
  await makeBase(system);
  const scratch = buildah('from', 'scratch');
  buildah('add', '--quiet', scratch, system, '/');
  buildah('commit', '--quiet', '--rm', scratch, base);
  buildah('build', '--pull-never', '--file', join(root, 'deploy/Dockerfile'), '--tag', 'darkroom', root);
  container = buildah('from', '--pull-never', 'localhost/darkroom');
});
afterAll(async () => {
  await kill();
  await folder.remove();
});

type Config = {
  readonly User: string;
  readonly Entrypoint: string[];
  readonly Cmd: string[];
  readonly Volumes: object;
};
const config = (): Config => JSON.parse(buildah('inspect', '--type', 'image', 'localhost/darkroom')).OCIv1.config;

/** As `docker run` starts it: the user, the environment and the program are those of the image. */
const start = async (): Promise<string> => {
  const { Entrypoint, Cmd } = config();
  await mkdir(data(), { recursive: true });
  execFileSync('chown', ['1000:1000', data()]);
  said = '';
  service = spawn(
    'buildah',
    [
      ...places(),
      'run',
      '--isolation',
      'chroot',
      '--volume',
      `${data()}:/var/lib/darkroom`,
      '--env',
      'DARKROOM_PORT=0',
      container,
      '--',
      ...Entrypoint,
      ...Cmd,
    ],
    { detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  service.stdout?.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  return until(
    () => /ready: (\S+)\n/.exec(said)?.[1],
    () => `the service did not start: ${said}`,
  );
};

/** With all that it has started. */
const kill = async (): Promise<void> => {
  if (service?.pid === undefined || service.exitCode !== null || service.signalCode !== null) return;
  const closed = once(service, 'close');
  process.kill(-service.pid, 'SIGKILL');
  await closed;
};

describe('The image of deploy/Dockerfile', () => {
  test('runs Darkroom as a user without rights, and keeps its data outside', () => {
    expect(config()).toMatchObject({
      User: 'node',
      Entrypoint: ['node', 'bin/darkroom.ts'],
      Cmd: ['serve'],
      Volumes: { '/var/lib/darkroom': {} },
    });
  });

  test('takes an upload, and has it after it was killed and started again', async () => {
    const photo = new Uint8Array(await bytesOf(noise(300, 200).jpeg()));
    const { id } = await darkroom({ url: await start() }).upload(new Blob([photo]), {
      contentType: 'image/jpeg',
      preset: 'thumbnails',
    });
    expect((await stat(join(data(), 'darkroom.db'))).uid).toBe(1000);
    await kill();
    const { ready } = await darkroom({ url: await start() }).findImage(id);
    for (const { url, bytes } of ready?.variants ?? []) {
      const served = await fetch(url);
      expect([served.status, (await served.arrayBuffer()).byteLength]).toEqual([200, bytes]);
    }
    expect(ready?.variants.length).toBeGreaterThan(0);
  });
});
