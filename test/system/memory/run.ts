import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImageAnswer } from '../../../lib/contract/answers.ts';
import { bytesOf, noise } from '../../support/pictures.ts';
import { askForTicket, isDone, put, type Service, startService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { type MemoryGroup, makeMemoryGroup } from './memory-group.ts';

// Photographs of 12 megapixels arrive all at once at a service that has 256 MB, with the settings of docs/one-box.md#little-memory.
// `node test/system/memory/run.ts [uploads]`, or MEMORY_UPLOADS=30 npm run test:memory; the last line is `N passed, N failed`.
// It needs Linux and the right to make a control group, so root. Without them it fails and says so; `--check` asks for them only.

const limitMb = Number(process.env.MEMORY_MB ?? 256);
const isCheck = process.argv.includes('--check');
const given = process.argv.slice(2).find((word) => !word.startsWith('--'));
const uploads = Number(given ?? process.env.MEMORY_UPLOADS ?? 4);
const say = (text: string) => process.stdout.write(`${text}\n`);
let [passed, failed] = [0, 0];
const check = (fact: string, holds: boolean, more = ''): void => {
  say(`${holds ? 'ok    ' : 'FAILED'} ${fact}${holds ? '' : ` ${more}`}`);
  if (holds) passed++;
  else failed++;
};
const began = Date.now();
const seconds = () => Math.round((Date.now() - began) / 1000);

const littleMemory = {
  DARKROOM_WORKERS: '1',
  DARKROOM_LITTLE_MEMORY: 'on',
  UV_THREADPOOL_SIZE: '1',
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
  NODE_OPTIONS: '--max-old-space-size=64 --max-semi-space-size=1',
};

/** In so little memory a busy machine is slow. */
const patienceMs = 15 * 60_000;

/** Undefined if the picture has not ended by then, counted from the end of the one before. */
const atItsEnd = async (service: Service, id: string): Promise<ImageAnswer | undefined> => {
  for (let waitedMs = 0; waitedMs < patienceMs && service.process.exitCode === null; waitedMs += 500) {
    const image = (await service.call('GET', `/v1/images/${id}`)).body as ImageAnswer;
    if (isDone(image)) return image;
    await sleep(500);
  }
  return undefined;
};

const run = async (): Promise<void> => {
  const group = makeMemoryGroup(limitMb);
  const folder = await temporaryFolder();
  let service: Service | undefined;
  try {
    const wrapper = await group.wrapperWith(join(folder.path, 'node'));
    service = await startService(join(folder.path, 'data'), littleMemory, wrapper, patienceMs);
    await uploadTo(service, group);
  } finally {
    await service?.stop();
    await group.remove();
    await folder.remove();
  }
};

const uploadTo = async (service: Service, group: MemoryGroup): Promise<void> => {
  // Smooth like a photograph, with some grain.
  const photo = await bytesOf(noise(4000, 3000).blur(1).jpeg({ quality: 90 }));
  say(
    `${uploads} uploads of ${(photo.length / 1e6).toFixed(1)} MB, ${limitMb} MB, control group version ${group.version}`,
  );
  const answers = await Promise.all(
    Array.from({ length: uploads }, async () => {
      const ticket = await askForTicket(service, photo, { preset: 'web' });
      return { id: ticket.id, status: (await put(ticket, photo)).status };
    }),
  );
  const refused = answers.filter(({ status }) => status !== 200);
  check(`${uploads} uploads at once were all accepted`, refused.length === 0, JSON.stringify(refused.slice(0, 3)));

  const ended: ImageAnswer[] = [];
  for (const { id } of answers) {
    const image = await atItsEnd(service, id);
    if (!image) break;
    ended.push(image);
    say(`${ended.length} ended after ${seconds()} s, ${group.peakMb().toFixed(0)} MB at the most so far`);
  }
  const lost = ended.filter(({ status }) => status !== 'ready');
  check(
    'each of them is ready',
    lost.length === 0 && ended.length === uploads,
    JSON.stringify(lost.map(({ error }) => error).slice(0, 3)),
  );

  const inside = group.processes();
  check(
    'the service and its renderer are in the group, and it is the service that was started',
    service.process.exitCode === null && inside.includes(service.process.pid ?? 0) && inside.length >= 2,
    inside.join(' '),
  );
  check('the group never had more than its limit', group.peakMb() <= limitMb, `${group.peakMb()} MB`);
  check('the kernel ended no process of it', group.killed() === 0, `${group.killed()} were`);
};

try {
  if (isCheck) await makeMemoryGroup(limitMb).remove();
  else await run();
} catch (error) {
  check('the run came to its end', false, String(error));
}
if (!isCheck) say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
