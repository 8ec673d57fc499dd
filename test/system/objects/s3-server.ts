import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { startMinistack } from '../aws/ministack.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A store that speaks the protocol of S3, on loopback and with nothing in it. */
export type S3Server = {
  readonly url: string;
  /** `ministack` is an emulator; it stands in where versitygw cannot be built. */
  readonly kind: 'versitygw' | 'ministack';
  /** For a service or a command. */
  readonly environment: Readonly<Record<string, string>>;
  readonly client: () => S3Client;
  readonly newBucket: () => Promise<string>;
  readonly stop: () => Promise<void>;
};

/** For a demand that the emulator does not meet. Under CI, where nothing is left out in silence, it throws instead. */
export const isEmulated = ({ kind }: Pick<S3Server, 'kind'>, { CI } = process.env): boolean => {
  if (kind === 'ministack' && CI)
    throw new Error('The emulator cannot show this: install Go, so that versitygw is built.');
  return kind === 'ministack';
};

const version = 'v1.8.0';
const cache = join(root, 'node_modules', '.cache', `versitygw-${version}`);
const binary = join(cache, 'versitygw');
const keys = { accessKeyId: 'test', secretAccessKey: 'test' };

/** `webhook`: where the store posts its notifications; only versitygw does. */
export const startS3Server = async ({ webhook }: { readonly webhook?: string } = {}): Promise<S3Server> => {
  const started = (await exists(binary)) ? await startVersitygw(webhook) : await startEmulator();
  const client = () =>
    new S3Client({ endpoint: started.url, region: 'us-east-1', credentials: keys, forcePathStyle: true });
  return {
    ...started,
    environment: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      DARKROOM_OBJECTS_ENDPOINT: started.url,
    },
    client,
    newBucket: async () => {
      const Bucket = `b-${randomUUID()}`;
      const s3 = client();
      await s3.send(new CreateBucketCommand({ Bucket }));
      s3.destroy();
      return Bucket;
    },
  };
};

type Started = Pick<S3Server, 'url' | 'kind' | 'stop'>;

const startEmulator = async (): Promise<Started> => ({ ...(await startMinistack()), kind: 'ministack' });

const startVersitygw = async (webhook: string | undefined): Promise<Started> => {
  const folder = await temporaryFolder();
  const [files, meta] = [join(folder.path, 'files'), join(folder.path, 'meta')];
  await mkdir(files);
  await mkdir(meta);
  const port = await freePort();
  // Not every file system of a test machine has extended attributes, so they are kept in files.
  const args = ['--port', `127.0.0.1:${port}`, '--health', '/health', '--quiet'];
  if (webhook !== undefined) args.push('--event-webhook-url', webhook);
  const child = spawn(binary, [...args, 'posix', '--sidecar', meta, files], {
    env: { ROOT_ACCESS_KEY: keys.accessKeyId, ROOT_SECRET_KEY: keys.secretAccessKey },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await untilHealthy(child, `${url}/health`);
  return {
    url,
    kind: 'versitygw',
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      await folder.remove();
    },
  };
};

const untilHealthy = async (child: ChildProcess, address: string): Promise<void> => {
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`versitygw ended at once, with ${child.exitCode}`);
      return fetch(address).then(
        ({ ok }) => ok,
        () => false,
      );
    },
    () => 'versitygw does not answer',
  );
};

/** Builds versitygw, once, beside what npm installs. */
export const buildVersitygw = async (): Promise<void> => {
  if (await exists(binary)) return;
  const draft = `${cache}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    // Without optimisation, and without what a debugger needs, it is built in half the time, and quick enough.
    const flags = ['-ldflags=-s -w', '-gcflags=all=-N -l -dwarf=false'];
    await run('go', ['install', ...flags, `github.com/versity/versitygw/cmd/versitygw@${version}`], {
      env: { ...process.env, GOBIN: draft, CGO_ENABLED: '0' },
    });
    // Another suite may have been quicker.
    await rename(draft, cache).catch(async (error: unknown) => {
      if (!(await exists(binary))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
