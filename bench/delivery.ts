import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../test/support/free-port.ts';
import { startService } from '../test/support/service.ts';
import { until } from '../test/support/until.ts';

// Static delivery of a 10 KB file by Darkroom and by nginx with one worker, in turns, over connections that stay open.
// `node bench/delivery.ts [--seconds 3] [--rounds 5] [--connections 16]`. Needs nginx. The processor time per request is that
// of the server alone, so the client and other load on the machine do not change it much.

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '16' },
  },
});
const [seconds, rounds, connections] = [values.seconds, values.rounds, values.connections].map(Number) as [
  number,
  number,
  number,
];

const fileBytes = 10_000;
const path = `/images/${'a'.repeat(26)}/v1/640w.webp`;

type Server = { readonly name: string; readonly port: number; readonly pid: number };
type Measured = { readonly perSecond: number; readonly cpuMicroseconds: number };

/** Asks again as soon as an answer is complete. All answers of one server have the same length. */
const answersIn = async (port: number, ms: number): Promise<number> => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
  let [answers, received, answerBytes] = [0, 0, 0];
  const until = performance.now() + ms;
  socket.write(request);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    if (answerBytes === 0) answerBytes = chunk.indexOf('\r\n\r\n') + 4 + fileBytes;
    received += chunk.length;
    if (received < answerBytes) continue;
    if (answers === 0 && !chunk.toString('latin1', 0, 15).startsWith('HTTP/1.1 200')) throw new Error('not a 200');
    answers++;
    received = 0;
    if (performance.now() > until) break;
    socket.write(request);
  }
  return answers;
};

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']).toString());
const cpuSeconds = async (pid: number): Promise<number> => {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
};

const measure = async ({ port, pid }: Server): Promise<Measured> => {
  const [cpu, began] = [await cpuSeconds(pid), performance.now()];
  const counts = await Promise.all(Array.from({ length: connections }, () => answersIn(port, seconds * 1000)));
  const answers = counts.reduce((sum, count) => sum + count, 0);
  const took = (performance.now() - began) / 1000;
  return { perSecond: answers / took, cpuMicroseconds: (((await cpuSeconds(pid)) - cpu) / answers) * 1e6 };
};

const startNginx = async (folder: string, root: string): Promise<Server & { readonly stop: () => void }> => {
  const port = await freePort();
  const settings = join(folder, 'nginx.conf');
  const headers =
    'add_header Cache-Control "public, max-age=31536000, immutable"; add_header Access-Control-Allow-Origin "*"; add_header X-Content-Type-Options "nosniff" always;';
  await writeFile(
    settings,
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/errors;
events { worker_connections 256; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  open_file_cache off; types { image/webp webp; }
  server { listen 127.0.0.1:${port}; location /images/ { root ${root}; ${headers} } } }`,
  );
  const child = spawn('nginx', ['-c', settings, '-p', folder], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: 'inherit',
  });
  const answers = () =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(answers, () => 'nginx does not answer');
  return { name: 'nginx, one worker', port, pid: child.pid ?? 0, stop: () => void child.kill('SIGTERM') };
};

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

const folder = await mkdtemp(join(tmpdir(), 'darkroom-delivery-'));
await chmod(folder, 0o755);
const data = join(folder, 'data');
const service = await startService(data, { DARKROOM_WORKERS: '1' });
await mkdir(join(data, 'public', path, '..'), { recursive: true });
await writeFile(join(data, 'public', path), Buffer.alloc(fileBytes, 'x'));
const nginx = await startNginx(folder, join(data, 'public'));
try {
  const darkroom = { name: 'Darkroom', port: Number(new URL(service.url).port), pid: service.process.pid ?? 0 };
  const measured = new Map<string, Measured[]>([darkroom, nginx].map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const server of round % 2 === 0 ? [darkroom, nginx] : [nginx, darkroom])
      measured.get(server.name)?.push(await measure(server));
  process.stdout.write('| server | requests per second, median | processor time of a request |\n|---|---|---|\n');
  const rates = [...measured].map(([name, all]) => {
    const rate = median(all.map(({ perSecond }) => perSecond));
    const cpu = median(all.map(({ cpuMicroseconds }) => cpuMicroseconds));
    process.stdout.write(`| ${name} | ${rate.toFixed(0)} | ${cpu.toFixed(0)} µs |\n`);
    return rate;
  });
  process.stdout.write(
    `\nDarkroom answers ${((rates[0] ?? 0) / (rates[1] ?? 1)).toFixed(2)} times as many requests as nginx\n`,
  );
} finally {
  nginx.stop();
  await service.stop();
  await rm(folder, { recursive: true, force: true });
}
