import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { openDatabase } from '../lib/adapters/local/database.ts';
import { imageOnce, isDone, startService, upload } from '../test/support/service.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';
import { heapInUseMb } from './heap-in-use.ts';

// A soak of the one-box home: small uploads, each deleted when it is ready, and what grows meanwhile; fails if something does that must not.
// `node bench/small-uploads.ts [count]`; 20,000 unless told otherwise. Linux only.

const count = Number(process.argv[2] ?? 20_000);
const clients = 4;
const rows = 10;

const folder = await temporaryFolder();
const service = await startService(folder.path, { DARKROOM_WORKERS: '1', DARKROOM_LOG: 'warn' });
const pid = service.process.pid ?? 0;
const photo = new Uint8Array(
  await sharp({ create: { width: 100, height: 100, channels: 3, background: 'teal' } })
    .jpeg()
    .toBuffer(),
);

const residentMb = async (): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
const sizeMb = async (name: string): Promise<number> => (await stat(join(folder.path, name))).size / 1e6;

/** What must not grow once the service is warm: by how much it may, at most. */
const mayGrow = { 'heap in use, MB': 10, descriptors: 8, 'WAL, MB': 2, 'tasks in the queue': 2 * clients } as const;
type Sample = Readonly<Record<keyof typeof mayGrow, number>>;
const samples: Sample[] = [];

/** The least since the last row is what is in use after a collection; Node gives back to the system what it likes. */
let leastHeap = Number.POSITIVE_INFINITY;
const noteHeap = async (): Promise<void> => {
  leastHeap = Math.min(leastHeap, await heapInUseMb(service));
};

const sample = async (done: number): Promise<void> => {
  await noteHeap();
  const database = openDatabase(join(folder.path, 'darkroom.db'));
  const tables = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
    .all()
    .map(({ name }) => String(name));
  const filled = tables
    .map((name) => [name, Number(database.prepare(`SELECT count(*) AS count FROM ${name}`).get()?.count)] as const)
    .filter(([, held]) => held > 0);
  database.close();
  const taken: Sample = {
    'heap in use, MB': leastHeap,
    descriptors: (await readdir(`/proc/${pid}/fd`)).length,
    'WAL, MB': await sizeMb('darkroom.db-wal'),
    'tasks in the queue': filled.find(([name]) => name === 'messages')?.[1] ?? 0,
  };
  samples.push(taken);
  leastHeap = Number.POSITIVE_INFINITY;
  const cells = [
    done,
    (await residentMb()).toFixed(0),
    taken['heap in use, MB'].toFixed(0),
    taken.descriptors,
    taken['WAL, MB'].toFixed(1),
    (await sizeMb('darkroom.db')).toFixed(1),
    filled.map(([name, held]) => `${name} ${held}`).join(', '),
  ];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
};

process.stdout.write(
  '| uploads | service, MB | heap in use, MB | descriptors | WAL, MB | database, MB | rows |\n|---|---|---|---|---|---|---|\n',
);
let begun = 0;
let done = 0;
let hasEnded = false;
const client = async (): Promise<void> => {
  while (begun < count) {
    begun++;
    const { id } = await upload(service, photo, { preset: 'thumbnails' });
    const { status, error } = await imageOnce(service, id, isDone);
    if (status !== 'ready') throw new Error(`an upload is ${status}: ${JSON.stringify(error)}`);
    await service.call('DELETE', `/v1/images/${id}`);
    done++;
  }
};
const watch = async (): Promise<void> => {
  for (let row = 0; row <= rows; row++) {
    while (done < (count * row) / rows && !hasEnded) {
      await noteHeap();
      await sleep(200);
    }
    await sample(done);
  }
};
try {
  await Promise.all([watch(), ...Array.from({ length: clients }, client)]);
} finally {
  hasEnded = true;
  await service.stop();
  await folder.remove();
}

// The rows of deleted images and of events are kept for a time that is set, so tables grow until it is over.
const warm = samples.slice(Math.ceil(rows / 5));
for (const name of Object.keys(mayGrow) as (keyof Sample)[]) {
  const grown = (warm.at(-1)?.[name] ?? Number.NaN) - (warm[0]?.[name] ?? Number.NaN);
  const isFlat = grown <= mayGrow[name];
  process.stdout.write(
    `${isFlat ? 'flat' : 'GROWS'}: ${name} by ${grown.toFixed(1)} after the first fifth (at most ${mayGrow[name]})\n`,
  );
  if (!isFlat) process.exitCode = 1;
}
