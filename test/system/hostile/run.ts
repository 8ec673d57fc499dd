import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ImageAnswer, Ticket } from '../../../lib/contract/answers.ts';
import { shippedPresets } from '../../../lib/core/presets.ts';
import { imageOnce, isDone, put, startService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import type { Input } from './input.ts';
import { allInputs } from './inputs/index.ts';
import { forgetPeak, peakOf } from './memory.ts';

// Hostile files go through a started service: ticket, PUT, renderer, delivery.
// `npm run hostile -- [--only TEXT] [--failed]`; the last line is `N passed, N failed`.

const { values } = parseArgs({ options: { only: { type: 'string' }, failed: { type: 'boolean', default: false } } });
const print = (line: string) => process.stdout.write(`${line}\n`);
const chosen = (await allInputs()).filter(({ group, title }) => `${group} ${title}`.includes(values.only ?? ''));

const folder = await temporaryFolder();
const service = await startService(folder.path, {
  DARKROOM_WORKERS: '1',
  DARKROOM_KEEP_FREE_MB: '0',
  DARKROOM_TICKETS_PER_MINUTE: '1000000',
});
const renderer = (): number => service.renderers().at(-1) ?? 0;
const deaths = () => service.log().filter(({ message }) => message === 'a renderer died').length;

type Seen = {
  readonly end: string;
  readonly ms: number;
  readonly peak: number | undefined;
  readonly complaint?: string;
};

const storedFor = async (id: string): Promise<readonly string[]> =>
  readdir(join(folder.path, 'public', 'images', id), { recursive: true }).catch(() => []);

const servedOf = async ({ id }: ImageAnswer): Promise<readonly string[]> => {
  const names = shippedPresets.web.variants.flatMap(({ name }) =>
    ['avif', 'webp', 'jpeg', 'png'].map((format) => `${name}.${format}`),
  );
  const answers = [...names, 'manifest.json', '320w'].map(async (name) => {
    const { status } = await fetch(`${service.url}/images/${id}/v1/${name}`);
    return status === 404 ? [] : [`${name} (${status})`];
  });
  return (await Promise.all(answers)).flat();
};

const complaintAbout = async (input: Input, image: ImageAnswer, deathsBefore: number): Promise<string | undefined> => {
  const end = image.error?.code ?? image.status;
  if (deaths() > deathsBefore) return 'a renderer died';
  if (![input.end].flat().includes(end as never))
    return `ended as ${end}${image.error ? ` (${image.error.message})` : ''}, should be ${[input.end].flat().join(' or ')}`;
  if (image.attempts > 1) return `took ${image.attempts} attempts: an error without a code`;
  if (image.error === null) return undefined;
  const [stored, served] = [await storedFor(image.id), await servedOf(image)];
  if (stored.length > 0) return `was refused, but is stored: ${stored.join(', ')}`;
  if (served.length > 0) return `was refused, but is served: ${served.join(', ')}`;
  return image.ready ? 'was refused, but is reported as ready' : undefined;
};

/** The largest of these pictures takes minutes where other programs keep the machine busy. */
const patienceMs = 900_000;

const send = async (input: Input): Promise<Seen> => {
  const bytes = new Uint8Array(await input.bytes());
  // First drop the connections that the service closed while a large file was made.
  await turn();
  const sha256 = createHash('sha256').update(bytes).digest('base64');
  const declared = { contentType: input.contentType, bytes: bytes.length, sha256 };
  const before = deaths();
  const asked = await service.call('POST', '/v1/images', declared);
  if (asked.status !== 201) throw new Error(`no ticket: ${JSON.stringify(asked.body)}`);
  const ticket: Ticket = asked.body;
  forgetPeak(renderer());
  const began = performance.now();
  const { status } = await put(ticket, bytes);
  if (status !== 200) throw new Error(`the store answered ${status}`);
  // A retry is seen while it waits: it would only come back with the same file.
  const image = await imageOnce(service, ticket.id, (image) => isDone(image) || image.status === 'retrying', {
    limitMs: patienceMs,
    mostPauseMs: 10,
  });
  const ms = performance.now() - began;
  const complaint = await complaintAbout(input, image, before);
  if (!isDone(image)) await service.call('DELETE', `/v1/images/${ticket.id}`);
  return { end: image.error?.code ?? image.status, ms, peak: peakOf(renderer()), ...(complaint && { complaint }) };
};

const megabytes = (bytes: number | undefined) => (bytes === undefined ? '?' : (bytes / 1024 ** 2).toFixed(0));
const all: { readonly input: Input; readonly seen: Seen }[] = [];
const began = performance.now();
for (const input of chosen) {
  const seen = await send(input).catch(
    (error): Seen => ({ end: 'none', ms: 0, peak: undefined, complaint: String(error) }),
  );
  all.push({ input, seen });
  if (values.failed && seen.complaint === undefined) continue;
  const verdict = seen.complaint === undefined ? 'pass' : 'FAIL';
  print(
    `${verdict}  ${input.group.padEnd(8)} ${seen.ms.toFixed(0).padStart(6)} ms ${megabytes(seen.peak).padStart(5)} MB  ${seen.end.padEnd(18)} ${input.title}`,
  );
  if (seen.complaint !== undefined) print(`        ${seen.complaint}`);
}
const seconds = (performance.now() - began) / 1000;
const stillThere = service.process.exitCode === null && service.process.signalCode === null;
const healthy = stillThere && (await service.call('GET', '/v1/health')).status === 200;
const died = deaths();
const unforeseen = service.log().filter(({ level }) => level === 'error');
await service.stop();
await folder.remove();

const refused = all.filter(({ seen }) => seen.end !== 'ready' && seen.end !== 'none');
const most = (rows: typeof all, of: (seen: Seen) => number) =>
  rows.toSorted((a, b) => of(b.seen) - of(a.seen)).slice(0, 3);
const share = (part: number) => {
  const sorted = refused.map(({ seen }) => seen.ms).sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(0);
};
print(
  `\n${all.length} inputs in ${seconds.toFixed(0)} s: ${all.length - refused.length} made, ${refused.length} refused`,
);
print(
  `time from PUT to refusal: median ${share(0.5)} ms, 99 % ${share(0.99)} ms, longest ${share(1)} ms; ${refused.filter(({ seen }) => seen.ms > 2000).length} took longer than 2 s`,
);
for (const { input, seen } of most(refused, ({ ms }) => ms))
  print(`  slowest refusal: ${seen.ms.toFixed(0)} ms, ${input.group}: ${input.title}`);
for (const { input, seen } of most(all, ({ peak = 0 }) => peak))
  print(`  most memory: ${megabytes(seen.peak)} MB, ${input.group}: ${input.title}`);

/** Half as much again as the largest pictures within the limits of frames and pixels take. */
const mostPeakBytes = 1.5 * 1024 ** 3;
const largest = Math.max(0, ...all.map(({ seen }) => seen.peak ?? 0));

const facts: readonly (readonly [fact: string, holds: boolean, more: string])[] = [
  ['the service still answers, and is healthy', healthy, ''],
  ['no renderer died', died === 0, `${died} died`],
  ['no renderer held more than 1.5 GB', largest <= mostPeakBytes, `${megabytes(largest)} MB`],
  ['nothing was logged as an error', unforeseen.length === 0, JSON.stringify(unforeseen.slice(0, 3))],
];
for (const [fact, holds, more] of facts) print(`${holds ? 'pass' : 'FAIL'}  ${fact}${holds ? '' : `: ${more}`}`);
const failed =
  all.filter(({ seen }) => seen.complaint !== undefined).length + facts.filter(([, holds]) => !holds).length;
print(`\n${all.length + facts.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || all.length === 0 ? 1 : 0;
