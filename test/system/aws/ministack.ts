import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/free-port.ts';
import { pythonTools } from './python-tools.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export type Ministack = {
  readonly url: string;
  /** The emulator writes only into this folder, which is removed with it. */
  readonly folder: string;
  readonly stop: () => Promise<void>;
};

/** An AWS of our own on loopback, without a memory of any run before. */
export const startMinistack = async ({
  functionsAtOnce,
}: {
  /** What the account may run. @default by the memory of the machine */
  readonly functionsAtOnce?: number;
} = {}): Promise<Ministack> => {
  const python = await pythonTools();
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-aws-'));
  const port = await freePort();
  const modules = join(folder, 'modules', '@aws-sdk');
  await mkdir(join(folder, 'tmp'), { recursive: true });
  await cp(join(root, 'node_modules', '@aws-sdk'), modules, { recursive: true });

  const child = spawn(python.binary, [fileURLToPath(new URL('launch.py', import.meta.url))], {
    cwd: folder,
    env: {
      ...python.environment,
      // Lambda functions are run by the first Node on the PATH: the one that the tests run in.
      PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
      HOME: folder,
      TMPDIR: join(folder, 'tmp'),
      NODE_PATH: join(folder, 'modules'),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      LAMBDA_EXECUTOR: 'local',
      ...(functionsAtOnce !== undefined && { LAMBDA_ACCOUNT_CONCURRENCY: String(functionsAtOnce) }),
      IOT_MTLS_ENABLED: '0',
      // Requests are signed, and judged by the policies that the stack put in place.
      AUTH: 'true',
      // Every function writes down its calls, for the proof that it may do what it does and nothing else.
      NODE_OPTIONS: `--import ${new URL('recorder.js', import.meta.url).href}`,
      DARKROOM_CALLS: join(folder, 'calls.jsonl'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(folder, 'ministack.log'));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });

  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(child, `${url}/_ministack/health`);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    url,
    folder,
    stop: async () => {
      const gone = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGTERM');
      const hurry = setTimeout(() => child.kill('SIGKILL'), 60_000);
      await gone;
      clearTimeout(hurry);
      log.end();
      if (process.env.DARKROOM_KEEP_EMULATOR === undefined)
        await rm(folder, { recursive: true, force: true, maxRetries: 30 });
    },
  };
};

const untilReady = async (child: ChildProcess, address: string): Promise<void> => {
  for (let waited = 0; waited < 600_000; waited += 100) {
    if (child.exitCode !== null) throw new Error(`The emulator ended at once, with ${child.exitCode}.`);
    try {
      if ((await fetch(address)).ok) return;
    } catch {
      // Not listening yet.
    }
    await sleep(100);
  }
  throw new Error('The emulator did not answer within ten minutes.');
};
