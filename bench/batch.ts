import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import sharp from 'sharp';
import { heapInUseMb } from './heap-in-use.ts';
import { fetchPackages } from './photographs.ts';
import { pictureSet } from './picture-set.ts';
import { table } from './table.ts';

const usage = `node bench/batch.ts [--count N] [--workers N] [--preset NAME] [--to NAME] [--set N]

Uploads N small pictures (or N photographs of the set, downloaded once, at 2560 pixels) from a folder with "darkroom upload", which is killed twice, and reprocesses all of them with a
service that is killed once, paused once and asked for fresh uploads all the while. Ends with 1 if a picture is missing,
is there twice, or is not reprocessed. Reprocessed by the same preset, files are copied; \`--to\` names another one, by which they are made.`;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    workers: { type: 'string', default: '2' },
    preset: { type: 'string', default: 'thumbnails' },
    to: { type: 'string' },
    set: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const count = Number(values.set ?? values.count);
/** They have to end before the job does. */
const probes = count < 1000 ? 6 : 60;

type Service = { readonly url: string; readonly process: ChildProcess };
type Job = { id: string; status: string; done: number; failed: number; skipped: number; total: number };

const main = async (): Promise<void> => {
  const place = await mkdtemp(join(tmpdir(), 'darkroom-bench-'));
  let service: Service | undefined;
  try {
    const folder = join(place, 'pictures');
    const digests = await (values.set === undefined ? drawPictures(folder) : takePhotographs(folder));
    service = await start(join(place, 'data'), 0);
    const uploaded = await uploadWithKills(place, service);
    const { images, seconds } = await allReady(service);
    const idle = await probe(service);

    const job = (await call(service, 'POST', '/v1/jobs', reprocessing)) as Job;
    const began = performance.now();
    await counted(service, job, count / 4);
    await end(service, 'SIGKILL');
    service = await start(join(place, 'data'), Number(new URL(service.url).port));
    const memory = watchMemory(service);
    await counted(service, job, count / 3);
    const busy = await probe(service);
    const duringProbes = await look(service, job);
    await call(service, 'POST', `/v1/jobs/${job.id}/pause`);
    const standing = await standsStill(service, job);
    await call(service, 'POST', `/v1/jobs/${job.id}/resume`);
    const done = await counted(service, job, Number.POSITIVE_INFINITY);
    const took = (performance.now() - began) / 1000;
    const versions = (await list(service)).map(({ version, status }) => `${status} ${version}`);
    const cancelled = await cancelOneMore(service);

    const found = images.map(({ original }) => original.sha256);
    const missing = digests.filter((digest) => !found.includes(digest)).length;
    const twice = found.length - new Set(found).size;
    const remade = versions.filter((version) => version === 'ready 2').length;
    const rows = [
      [
        'uploaded, killed twice',
        `${count} in ${uploaded.seconds.toFixed(0)} s: ${(count / uploaded.seconds).toFixed(1)} per second`,
      ],
      ['missing, there twice', `${missing}, ${twice}`],
      ['memory of the command', `${uploaded.peakMb.toFixed(0)} MB at most`],
      ['all rendered', `${seconds.toFixed(0)} s after the upload`],
      [
        'reprocessed, service killed once, paused once',
        `${remade} of ${count} in ${took.toFixed(0)} s: ${perHour(remade, took)} pictures per hour`,
      ],
      ['job at its end', `${done.status}: ${done.done} done, ${done.failed} failed, ${done.skipped} skipped`],
      ['fresh upload to ready, idle', inWords(idle)],
      [`fresh upload to ready, beside the job (${duringProbes.status})`, inWords(busy)],
      ['counted while paused', String(standing)],
      ['job cancelled on the way', cancelled],
      ['memory of the service', memory.inWords()],
    ];
    process.stdout.write(`${table(['batch', 'seen'], rows)}\n`);
    if (missing + twice > 0 || remade !== count) process.exitCode = 1;
  } finally {
    if (service) await end(service, 'SIGTERM');
    await rm(place, { recursive: true, force: true });
  }
};

const reprocessing = { action: 'reprocess', collection: 'batch', preset: values.to ?? values.preset };

const draw = (width: number, height: number): Promise<Buffer> => {
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  return sharp({ create: { width, height, channels: 3, background: '#808080', noise } })
    .jpeg()
    .toBuffer();
};

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64');

/** In folders of a thousand. Resolves to their digests. */
const drawPictures = async (folder: string): Promise<readonly string[]> => {
  const digests: string[] = [];
  for (let at = 0; at < count; at++) {
    const below = join(folder, String(Math.floor(at / 1000)));
    if (at % 1000 === 0) await mkdir(below, { recursive: true });
    const bytes = await draw(160, 120);
    digests.push(digestOf(bytes));
    await writeFile(join(below, `${at}.jpg`), bytes);
  }
  return digests;
};

const takePhotographs = async (folder: string): Promise<readonly string[]> => {
  await fetchPackages();
  await mkdir(folder);
  const photographs = await pictureSet(undefined, count);
  const digests: string[] = [];
  for (let at = 0; at < count; at++) {
    // When all of them were taken, they are taken again, compressed a little more: no two files are the same.
    const quality = 90 - (Math.floor(at / photographs.length) % 60);
    const sized = sharp(photographs[at % photographs.length]?.path).resize({ width: 2560, withoutEnlargement: true });
    const bytes = await sized.jpeg({ quality }).toBuffer();
    await writeFile(join(folder, `${at}.jpg`), bytes);
    digests.push(digestOf(bytes));
  }
  return digests;
};

const start = async (data: string, port: number): Promise<Service> => {
  const server = spawn(process.execPath, ['bin/darkroom.ts', 'serve'], {
    env: {
      ...process.env,
      DARKROOM_DATA: data,
      DARKROOM_PORT: String(port),
      DARKROOM_WORKERS: values.workers,
      DARKROOM_TICKETS_PER_MINUTE: '1000000',
      DARKROOM_QUEUE_SIZE: '1000000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    const [, url] = /^Darkroom is ready: (\S+)$/.exec(line) ?? [];
    if (url) return { url, process: server };
  }
  throw new Error('the service did not start');
};

const end = async ({ process: server }: Service, signal: NodeJS.Signals): Promise<void> => {
  const ended = once(server, 'exit');
  server.kill(signal);
  await ended;
};

/** Runs the command until it is through; the first two runs are killed at a third and at two thirds. */
const uploadWithKills = async (place: string, { url }: Service) => {
  const args = ['--collection', 'batch', '--preset', values.preset, '--no-wait', '--json'];
  const journal = ['--journal', join(place, 'journal.jsonl')];
  let peakMb = 0;
  const began = performance.now();
  for (const until of [count / 3, count / 3, Number.POSITIVE_INFINITY]) {
    const command = spawn(
      process.execPath,
      ['bin/darkroom.ts', 'upload', join(place, 'pictures'), ...args, ...journal, '--url', url],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    let sent = 0;
    for await (const line of createInterface({ input: command.stdout })) {
      if (line.includes('"sent"')) sent++;
      if (sent % 100 === 1) peakMb = Math.max(peakMb, await megabytesOf(command));
      if (sent >= until) command.kill('SIGKILL');
    }
  }
  return { seconds: (performance.now() - began) / 1000, peakMb };
};

const megabytesOf = async ({ pid }: ChildProcess): Promise<number> => {
  try {
    return Number((await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])).stdout) / 1024;
  } catch {
    return 0;
  }
};

const call = async ({ url }: Service, method: string, path: string, body?: unknown): Promise<unknown> => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url + path, {
    method,
    ...(body !== undefined && { headers, body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
};

type Image = { status: string; version: number; original: { sha256: string } };
type Page = { items: Image[]; nextCursor: string | null };

const list = async (service: Service): Promise<readonly Image[]> => {
  const images: Image[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const more = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await call(service, 'GET', `/v1/images?collection=batch&limit=100${more}`)) as Page;
    images.push(...page.items);
    cursor = page.nextCursor;
  }
  return images;
};

const allReady = async (service: Service) => {
  const began = performance.now();
  for (;;) {
    const open = (await call(service, 'GET', '/v1/images?limit=1&status=pending,processing,retrying')) as Page;
    if (open.items.length === 0) return { images: await list(service), seconds: (performance.now() - began) / 1000 };
    await pause(200);
  }
};

/** Seconds from the request for a ticket until the picture is ready, one upload after the other. */
const probe = async (service: Service): Promise<readonly number[]> => {
  const times: number[] = [];
  for (let at = 0; at < probes; at++) {
    const bytes = await draw(160, 120);
    const began = performance.now();
    const wanted = { contentType: 'image/jpeg', bytes: bytes.length, sha256: digestOf(bytes), preset: values.preset };
    const { id, upload } = (await call(service, 'POST', '/v1/images', wanted)) as {
      id: string;
      upload: { url: string; headers: Record<string, string> };
    };
    await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: new Uint8Array(bytes) });
    while (((await call(service, 'GET', `/v1/images/${id}`)) as Image).status !== 'ready') await pause(5);
    times.push((performance.now() - began) / 1000);
    await pause(50);
  }
  return times.sort((a, b) => a - b);
};

const at = (times: readonly number[], share: number) => times[Math.ceil(times.length * share) - 1] ?? 0;
const inWords = (times: readonly number[]): string =>
  `${at(times, 0.5).toFixed(2)} s median, ${at(times, 0.95).toFixed(2)} s at the 95th percentile, of ${times.length}`;
const perHour = (pictures: number, seconds: number): string =>
  Math.round((pictures / seconds) * 3600).toLocaleString('en');

const look = async (service: Service, { id }: Job): Promise<Job> =>
  (await call(service, 'GET', `/v1/jobs/${id}`)) as Job;

/** The job, once it has counted so many images or is at its end. */
const counted = async (service: Service, job: Job, wanted: number): Promise<Job> => {
  for (;;) {
    const now = await look(service, job);
    if (now.done >= wanted || ['done', 'cancelled'].includes(now.status)) return now;
    await pause(100);
  }
};

/** How many images a paused job still counts, after those that were with the renderers. */
const standsStill = async (service: Service, job: Job): Promise<number> => {
  await pause(3000);
  const { done } = await look(service, job);
  await pause(3000);
  return (await look(service, job)).done - done;
};

const cancelOneMore = async (service: Service): Promise<string> => {
  const job = (await call(service, 'POST', '/v1/jobs', reprocessing)) as Job;
  await counted(service, job, count / 20);
  await call(service, 'POST', `/v1/jobs/${job.id}/cancel`);
  const { status, done } = await look(service, job);
  return `${status} after ${done} of ${count}`;
};

/** The least heap of a while is what is in use after a collection; the rest of the memory is what Node has not given back. */
const watchMemory = (service: Service) => {
  const samples: { resident: number; heap: number }[] = [];
  const timer = setInterval(
    async () => samples.push({ resident: await megabytesOf(service.process), heap: await heapInUseMb(service) }),
    1000,
  );
  const mean = (of: readonly number[]) => of.reduce((sum, one) => sum + one, 0) / of.length;
  return {
    inWords: () => {
      clearInterval(timer);
      const fifth = Math.ceil(samples.length / 5);
      const fifths = [1, 2, 3, 4].map((at) => samples.slice(at * fifth, (at + 1) * fifth));
      const resident = fifths.map((of) => mean(of.map((sample) => sample.resident)).toFixed(0));
      const heap = fifths.map((of) => Math.min(...of.map((sample) => sample.heap).filter(Number.isFinite)).toFixed(0));
      return `${resident.join(', ')} MB in the second to the last fifth of the job, of it heap in use ${heap.join(', ')} MB`;
    },
  };
};

if (values.help) process.stdout.write(`${usage}\n`);
else await main();
