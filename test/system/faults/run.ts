import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bucketStores } from '../../../lib/adapters/aws/bucket-stores.ts';
import { openDatabase } from '../../../lib/adapters/local/database.ts';
import type { Ticket } from '../../../lib/contract/answers.ts';
import type { Version } from '../../../lib/core/image.ts';
import { filesOf } from '../../../lib/pipeline/audit-store.ts';
import { adjustedClock } from '../../support/adjusted-clock.ts';
import { areInstalled, isAllowed } from '../../support/can-run.ts';
import { bytesOf, corners, noise } from '../../support/pictures.ts';
import { askForTicket, put, type Service, startService, startServiceOnKnownPort } from '../../support/service.ts';
import { startS3Server } from '../objects/s3-server.ts';
import { keyOf, misaccounted } from './account.ts';
import { outages, startStoreLine } from './store-line.ts';
import { lockDatabase, openDisk, takeDescriptors } from './troubles.ts';

// Uploads, versions, reprocesses and deletions go on while the machine is in trouble: the service and its renderers are killed,
// the database is locked, the disk is full, there are no descriptors left, the clock is set forward and back. In the end every
// upload has the end that its bytes deserve, every ready version is whole, and nothing is left that belongs to no image.
// `node test/system/faults/run.ts [uploads] [--bucket]`; the last line is `N passed, N failed`. FAULTS_UPLOADS=2000 is for a night.
// With `--bucket` the objects are in an S3-compatible store, which is cut off; the clock is right, as such a store demands.

const inBucket = process.argv.includes('--bucket');
const given = process.argv.slice(2).find((word) => !word.startsWith('--'));
const wanted = Number(given ?? process.env.FAULTS_UPLOADS ?? 60);
const clients = 6;
const say = (text: string) => process.stdout.write(`${text}\n`);
let [passed, failed] = [0, 0];
const check = (fact: string, holds: boolean, more = ''): void => {
  say(`${holds ? 'ok    ' : 'FAILED'} ${fact}${holds ? '' : ` ${more}`}`);
  if (holds) passed++;
  else failed++;
};

const disk = await openDisk();
isAllowed(disk.fill !== undefined, 'a full disk among the faults, which only root may mount');
const store = inBucket ? await startS3Server() : undefined;
const line = store && (await startStoreLine(store.url));
const place = store && `s3://${await store.newBucket()}/pictures`;
if (store) Object.assign(process.env, store.environment);
const isAdjusted = !inBucket && areInstalled(['faketime'], 'an adjusted clock among the faults');
const clock = isAdjusted ? await adjustedClock(disk.path) : undefined;
// Tickets outlive a restart, so every service listens where the first one did. With no room kept free, the disk can be full.
const common = {
  DARKROOM_WORKERS: '2',
  DARKROOM_KEEP_FREE_MB: '0',
  ...clock?.environment,
  ...store?.environment,
  ...(line && place && { DARKROOM_OBJECTS: place, DARKROOM_OBJECTS_ENDPOINT: line.url }),
};
const data = join(disk.path, 'data');
const first = await startServiceOnKnownPort(data, common);
const settings = { ...common, DARKROOM_PORT: String(first.port) };
let service: Service = first;
const counts = { tickets: 0, stored: 0 };
const met: Record<string, number> = {};
const isUploading = () => counts.stored < wanted;
/** However slow or quick the machine is: every trouble that it can have comes twice at least. */
const isOver = () => !isUploading() && Object.values(met).every((times) => times >= 2);

const pictures = await Promise.all([
  bytesOf(noise(900, 700).jpeg()),
  bytesOf(corners(600, 800).jpeg()),
  bytesOf(noise(200, 300).jpeg()),
]);
const nothing = new TextEncoder().encode('this is not a picture at all');

const offered = new Map<string, 'picture' | 'junk'>();
const accepted = new Set<string>();
const deleted = new Set<string>();

/** Tries until the service, whichever process it is by now, gives an answer. */
const insist = async <T>(attempt: (current: Service) => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await attempt(service);
    } catch {
      await sleep(100);
    }
  }
};

const upload = async (ticket: Ticket, bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
  offered.set(keyOf(ticket), bytes === nothing ? 'junk' : 'picture');
  const status = await insist(async () => {
    const answer = await put(ticket, bytes);
    if (answer.status >= 500) throw new Error(`the store answered ${answer.status}`);
    return answer.status;
  });
  // The clock was set forward, and has ended the ticket.
  if (status === 403 && clock) return;
  // 412: the PUT whose answer we never saw had got through.
  if (status !== 200 && status !== 412) throw new Error(`the store answered ${status}`);
  accepted.add(keyOf(ticket));
  counts.stored++;
};

const deleteImage = async (id: string): Promise<void> => {
  await insist(async (current) => {
    const { status } = await current.call('DELETE', `/v1/images/${id}`);
    // 404: the deletion whose answer we never saw had got through.
    if (status !== 200 && status !== 404) throw new Error(`the deletion was answered with ${status}`);
  });
  deleted.add(id);
};

const client = async (seed: number): Promise<void> => {
  for (let round = seed; isUploading(); round++) {
    const bytes = round % 7 === 0 ? nothing : (pictures[round % pictures.length] ?? nothing);
    const ticket = await insist((current) =>
      askForTicket(current, bytes, { preset: round % 4 === 0 ? 'web' : 'thumbnails' }),
    );
    counts.tickets++;
    if (round % 5 === 4) continue;
    await upload(ticket, bytes);
    if (round % 3 === 0) {
      const order = { contentType: 'image/jpeg', bytes: bytes.length };
      const { status, body } = await insist((current) =>
        current.call('POST', `/v1/images/${ticket.id}/versions`, order),
      );
      if (status === 201) await upload(body, bytes);
    }
    if (round % 4 === 0) await insist((current) => current.call('POST', `/v1/images/${ticket.id}/reprocess`, {}));
    if (round % 6 === 1) {
      await deleteImage(ticket.id);
    }
    await sleep(randomInt(1500));
  }
};

const killRenderer = async (): Promise<void> => {
  const renderer = service.renderers().at(-1 - randomInt(2));
  try {
    if (renderer !== undefined) process.kill(renderer, 'SIGKILL');
  } catch {
    // It had been killed before, and its successor is still on its way.
  }
};

const killService = async (): Promise<void> => {
  const died = once(service.process, 'exit');
  service.process.kill('SIGKILL');
  // Its renderers may live a little longer, beside the service that takes over.
  await died;
  service = await startService(data, settings);
};

const adjustClock = async (): Promise<void> => {
  await clock?.set(randomInt(-30, 31) * 3600);
  await forAWhile();
};

const forAWhile = (): Promise<void> => sleep(randomInt(500, 6000));
const troubles: Record<string, () => Promise<void>> = {
  'a renderer is killed': killRenderer,
  'the service is killed': killService,
  'the database is locked': () => lockDatabase(join(data, 'darkroom.db'), forAWhile),
  'no descriptor is left': () => takeDescriptors(service.process.pid, forAWhile),
  ...(clock && { 'the clock is adjusted': adjustClock }),
  ...(line &&
    Object.fromEntries(outages.map((outage) => [`the store ${outage}`, () => line.cutOff(outage, forAWhile)]))),
  ...(disk.fill && { 'the disk is full': () => disk.fill?.(forAWhile) ?? sleep(0) }),
};
for (const name of Object.keys(troubles)) met[name] = 0;

/** In an order of chance, and the next time around in another. */
const troublemaker = async (): Promise<void> => {
  while (!isOver())
    for (const [name, cause] of Object.entries(troubles).toSorted(() => randomInt(3) - 1)) {
      await sleep(randomInt(300, 2500));
      await cause();
      met[name] = (met[name] ?? 0) + 1;
    }
};

await Promise.all([troublemaker(), ...Array.from({ length: clients }, (_, seed) => client(seed))]);
say(JSON.stringify({ ...counts, deleted: deleted.size, ...met }));

const versions = (): Version[] => {
  const database = openDatabase(join(data, 'darkroom.db'));
  const rows = database.prepare('SELECT body FROM versions JOIN images USING (id) WHERE deleted_at IS NULL').all();
  database.close();
  return rows.map((row) => JSON.parse(String(row.body)) as Version);
};
const isWaiting = (one: Version) =>
  ['processing', 'retrying'].includes(one.status) ||
  (one.status === 'pending' && (one.source !== one.version || accepted.has(keyOf(one))));

// However slow the machine: as long as there is progress there is hope.
let left = versions().filter(isWaiting).length;
for (let idle = 0; left > 0 && idle < 300_000; idle += 250) {
  await sleep(250);
  const now = versions().filter(isWaiting).length;
  if (now !== left) idle = 0;
  left = now;
}
const all = versions();
const waiting = all.filter(isWaiting);
check('every upload that the store accepted is at an end', waiting.length === 0, JSON.stringify(waiting.slice(0, 3)));
const wrong = misaccounted({ offered, accepted, deleted }, all);
check(
  `each of ${accepted.size} accepted uploads is ready if it is a picture, failed if it is none, and gone if it was deleted`,
  wrong.length === 0,
  wrong.slice(0, 5).join('; '),
);

await clock?.set(0);
// A restart sweeps what landed after deletions, as the timer would within a minute.
await service.stop();
service = await startService(data, settings);
await service.stop();

const filesBelow = async (folder: string): Promise<string[]> => {
  const root = join(data, folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
};
const keysInBucket = async (endpoint: string, of: string): Promise<string[]> => {
  const { objects } = await bucketStores({ place: of, endpoint }, { now: Date.now });
  const found = await Promise.all(['originals/', 'images/'].map((prefix) => Array.fromAsync(objects.list(prefix))));
  return found.flat().map(({ key }) => key);
};
const stored = new Set(
  store && place
    ? await keysInBucket(store.url, place)
    : [...(await filesBelow('public')), ...(await filesBelow('private'))],
);

const ready = all.filter((version) => version.status === 'ready');
const missing = ready.flatMap(filesOf).filter((key) => !stored.has(key));
check(`each of ${ready.length} ready versions is whole`, missing.length === 0, missing.slice(0, 5).join(' '));

const lost = all.filter(
  (one) => one.source === one.version && accepted.has(keyOf(one)) && !stored.has(`originals/${keyOf(one)}`),
);
check('every original that was accepted is still there', lost.length === 0);

const known = new Map(all.map((version) => [keyOf(version), version.status]));
const stray = [...stored].filter((key) => {
  const [kind, id, version = ''] = key.split('/');
  const status = known.get(`${id}/${version}`);
  // A failed render may leave variants, which the daily audit removes; everything else in the stores has an owner.
  return kind === '.partial' || status === undefined || (kind === 'images' && !['ready', 'failed'].includes(status));
});
check(
  'every stored object belongs to an image, and none is half written',
  stray.length === 0,
  stray.slice(0, 5).join(' '),
);

// The stores were looked at above; every other file of the data folder has a name that is known.
const own = /^(secret|objects|(darkroom|lock)\.db(-wal|-shm)?)$/;
const others = (await filesBelow('')).filter((path) => store || !/^(public|private)\//.test(path));
const unknown = others.filter((path) => !own.test(path));
check('no temporary file is left in the data folder', unknown.length === 0, unknown.slice(0, 5).join(' '));

const states = Object.groupBy(all, (version) => version.status);
say(
  Object.entries(states)
    .map(([status, some]) => `${status} ${some.length}`)
    .join(', '),
);

await line?.close();
await store?.stop();
await disk.remove();
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
