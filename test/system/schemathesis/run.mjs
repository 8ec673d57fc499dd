// Sends thousands of generated requests, good and bad ones, to a service that runs as a person starts it, and holds every
// answer against /v1/openapi.json. The last line is `N passed, N failed`. It needs Python 3.10 or newer; schemathesis
// itself is fetched into a folder of its own when it is not there yet.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';

const version = '4.32.5';
const leastCases = 2000;
const root = join(import.meta.dirname, '../../..');
const folder = join(root, 'node_modules', '.cache', `schemathesis-${version}`);
const bin = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
const schemathesis = join(bin, 'schemathesis');
const questions = join(import.meta.dirname, 'schemathesis.toml');
const key = 'the-key-of-this-run';

const say = (text) => process.stdout.write(`${text}\n`);

const python = () => {
  const isNewEnough = (program) =>
    spawnSync(program, ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 10))']).status === 0;
  const found = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10'].find(isNewEnough);
  if (!found) throw new Error('This needs Python 3.10 or newer, with its venv module, as python3 on the PATH.');
  return found;
};

const install = () => {
  if (existsSync(schemathesis)) return;
  say(`Installing schemathesis ${version} into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  execFileSync(python(), ['-m', 'venv', folder], { stdio: 'inherit' });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `schemathesis==${version}`];
  execFileSync(join(bin, 'python'), pip, { stdio: 'inherit' });
};

const settings = (data) => ({
  DARKROOM_DATA: data,
  DARKROOM_PORT: '0',
  DARKROOM_LOG: 'error',
  DARKROOM_API_KEY: key,
  // Being told to slow down thousands of times would prove little.
  DARKROOM_TICKETS_PER_MINUTE: '1000000',
  // No key opens the path of a watch token, so every call of it counts as a guess.
  DARKROOM_WRONG_KEYS_PER_MINUTE: '1000000',
});

const startService = async (data) => {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('DARKROOM_'));
  const child = spawn(process.execPath, [join(root, 'bin', 'darkroom.ts'), 'serve'], {
    env: { ...Object.fromEntries(inherited), ...settings(data) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
      const address = /http:\S+/.exec(out);
      if (address) resolve(address[0]);
    });
    child.once('exit', () => reject(new Error('The service did not start.')));
  });
  const stop = async () => {
    child.kill();
    await ended;
  };
  return { url, stop };
};

const run = (program, args) =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, PYTHONUTF8: '1' };
    spawn(program, args, { cwd: folder, env, stdio: 'inherit' }).once('error', reject).once('exit', resolve);
  });

const post = (url, body = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });

/** An image that is ready, which no generated request can bring about: its bytes go to the store. */
const uploadOne = async (url) => {
  const bytes = await sharp({ create: { width: 200, height: 150, channels: 3, background: '#8a7f6d' } })
    .png()
    .toBuffer();
  const { id, upload, watch } = await (
    await post(`${url}/v1/images`, { contentType: 'image/png', bytes: bytes.length })
  ).json();
  const { status } = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: bytes });
  if (status !== 200) throw new Error(`The store answered ${status} to the upload.`);
  for (let image; image?.status !== 'ready'; await sleep(50)) {
    image = await (await fetch(`${url}/v1/images/${id}`, { headers: { authorization: `Bearer ${key}` } })).json();
    if (image.error) throw new Error(`The image failed: ${image.error.message}`);
  }
  return { id, token: watch.token };
};

/** A job that is paused. One that came to its end before it could be paused is followed by another. */
const pauseOne = async (url) => {
  for (;;) {
    const { id } = await (await post(`${url}/v1/jobs`, { action: 'reprocess', all: true })).json();
    if ((await post(`${url}/v1/jobs/${id}/pause`)).status === 200) return id;
  }
};

/** The questions of schemathesis.toml, about this one image, and each order about a job that can still take it. */
const aboutOne = (image, jobs) => {
  const path = join(place, 'one-of-each.toml');
  const parameters = { 'path.id': image, 'path.version': 'v1', 'path.file': '64w' };
  const listed = Object.entries(parameters).map(([name, value]) => `"${name}" = "${value}"`);
  const orders = Object.entries(jobs).map(
    ([operation, job]) =>
      `[[operations]]\ninclude-operation-id = "${operation}"\nparameters = { "path.id" = "${job}" }`,
  );
  const more = ['[parameters]', ...listed, ...orders].join('\n');
  writeFileSync(path, `${readFileSync(questions, 'utf8')}\n${more}\n`);
  return path;
};

const attack = async (url, config, only = [], bearer = key) => {
  const report = join(place, 'report.json');
  const code = await run(schemathesis, [
    ...['--config-file', config, 'run', `${url}/v1/openapi.json`, '--header', `Authorization:Bearer ${bearer}`],
    ...['--report', 'json', '--report-json-path', report],
    ...only.flatMap((name) => ['--include-operation-id', name]),
  ]);
  return { code, ...JSON.parse(readFileSync(report, 'utf8')) };
};

/** Every generated request is a test. So is that there were enough, and that each operation has said yes at least once. */
const judge = (runs) => {
  const sum = (count) => runs.reduce((total, one) => total + count(one), 0);
  const generated = sum(({ test_cases: cases }) => cases.generated);
  const broken = sum(({ test_cases: cases }) => cases.with_failures + cases.errored);
  const rates = runs.flatMap(({ valid_rates: rates }) => Object.entries(rates));
  const said = (operation) =>
    rates.filter(([name]) => name === operation).flatMap(([, phases]) => Object.values(phases));
  const never = [...new Set(rates.map(([name]) => name))].filter((name) =>
    said(name).every((one) => one.accepted === 0),
  );
  const complaints = [
    ...never.map((operation) => `${operation} accepted none of its requests`),
    ...(generated < leastCases ? [`only ${generated} requests were made; at least ${leastCases} are wanted`] : []),
    ...runs.flatMap(({ errors }) => errors.map(({ title }) => title)),
  ];
  for (const complaint of complaints) say(`FAILED ${complaint}`);
  const failed = broken + complaints.length;
  return { passed: generated - broken, failed: failed === 0 && runs.some(({ code }) => code !== 0) ? 1 : failed };
};

const place = mkdtempSync(join(tmpdir(), 'darkroom-'));
let service;
let result;
try {
  install();
  service = await startService(join(place, 'data'));
  const jobs = {
    pauseJob: await pauseOne(service.url),
    resumeJob: await pauseOne(service.url),
    cancelJob: await pauseOne(service.url),
  };
  // What needs an original or an open job comes first: among everything else, it is deleted or ended sooner or later.
  const { id, token } = await uploadOne(service.url);
  const config = aboutOne(id, jobs);
  const uploaded = await attack(service.url, config, [
    ...['downloadOriginal', 'findVariant', 'reprocess'],
    ...Object.keys(jobs),
  ]);
  const watched = await attack(service.url, config, ['findUpload'], token);
  result = judge([uploaded, watched, await attack(service.url, questions)]);
} catch (error) {
  say(`FAILED ${error.message}`);
  result = { passed: 0, failed: 1 };
} finally {
  await service?.stop();
  rmSync(place, { recursive: true, force: true });
}
say(`${result.passed} passed, ${result.failed} failed`);
process.exitCode = result.failed === 0 ? 0 : 1;
