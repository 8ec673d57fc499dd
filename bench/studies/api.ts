import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';

/**
 * npm --prefix bench/studies run api [-- SECONDS ROUNDS CONNECTIONS]: tickets and reads per second of the one-box home, beside a bare
 * Fastify handler that does one durable insert. They take turns, so that other load on the machine falls on both.
 */
const [seconds = 4, rounds = 5, connections = 16] = process.argv.slice(2).map(Number);
const target = 0.6;

type Contender = { readonly name: string; readonly url: string; readonly process: ChildProcess };
type Work = 'ticket' | 'read';
type Round = { readonly perSecond: number; readonly p50: number; readonly p99: number };

const folder = await mkdtemp(join(tmpdir(), 'darkroom-bench-'));

const start = async (
  name: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<Contender> => {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const url = /http:\S+/.exec(String(line))?.[0];
  if (!url) throw new Error(`${name} did not say where it is`);
  return { name, url, process: child };
};

const request = {
  contentType: 'image/jpeg',
  bytes: 2_481_733,
  sha256: 'uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=',
  filename: 'market-square.jpg',
  collection: 'summer-2026',
};
const asking = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(request),
} as const;

const measure = async ({ name, url }: Contender, work: Work, duration: number): Promise<Round> => {
  const { id } = (await (await fetch(`${url}/v1/images`, asking)).json()) as { id: string };
  const load = work === 'ticket' ? { url: `${url}/v1/images`, ...asking } : { url: `${url}/v1/images/${id}` };
  const result = await autocannon({ ...load, connections, duration });
  if (result.non2xx + result.errors > 0) throw new Error(`${name}: ${result.non2xx + result.errors} bad answers`);
  return { perSecond: result.requests.average, p50: result.latency.p50, p99: result.latency.p99 };
};

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const works: readonly Work[] = ['ticket', 'read'];
const contenders: Contender[] = [];
try {
  contenders.push(
    await start('Darkroom', [join(import.meta.dirname, '../../bin/darkroom.ts'), 'serve'], {
      DARKROOM_DATA: join(folder, 'data'),
      DARKROOM_PORT: '0',
      DARKROOM_TICKETS_PER_MINUTE: '1000000',
    }),
    await start('bare Fastify', [join(import.meta.dirname, 'bare-fastify.ts'), folder], {}),
  );
  const measured: Record<string, Round[]> = Object.fromEntries(
    works.flatMap((work) => contenders.map(({ name }) => [`${name} ${work}`, []])),
  );
  for (const work of works) for (const contender of contenders) await measure(contender, work, 2);
  for (let round = 0; round < rounds; round++)
    for (const work of works)
      for (const contender of contenders)
        measured[`${contender.name} ${work}`]?.push(await measure(contender, work, seconds));

  const said = (key: string, what: (round: Round) => number) => median((measured[key] ?? []).map(what));
  const print = (text: string) => process.stdout.write(`${text}\n`);
  print(
    `${rounds} rounds of ${seconds} s each in turn, ${connections} connections, Node ${process.version}, ${availableParallelism()} cores; medians`,
  );
  print('');
  print('| | per second | p50 | p99 |');
  print('|---|---|---|---|');
  for (const key of Object.keys(measured))
    print(
      `| ${key} | ${said(key, (one) => one.perSecond).toFixed(0)} | ${said(key, (one) => one.p50)} ms | ${said(key, (one) => one.p99)} ms |`,
    );
  print('');
  for (const work of works) {
    const ratios = (measured[`Darkroom ${work}`] ?? []).map(
      (round, at) => round.perSecond / (measured[`bare Fastify ${work}`]?.[at]?.perSecond ?? Number.NaN),
    );
    const ratio = median(ratios);
    const goal = work === 'ticket' ? ` (target ${target}: ${ratio >= target ? 'met' : 'missed'})` : '';
    print(`${work}: ${ratio.toFixed(2)} of the bare handler${goal}`);
    if (work === 'ticket' && ratio < target) process.exitCode = 1;
  }
} finally {
  for (const { process: child } of contenders) {
    child.kill();
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
}
