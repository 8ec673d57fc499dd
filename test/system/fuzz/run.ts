import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Ticket } from '../../../lib/contract/answers.ts';
import { type ContentType, contentTypes } from '../../../lib/core/formats.ts';
import { imageOnce, isDone, put, startService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { forgetPeak, peakOf } from '../hostile/memory.ts';
import { drawSeeds } from '../hostile/seeds.ts';
import { minimised } from './minimise.ts';
import { mutantOf } from './mutate.ts';
import { type Seen, watchedSubject } from './watched.ts';

const usage = `npm run fuzz -- [options]

  --count N       how many inputs (20000)
  --hours H       go on for so long instead
  --seed N        which inputs; the same number gives the same ones (1)
  --first N       the number of the first input (0); with --count 1, one input again
  --every N       one of so many that can be decoded goes through a started service as well (10)
  --findings DIR  where findings are written to (fuzz-findings)`;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    hours: { type: 'string' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    every: { type: 'string', default: '10' },
    findings: { type: 'string', default: 'fuzz-findings' },
    help: { type: 'boolean', default: false },
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);
if (values.help) {
  print(usage);
  process.exit(0);
}
const [run, first, every] = [Number(values.seed), Number(values.first), Math.max(1, Number(values.every))];
const until = values.hours === undefined ? undefined : performance.now() + Number(values.hours) * 3_600_000;
const last = until === undefined ? first + Number(values.count) : Number.POSITIVE_INFINITY;
const chunk = 200;
const seeds = await drawSeeds();
const began = performance.now();

/** By format, and within it by end. */
const ends = new Map<ContentType, Map<string, number>>(contentTypes.map((type) => [type, new Map()]));
type Finding = { readonly number: number; readonly contentType: ContentType; readonly what: string };
const findings: Finding[] = [];
const kindsOfFinding = ['death', 'hang', 'unmapped', 'memory'] as const;
const isFinding = ({ end }: Seen) => (kindsOfFinding as readonly string[]).includes(end);

const subjects = [watchedSubject(), watchedSubject()];
const spare = watchedSubject();
const toService: number[] = [];
let next = first;
let inputs = 0;

const note = async (number: number, end: string, reason = ''): Promise<void> => {
  const { seed, changes, bytes } = mutantOf(seeds, run, number);
  findings.push({ number, contentType: seed.contentType, what: `${end}: ${reason}` });
  if (findings.length > 50) return;
  const small = end === 'service' ? bytes : await minimised(spare, seed.contentType, bytes, end);
  await mkdir(values.findings, { recursive: true });
  const file = join(values.findings, `${end}-${run}-${number}.${seed.contentType.split('/')[1]}`);
  await writeFile(file, small);
  print(
    `FINDING ${end}: seed ${run}, input ${number}: ${seed.title}, ${changes.join(', ')}; ${small.length} bytes in ${file}`,
  );
  print(`        ${reason.split('\n').slice(0, 3).join(' ')}`);
};

let inTurn = Promise.resolve();
const attack = async ({ look }: (typeof subjects)[number]): Promise<void> => {
  while (next < last && (until === undefined || performance.now() < until)) {
    const from = next;
    next = Math.min(last, from + chunk);
    const looks = Array.from({ length: next - from }, (_, index) => ({ run, number: from + index }));
    await look(looks, (seen, look) => {
      if (!('number' in look)) return;
      inputs++;
      const { contentType } = mutantOf(seeds, run, look.number).seed;
      const counts = ends.get(contentType);
      const count = (counts?.get(seen.end) ?? 0) + 1;
      counts?.set(seen.end, count);
      if (seen.end === 'made' && count % every === 0) toService.push(look.number);
      if (isFinding(seen)) inTurn = inTurn.then(() => note(look.number, seen.end, 'reason' in seen ? seen.reason : ''));
    });
  }
};
await Promise.all(subjects.map(attack));
await inTurn;
for (const { stop } of [...subjects, spare]) stop();
const lookSeconds = (performance.now() - began) / 1000;

// The second part: some of the files that can be decoded are sent through a started service, with its own renderers.
const folder = await temporaryFolder();
const service = await startService(folder.path, {
  DARKROOM_WORKERS: '2',
  DARKROOM_KEEP_FREE_MB: '0',
  DARKROOM_TICKETS_PER_MINUTE: '1000000',
});
let peak = 0;
const rendered = new Map<string, number>();

const throughService = async (number: number): Promise<void> => {
  const { seed, bytes } = mutantOf(seeds, run, number);
  const sha256 = createHash('sha256').update(bytes).digest('base64');
  const declared = { contentType: seed.contentType, bytes: bytes.length, sha256, preset: 'thumbnails' };
  const { status, body } = await service.call('POST', '/v1/images', declared);
  if (status !== 201) throw new Error(`no ticket for input ${number}: ${JSON.stringify(body)}`);
  const ticket: Ticket = body;
  const stored = await put(ticket, new Uint8Array(bytes));
  if (stored.status !== 200) throw new Error(`the store answered ${stored.status}`);
  const image = await imageOnce(service, ticket.id, (image) => isDone(image) || image.status === 'retrying');
  const end = image.error?.code ?? image.status;
  rendered.set(end, (rendered.get(end) ?? 0) + 1);
  for (const pid of service.renderers()) peak = Math.max(peak, peakOf(pid) ?? 0);
  if (image.attempts > 1 || end === 'retrying' || end === 'gave-up') {
    const reason = service.log().findLast((line) => JSON.stringify(line).includes(ticket.id) && 'cause' in line);
    await note(number, 'service', `ended as ${end}: ${JSON.stringify(reason?.cause)}`);
  }
};
const serviceBegan = performance.now();
for (const pid of service.renderers()) forgetPeak(pid);
const queue = toService.values();
await Promise.all(
  [0, 1].map(async () => {
    for (const number of queue) await throughService(number);
  }),
);
const serviceSeconds = (performance.now() - serviceBegan) / 1000;
const died = service.log().filter(({ message }) => message === 'a renderer died').length;
await service.stop();
await folder.remove();

for (const [type, counts] of ends)
  print(
    `${type.padEnd(11)} ${[...counts]
      .sort(([, a], [, b]) => b - a)
      .map(([end, count]) => `${end} ${count}`)
      .join(', ')}`,
  );
print(
  `\n${inputs} inputs of seed ${run} (${first} to ${first + inputs - 1}) in ${lookSeconds.toFixed(0)} s: ${(inputs / lookSeconds).toFixed(0)} in a second`,
);
print(
  `${toService.length} of them through the service in ${serviceSeconds.toFixed(0)} s: ${[...rendered].map(([end, count]) => `${end} ${count}`).join(', ')}; a renderer held at most ${(peak / 1024 ** 2).toFixed(0)} MB`,
);

const facts: (readonly [fact: string, holds: boolean])[] = contentTypes.flatMap((type) =>
  kindsOfFinding.map(
    (kind) =>
      [
        `${type}: ${{ death: 'no process death', hang: 'no hang', unmapped: 'no error without a code', memory: 'no memory beyond the limit' }[kind]}`,
        !findings.some(({ contentType, what }) => contentType === type && what.startsWith(`${kind}:`)),
      ] as const,
  ),
);
facts.push(
  [
    'every format was both made and refused',
    [...ends.values()].every((counts) => counts.has('made') && counts.has('corrupt')),
  ],
  ['no renderer of the service died', died === 0],
  ['the service gave each a code at the first attempt', !findings.some(({ what }) => what.startsWith('service:'))],
);
const failed = facts.filter(([, holds]) => !holds);
for (const [fact] of failed) print(`FAIL  ${fact}`);
print(`\n${facts.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;
