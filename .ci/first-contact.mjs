// The first minutes of a newcomer: a fresh clone, an empty home, nothing but node and npm on PATH.
// Installs, starts, asks for its health, stops, and runs the tests. The last line is `N passed, N failed`.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname, '..');
const place = mkdtempSync(join(tmpdir(), 'first-contact-'));
const [clone, home, path] = ['clone', 'home', 'path'].map((folder) => join(place, folder));
let [passed, failed] = [0, 0];

const say = (text) => process.stdout.write(`${text}\n`);
const check = (fact, holds) => {
  say(`${holds ? 'ok    ' : 'FAILED'} ${fact}`);
  if (holds) passed++;
  else failed++;
  return holds;
};

const isQuiet = (output) => !/warn|deprecated/i.test(output);

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

// An empty environment, but for what a machine needs to reach the registry at all.
const network = /^((https?|no)_proxy|node_extra_ca_certs|npm_config_registry)$/i;
const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => network.test(name)));

/** Runs in a process group of its own, so that what is left of it can be removed. */
const start = (program, args, environment = {}) => {
  const child = spawn(program, args, {
    cwd: clone,
    detached: true,
    env: { ...inherited, ...environment, HOME: home, PATH: path, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const running = { pid: child.pid, output: '', code: undefined };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      running.output += chunk;
      process.stdout.write(chunk);
    });
  running.ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(say(error.message)));
    child.once('close', (code, signal) => {
      running.code = code ?? signal;
      resolve();
    });
  });
  return running;
};

const kill = (target, signal) => {
  try {
    process.kill(target, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
};

/** Resolves to true as soon as the condition holds, to false when it did not in time. */
const within = async (seconds, condition) => {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) if (await condition()) return true;
  return false;
};

const answers = async (url) => {
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.status;
};

const meet = async () => {
  execFileSync('git', ['clone', '--quiet', root, clone]);
  for (const folder of [home, path]) mkdirSync(folder);
  symlinkSync(process.execPath, join(path, 'node'));
  for (const tool of ['npm', 'sh', 'env'])
    symlinkSync(execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(), join(path, tool));

  const install = start(join(path, 'npm'), ['ci']);
  await install.ended;
  check('npm ci prints no warning', isQuiet(install.output));
  if (!check('npm ci succeeds', install.code === 0)) return;

  // npm's shell dies of the signal that npm passes on, so npm reports the signal; the service itself has to end with 0.
  await live('npm start', join(path, 'npm'), ['start'], [0, 143, 'SIGTERM']);
  const ownNode = join(clone, 'node_modules', '.bin', 'node');
  const node = existsSync(ownNode) ? ownNode : join(path, 'node');
  await live('a second start on the same data', node, ['bin/darkroom.ts', 'serve'], [0]);

  const startedAt = Date.now();
  const results = join(place, 'results.json');
  const tests = start(join(path, 'npm'), ['test', '--', '--silent', '--json', `--outputFile=${results}`]);
  await tests.ended;
  const { numPassedTests = 0, numFailedTests = 0 } = existsSync(results)
    ? JSON.parse(readFileSync(results, 'utf8'))
    : {};
  passed += numPassedTests;
  failed += numFailedTests;
  say(`npm test took ${Math.round((Date.now() - startedAt) / 1000)} s`);
  check('npm test passes', tests.code === 0);
  check('npm test prints no warning', !/^(?!>).*\b(warning|deprecated)\b/im.test(tests.output));
};

/** From start to stop; `ended` is when no process that it started holds its output any more. */
const live = async (name, program, args, cleanCodes) => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const service = start(program, args, { DARKROOM_PORT: String(port) });
  const hasEnded = () => service.code !== undefined;
  const isHealthy = async () => (await answers(`${url}/v1/health`)) === 200;
  try {
    const startedAt = Date.now();
    await within(300, async () => hasEnded() || (await isHealthy()));
    if (!check(`${name} answers GET /v1/health`, !hasEnded() && (await isHealthy()))) return;
    say(`${name} took ${((Date.now() - startedAt) / 1000).toFixed(1)} s to its first answer`);
    check(`${name} prints its address`, await within(60, () => service.output.includes(url)));
    kill(service.pid, 'SIGTERM');
    check(`${name} ends, with all that it started, after SIGTERM`, await within(60, hasEnded));
    check(`${name} ends cleanly (${service.code ?? 'still running'})`, cleanCodes.includes(service.code));
    check(`${name} prints no warning`, isQuiet(service.output));
  } finally {
    kill(-service.pid, 'SIGKILL');
    await service.ended;
  }
};

try {
  await meet();
} catch (error) {
  check(`first contact: ${error.stack}`, false);
} finally {
  rmSync(place, { recursive: true, force: true });
}
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
