import { appendFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { compareCommand } from '../../lib/commands/compare.ts';
import { importCommand } from '../../lib/commands/import.ts';
import { readPathMap } from '../../lib/commands/path-map.ts';
import { reprocessCommand } from '../../lib/commands/reprocess.ts';
import type { Shell } from '../../lib/commands/shell.ts';
import { uploadCommand } from '../../lib/commands/upload.ts';
import type { ImageAnswer, ImagePage, JobAnswer } from '../../lib/contract/answers.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { type RecordedShell, recordedShell, runIn } from '../support/recorded-shell.ts';
import { type ServiceInProcess, startServiceInProcess } from '../support/service-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// What commands make of trouble that came in between: a stop, a failure that was mended since, a file that is gone.

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: ServiceInProcess;
let shell: RecordedShell;
let pictures: string;
let collection: string;
let round = 0;
const names = ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'];
const { fetch } = globalThis;

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startServiceInProcess();
});
beforeEach(async () => {
  collection = `sent-${++round}`;
  pictures = join(folder.path, collection);
  await mkdir(pictures);
  const photo = await bytesOf(corners(120, 110).jpeg());
  for (const name of names) await writeFile(join(pictures, name), photo);
  shell = recordedShell({ variables: { DARKROOM_URL: service.url } });
});
afterEach(() => {
  globalThis.fetch = fetch;
});
afterAll(async () => {
  await service.close();
  await folder.remove();
});

const run = (make: (shell: Shell) => Command, ...args: string[]) => runIn(shell, make, args);
const journal = () => join(folder.path, `${collection}.jsonl`);
const options = () => [
  ...['--collection', collection, '--preset', 'thumbnails', '--parallel', '1', '--journal', journal()],
];
const upload = (...more: string[]) => run(uploadCommand, pictures, ...options(), ...more);
const map = () => join(folder.path, `${collection}.map`);
const importing = (...more: string[]) => run(importCommand, pictures, '--map', map(), ...options(), ...more);
const stored = async (): Promise<readonly ImageAnswer[]> => {
  const answer = await fetch(`${service.url}/v1/images?limit=100&collection=${collection}`);
  return ((await answer.json()) as ImagePage).items;
};
/** The next command is stopped once it says this. */
const stopOnce = (text: string): void => {
  const stop = new AbortController();
  const { out } = shell;
  const write = (said: string) => {
    out.write(said);
    if (said.includes(text)) stop.abort();
  };
  shell = { ...shell, out: { write }, interruption: () => stop.signal };
};
const again = (): void => {
  shell = recordedShell({ variables: { DARKROOM_URL: service.url } });
};

type Line = { readonly key: string; readonly state?: string; readonly id: string; readonly path: string };
const notes = async (): Promise<readonly Line[]> =>
  (await readFile(journal(), 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
/** Notes of the file of this name that its image failed, as after an outage of the renderers. */
const failedInJournal = async (name: string): Promise<string> => {
  const note = (await notes()).findLast(({ path, state }) => path === join(pictures, name) && state === 'ready');
  await appendFile(journal(), `${JSON.stringify({ ...note, state: 'failed', reason: 'The machine gave up.' })}\n`);
  return note?.id ?? '';
};

describe('a file whose image had failed', () => {
  test('counts as uploaded, and is in the map, once a reprocess has made the image ready', async () => {
    await importing();
    const before = readPathMap(map());
    const id = await failedInJournal('b.jpg');
    const ended = await importing();
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('4 paths in the map') });
    expect(ended.stderr).toContain(`${join(pictures, 'b.jpg')}: skipped, uploaded before`);
    expect(readPathMap(map())).toEqual(before);
    expect(before.map((path) => path.id)).toContain(id);
    // The journal has it now.
    globalThis.fetch = () => Promise.reject(new TypeError('fetch failed'));
    expect(await upload()).toMatchObject({ code: 0, stderr: expect.stringContaining('4 skipped') });
  });

  test('is still one that failed where another file was uploaded in its place', async () => {
    await upload();
    const id = await failedInJournal('b.jpg');
    globalThis.fetch = async (url, init) => {
      const answer = await fetch(url, init);
      if (!String(url).endsWith(`/v1/images/${id}`)) return answer;
      const image = (await answer.json()) as ImageAnswer;
      return Response.json({ ...image, version: 2, ready: { ...image.ready, version: 2, source: 2 } });
    };
    expect(await upload()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('b.jpg: The machine gave up. It was uploaded before; --again tries once more.'),
    });
    expect((await notes()).findLast((note) => note.id === id)?.state).toBe('failed');
  });

  test('is still one that failed when a ticket for its next version is never used, and is not uploaded twice', async () => {
    await upload();
    const id = await failedInJournal('b.jpg');
    let asked = 0;
    globalThis.fetch = async (url, init) => {
      const answer = await fetch(url, init);
      if (!String(url).endsWith(`/v1/images/${id}`)) return answer;
      const image = (await answer.json()) as ImageAnswer;
      return Response.json({ ...image, version: 2, status: ++asked % 2 ? 'pending' : 'expired', ready: null });
    };
    for (const _ of [1, 2])
      expect(await upload()).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('b.jpg: The machine gave up. It was uploaded before; --again tries once more.'),
      });
    expect(await stored()).toHaveLength(4);
  });

  test.each(['processing', 'retrying'] as const)(
    'is waited for while its reprocess is under way: %s',
    async (status) => {
      await upload();
      const id = await failedInJournal('b.jpg');
      let asked = 0;
      globalThis.fetch = async (url, init) => {
        const answer = await fetch(url, init);
        if (!String(url).endsWith(`/v1/images/${id}`) || ++asked > 1) return answer;
        return Response.json({ ...((await answer.json()) as ImageAnswer), status, ready: null });
      };
      const ended = await upload();
      expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('1 ready, 3 skipped') });
      expect(ended.stdout).toContain(`${join(pictures, 'b.jpg')}\t${id}\tv1\t`);
      expect(asked).toBeGreaterThan(1);
    },
  );

  test.each([
    ['not-found', 404],
    ['forbidden', 403],
  ])('is still one that failed where the service answers %s', async (code, status) => {
    await upload();
    await failedInJournal('b.jpg');
    globalThis.fetch = async () => Response.json({ code, detail: 'No.' }, { status });
    expect(await upload()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('b.jpg: The machine gave up. It was uploaded before; --again tries once more.'),
    });
    expect(await stored()).toHaveLength(4);
  });
});

describe('--again, stopped in the middle', () => {
  test.each([
    ['upload', upload],
    ['import', importing],
  ])('%s sends each file once more in all, and the next --again begins anew', async (_name, send) => {
    expect(await send()).toMatchObject({ code: 0 });
    stopOnce(join(pictures, 'b.jpg'));
    expect(await send('--again')).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('no file is uploaded twice'),
    });
    expect((await stored()).length).toBeGreaterThan(4);
    again();
    expect(await send('--again')).toMatchObject({ code: 0 });
    expect(await stored()).toHaveLength(8);
    expect(await send('--again')).toMatchObject({ code: 0 });
    expect(await stored()).toHaveLength(12);
  });

  test('says with --dry-run what is left', async () => {
    stopOnce(join(pictures, 'b.jpg'));
    await upload('--again');
    again();
    const left = await upload('--again', '--dry-run');
    expect(left.stdout).toContain(`skip\t${join(pictures, 'a.jpg')}\tuploaded before`);
    expect(left.stdout).toContain(`upload\t${join(pictures, 'd.jpg')}`);
    await upload('--again');
    expect((await upload('--again', '--dry-run')).stderr).toContain('4 files of 4 would be uploaded');
  });
});

describe('a file that is gone between its digest and its sending', () => {
  test('fails alone, with its path and the reason', async () => {
    const gone = join(pictures, 'b.jpg');
    globalThis.fetch = async (url, init) => {
      const answer = await fetch(url, init);
      if (init?.method !== 'POST' || !String(init.body).includes('b.jpg')) return answer;
      // The command asks for another ticket, and opens the file again.
      await rm(gone);
      return Response.json({ ...((await answer.json()) as object), status: 'expired' }, { status: 201 });
    };
    expect(await upload()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /\/b\.jpg cannot be read: there is no such file\. Check the path\.\n3 ready, 1 failed in .*\n1 file of 4 failed; see above\.$/,
      ),
    });
  });
});

describe('a file that the folder names and that cannot be opened', () => {
  test('counts as failed, and the others are sent', async () => {
    await symlink('nothing', join(pictures, 'link.jpg'));
    const sentence = `${join(pictures, 'link.jpg')} cannot be read: it is a link that leads to no file. Mend or delete the link.`;
    expect((await upload('--dry-run')).stdout).toContain(`skip\t${join(pictures, 'link.jpg')}\t${sentence}\n`);
    const ended = await upload();
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('4 ready, 1 failed') });
    expect(ended.stderr.split('\n')).toContain(sentence);
  });
});

describe('the journal', () => {
  test('is read where a note lies across two of the pieces that are read', async () => {
    await upload();
    const notes = await readFile(journal(), 'utf8');
    // The end of the last note is in the second piece.
    const before = (1 << 20) - notes.length + 50;
    await writeFile(journal(), `${'-'.repeat(before - 1)}\n${notes}`);
    expect(await upload()).toMatchObject({ code: 0, stderr: expect.stringContaining('4 skipped') });
  });
});

describe('darkroom compare', () => {
  test('goes on where the old server breaks off in the middle of a picture', async () => {
    await importing();
    const photo = await readFile(join(pictures, 'a.jpg'));
    globalThis.fetch = async (url, init) => {
      if (!String(url).startsWith('http://old.example/')) return fetch(url, init);
      const broken = new ReadableStream({
        start: (controller) => {
          controller.enqueue(photo.subarray(0, 100));
          controller.error(new TypeError('terminated'));
        },
      });
      return new Response(String(url).endsWith('/b.jpg') ? broken : photo);
    };
    const ended = await run(compareCommand, map(), '--old', 'http://old.example/');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(
      'b.jpg: http://old.example/b.jpg cannot be fetched: the answer was broken off. Run the command again.\n',
    );
    expect(ended.stdout.split('\n').map((line) => line.split('\t')[0])).toEqual(['a.jpg', 'c.jpg', 'd.jpg', '']);
  });
});

describe('darkroom reprocess with more images than a job takes', () => {
  const ids = Array.from({ length: 2001 }, (_, at) => String(at));
  const jobOf = (at: number, status: JobAnswer['status']): Partial<JobAnswer> => ({
    id: String(at).repeat(26),
    status,
    total: null,
    done: 0,
    failed: 0,
    skipped: 0,
    dryRun: false,
    failures: [],
    pausedBecause: null,
  });
  const orders = (refuseFrom: number, onAsked: () => void) => {
    const counts: number[] = [];
    globalThis.fetch = async (url, init) => {
      if (init?.method !== 'POST') {
        onAsked();
        return Response.json(jobOf(Number(String(url).at(-1)), 'running'));
      }
      const body = JSON.parse(String(init.body)) as { ids: readonly string[] };
      if (counts.length === refuseFrom)
        return Response.json({ code: 'invalid-request', detail: 'Not these.' }, { status: 400 });
      counts.push(body.ids.length);
      return Response.json(jobOf(counts.length, 'running'), { status: 202 });
    };
    return counts;
  };

  test('starts every job before it waits, so a stop leaves none out, and names all of them', async () => {
    const stop = new AbortController();
    shell = { ...shell, interruption: () => stop.signal };
    const counts = orders(3, () => stop.abort());
    const ended = await run(reprocessCommand, '--wait', '--ids', ...ids);
    expect(counts).toEqual([1000, 1000, 1]);
    expect(ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining(
        `The jobs continue by themselves. See their progress: darkroom jobs ${counts.map((_, at) => String(at + 1).repeat(26)).join(' ')}`,
      ),
    });
  });

  test('says how many have no job when the service refuses one', async () => {
    const counts = orders(1, () => undefined);
    const ended = await run(reprocessCommand, '--ids', ...ids);
    expect(counts).toEqual([1000]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`1,001 images have no job. The others have: ${'1'.repeat(26)}\n`);
    expect(ended.stderr).toContain('Not these.');
  });
});
