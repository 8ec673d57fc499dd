import { createHash } from 'node:crypto';
import { appendFile, chmod, mkdir, readdir, readFile, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { typicalUsage } from '../../lib/adapters/aws/cost.ts';
import { capacityCommand } from '../../lib/commands/capacity.ts';
import { compareCommand } from '../../lib/commands/compare.ts';
import { deleteCommand } from '../../lib/commands/delete.ts';
import { doctorCommand } from '../../lib/commands/doctor.ts';
import { downloadCommand } from '../../lib/commands/download.ts';
import { faultsOfHeaders } from '../../lib/commands/fetch-variant.ts';
import { importCommand } from '../../lib/commands/import.ts';
import { jobsCommand } from '../../lib/commands/jobs.ts';
import { listCommand } from '../../lib/commands/list.ts';
import { openCommand, openingOf } from '../../lib/commands/open.ts';
import { reprocessCommand } from '../../lib/commands/reprocess.ts';
import type { Shell } from '../../lib/commands/shell.ts';
import { showCommand } from '../../lib/commands/show.ts';
import { uploadCommand } from '../../lib/commands/upload.ts';
import { verifyCommand } from '../../lib/commands/verify.ts';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { hashOfKey } from '../../lib/core/api-keys.ts';
import { newBulkJob } from '../../lib/core/bulk-job.ts';
import { begin, expire } from '../../lib/core/image.ts';
import { manifestKey, originalKey, variantKey } from '../../lib/core/object-keys.ts';
import { requestVersion } from '../../lib/pipeline/request-version.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { type RecordedShell, recordedShell, runIn } from '../support/recorded-shell.ts';
import { type ServiceInProcess, startServiceInProcess } from '../support/service-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: ServiceInProcess;
let shell: RecordedShell;
let photo: Uint8Array<ArrayBuffer>;
let ready: string;
let failed: string;
const nothing = 'a'.repeat(26);

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startServiceInProcess();
  photo = await bytesOf(corners(300, 200).jpeg());
  ready = await service.add(photo, { collection: 'seen', filename: 'sea.jpg' });
  failed = await service.add(photo.slice(0, 900), { collection: 'cut', filename: 'cut.jpg' });
});
beforeEach(() => {
  shell = recordedShell({ variables: { DARKROOM_URL: service.url, XDG_STATE_HOME: join(folder.path, 'state') } });
});
afterAll(async () => {
  await service.close();
  await folder.remove();
});

const run = (make: (shell: Shell) => Command, ...args: string[]) => runIn(shell, make, args);
const lines = ({ stdout }: { readonly stdout: string }) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const imageOf = async (id: string): Promise<ImageAnswer> =>
  (await (await fetch(`${service.url}/v1/images/${id}`)).json()) as ImageAnswer;

describe('darkroom list', () => {
  test('gives fields with tabs for each image, newest first, and only those that are asked for', async () => {
    const { code, stdout } = await run(listCommand);
    expect(code).toBe(0);
    const size = `${(photo.length / 1000).toFixed(1)} KB`;
    expect(stdout).toBe(
      `${failed}\tfailed\tv1\t-\t900 B\tcut\tcut.jpg\n${ready}\tready\tv1\t300x200\t${size}\tseen\tsea.jpg\n`,
    );
    expect(lines(await run(listCommand, '--limit', '1', '--json'))).toEqual([await imageOf(failed)]);
    expect(lines(await run(listCommand, '--status', 'ready,pending', '--json'))).toEqual([await imageOf(ready)]);
    expect((await run(listCommand, '--order', 'oldest', '--limit', '2')).stdout.slice(0, 26)).toBe(ready);
    expect((await run(listCommand, '--collection', 'cut')).stdout.split('\n')).toHaveLength(2);
  });

  test('names the statuses when one is misspelt', async () => {
    expect((await run(listCommand, '--status', 'reddy')).stderr).toContain('Allowed choices are pending, processing');
  });

  test('gives a table with a heading on a terminal', async () => {
    const written: string[] = [];
    const out = { write: (text: string) => written.push(text), isTTY: true };
    await listCommand({ ...shell, out }).parseAsync(['--collection', 'seen'], { from: 'user' });
    expect(written[0]).toContain('[1mID                          STATUS  V   SIZE');
    expect(written[1]).toMatch(new RegExp(`^${ready}  ready   v1  300x200`));
  });
});

describe('the address and the key of a command', () => {
  afterAll(() => {
    service.terms.keys = [];
  });

  test.each([
    [['--url', 'ftp://files.example'], 2, 'ftp://files.example is not an address'],
    [['--url', 'http://'], 2, 'is not an address'],
    [['--url', 'http://127.0.0.1:1', '--profile', 'shop'], 2, 'A profile has an address already'],
    [['--profile', 'shop'], 1, 'profiles.json cannot be read'],
    [['--url', 'http://me:word@127.0.0.1:1'], 2, 'The address holds a user or a password'],
    [['--key', 'cut-off…'], 2, 'The API key holds a character that no key has.'],
  ])('%j end with %d', async (args, code, sentence) => {
    expect(await run(listCommand, ...args)).toMatchObject({ code, stderr: expect.stringContaining(sentence) });
  });

  test('come from the environment, the options or a profile', async () => {
    service.terms.keys = [{ sha256: hashOfKey('key-of-the-shop'), rights: ['upload', 'read', 'manage'] }];
    expect(await run(listCommand)).toMatchObject({ code: 3, stderr: expect.stringContaining('wants a valid API key') });
    expect(await run(listCommand, '--key', 'key-of-the-shop')).toMatchObject({ code: 0 });
    const config = join(folder.path, 'config', 'darkroom');
    await mkdir(config, { recursive: true });
    const profiles = join(config, 'profiles.json');
    await writeFile(profiles, JSON.stringify({ shop: { url: `${service.url}//`, key: 'key-of-the-shop' } }), {
      mode: 0o600,
    });
    const variables = { DARKROOM_API_KEY: 'key-of-the-shop, another', DARKROOM_URL: service.url };
    shell = recordedShell({ variables });
    expect(await run(listCommand)).toMatchObject({ code: 0 });
    shell = recordedShell({ variables: { XDG_CONFIG_HOME: join(folder.path, 'config') } });
    expect(await run(listCommand, '--profile', 'shop')).toMatchObject({ code: 0 });
    await chmod(profiles, 0o644);
    expect(await run(listCommand, '--profile', 'shop')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('chmod 600'),
    });
  });
});

describe('darkroom show', () => {
  test('shows what is known of an image, with the address of each variant', async () => {
    const { code, stdout } = await run(showCommand, ready);
    const image = await imageOf(ready);
    expect(code).toBe(0);
    const [facts = '', life = '', variants = ''] = stdout.split('\n\n');
    const shown = Object.fromEntries(
      facts.split('\n').map((line) => [line.slice(0, 12).trim(), line.slice(12)] as const),
    );
    expect(shown).toMatchObject({
      image: ready,
      file: 'sea.jpg',
      collection: 'seen',
      original: `image/jpeg, ${(photo.length / 1000).toFixed(1)} KB, 300x200`,
      status: 'v1 ready',
      took: expect.stringMatching(/^\d+ ms \(cpu \d+ ms, /),
      manifest: image.ready?.manifest,
    });
    expect(Object.keys(shown)).not.toEqual(expect.arrayContaining(['attempts']));
    expect(shown).not.toHaveProperty('error');
    expect(variants.trim().split('\n')).toHaveLength(image.ready?.variants.length ?? 0);
    for (const { url } of image.ready?.variants ?? []) expect(variants).toContain(url);
    expect(life.split('\n').map((line) => line.slice(26))).toEqual([
      'First ticket given',
      'Original of version 1 arrived',
      'Attempt 1 that made version 1 began',
      expect.stringMatching(/^\d files were stored$/),
      expect.stringMatching(/^Version 1 ready, \d+ ms after the render began \(processor time \d+ ms\)$/),
    ]);
    expect(life.slice(0, 24)).toBe(image.createdAt);
    const other = (await run(showCommand, failed)).stdout;
    expect(other).toMatch(/^20\d\d-\S+Z {2}Version 1 failed after one attempt: \S/m);
    expect(other).toMatch(/^error {7}corrupt: /m);
    expect(other).not.toMatch(/^(took|ready|kind|manifest)/m);
  });

  test('explains with --why what failed and what to do', async () => {
    const image = await imageOf(failed);
    expect((await run(showCommand, failed, '--why')).stdout).toBe(
      `Version 1 of ${failed} failed (corrupt). ${image.error?.message} Reprocessing does not help: the file has to be another one.\n`,
    );
    const count = (await imageOf(ready)).ready?.variants.length;
    expect((await run(showCommand, ready, '--why')).stdout).toBe(
      `Version 1 of ${ready} is ready. All ${count} variants can be fetched.\n`,
    );
    const [answer] = lines(await run(showCommand, failed, '--why', '--json'));
    expect(answer).toEqual({ ...image, why: expect.stringContaining('(corrupt)') });
    expect(lines(await run(showCommand, ready, '--json'))).toEqual([await imageOf(ready)]);
  });

  test('says with --why of what is not finished since when, and what to do', async () => {
    const { catalogue, clock, file } = service.world;
    const id = await file('w');
    const asked = clock.now();
    shell = { ...shell, now: () => asked + 180_000 };
    const explained = async () => (await run(showCommand, id, '--why')).stdout;
    expect(await explained()).toMatch(
      /^Version 1 of \S+ is pending. It was asked for 3 min 0 s ago, and no renderer has begun: .* send the file again/,
    );
    const pending = await catalogue.version(id, 1);
    if (pending?.status !== 'pending') throw new Error('it is not pending');
    await catalogue.move(begin(pending, asked, { leaseMs: 60_000 }));
    expect(await explained()).toMatch(
      /^Version 1 of \S+ is processing. Attempt 1, which began 3 min 0 s ago, is making the variants: 0 % of them/,
    );
    await run((one) => deleteCommand(one, process.stdin), id, '--yes');
  });

  test('says of an image that is not there that it is not, with the address of the service and what to do', async () => {
    for (const command of [showCommand, (one: Shell) => openCommand(one, 'linux'), downloadCommand])
      expect(await run(command, nothing)).toEqual({
        code: 1,
        stdout: '',
        stderr: `${service.url}: There is no image with this id. Run "darkroom list" for the images that are there, or name another service by --url.`,
      });
    expect((await run(jobsCommand, nothing)).stderr).toContain('Run "darkroom jobs" for the jobs that are there.');
  });
});

describe('darkroom open', () => {
  const open = (...args: string[]) => run((one) => openCommand(one, 'linux'), ...args, '--print');

  test('prints the address that a page would show, or that of a variant', async () => {
    const { ready: shown } = await imageOf(ready);
    const webp = shown?.variants.find(({ name, format }) => name === 'small' && format === 'webp')?.url;
    expect((await open(ready)).stdout).toBe(`${shown?.picture.img.src}\n`);
    expect((await open(ready, '--variant', 'small.webp')).stdout).toBe(`${webp}\n`);
    expect(lines(await open(ready, '--variant', 'small.webp', '--json'))).toEqual([{ id: ready, url: webp }]);
  });

  test('says which variants there are, and of an image without any why there is none', async () => {
    expect(await open(ready, '--variant', 'tiny')).toMatchObject({
      code: 1,
      stderr: `${ready} has no variant tiny. It has small, medium, large.`,
    });
    expect(await open(failed)).toMatchObject({ code: 1, stderr: expect.stringContaining(`show ${failed} --why`) });
  });

  test.each([
    ['darwin', 'open', []],
    ['win32', 'rundll32', ['url.dll,FileProtocolHandler']],
    ['linux', 'xdg-open', []],
    ['freebsd', 'xdg-open', []],
  ])('starts on %s the program %s, without a shell that would read the address', (platform, program, args) => {
    const url = 'https://cdn.example/images/x/v1/640w.avif?a=1&b=$HOME';
    expect(openingOf(url, platform)).toEqual([program, [...args, url]]);
  });

  test('says so where no browser can be started', async () => {
    const path = process.env.PATH;
    process.env.PATH = folder.path;
    try {
      const ended = await run((one) => openCommand(one, 'linux'), ready);
      expect(ended).toMatchObject({ code: 0, stderr: 'No browser could be started. Open the address yourself.\n' });
    } finally {
      process.env.PATH = path;
    }
  });
});

describe('darkroom download', () => {
  test('fetches originals as they were uploaded, and none twice', async () => {
    const out = join(folder.path, 'originals');
    const file = join(out, `${ready}-sea.jpg`);
    expect(await run(downloadCommand, ready, '--out', out)).toMatchObject({ code: 0, stdout: `${file}\n` });
    expect(new Uint8Array(await readFile(file))).toEqual(photo);
    expect(lines(await run(downloadCommand, ready, '--out', out, '--json'))).toEqual([
      { id: ready, file, status: 'skipped' },
    ]);
    await writeFile(file, 'changed since');
    expect(lines(await run(downloadCommand, '--collection', 'seen', '--out', out, '--json'))).toEqual([
      { id: ready, file, status: 'done' },
    ]);
    expect(new Uint8Array(await readFile(file))).toEqual(photo);
    expect(await readdir(out)).toEqual([`${ready}-sea.jpg`]);
  });

  test('fetches the variants that people see, and says which do not have the digest of the catalogue', async () => {
    const out = join(folder.path, 'variants');
    const id = await service.add(photo, { collection: 'worn' });
    const key = variantKey({ id, version: 1, name: 'small', format: 'webp' });
    await service.world.variants.put(key, Buffer.from('other bytes'));
    const ended = await run(downloadCommand, id, '--variants', '--out', out);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('do not have the digest') });
    const all = (await imageOf(id)).ready?.variants.map(({ name, format }) => `${name}.${format}`) ?? [];
    expect(ended.stderr).toContain(`1 file of ${all.length} failed; see above.`);
    expect((await readdir(join(out, id, 'v1'))).sort()).toEqual(all.filter((name) => name !== 'small.webp').sort());
    await service.world.variants.remove([key]);
    const gone = await run(downloadCommand, id, '--variants', '--out', out, '--json');
    expect(lines(gone).filter(({ status }) => status === 'failed')).toEqual([
      {
        id,
        file: join(out, id, 'v1', 'small.webp'),
        status: 'failed',
        reason: expect.stringContaining('answered 404'),
      },
    ]);
  });

  test('says in a sentence which file cannot be written, and which cannot be fetched', async () => {
    const taken = join(folder.path, 'taken');
    await writeFile(taken, 'a file');
    expect(await run(downloadCommand, ready, '--out', taken)).toEqual({
      code: 1,
      stdout: '',
      stderr: `${taken} cannot be written: there is a file of this name. Name another folder by --out.`,
    });
    const out = join(folder.path, 'half-taken');
    await mkdir(out);
    await writeFile(join(out, ready), 'a file');
    expect(await run(downloadCommand, ready, '--variants', '--out', out)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('.webp cannot be written: a part of its path is a file, and no folder. Name'),
    });
    const { fetch } = globalThis;
    globalThis.fetch = (url, init) =>
      String(url).includes('/originals/') ? Promise.reject(new TypeError('fetch failed')) : fetch(url, init);
    try {
      const ended = await run(downloadCommand, ready, '--out', out);
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      // Not with what signs the address, with which anyone could fetch the file.
      expect(ended.stderr).toMatch(
        /\/originals\/\w+\/v1 cannot be fetched: there is no answer\. Run the command again\.\n/,
      );
    } finally {
      globalThis.fetch = fetch;
    }
  });

  /** The command with what the service or the store answers changed on its way. */
  const downloadThrough = async (change: (answer: Response, url: string) => Promise<Response>, ...args: string[]) => {
    const { fetch } = globalThis;
    globalThis.fetch = async (url, init) => change(await fetch(url, init), String(url));
    try {
      return await run(downloadCommand, ...args);
    } finally {
      globalThis.fetch = fetch;
    }
  };

  test('says of an answer without a file which status it has, and leaves no draft', async () => {
    const out = join(folder.path, 'no-body');
    const change = async (answer: Response, url: string) =>
      url.includes('/originals/') ? new Response(null, { status: 204 }) : answer;
    expect(await downloadThrough(change, ready, '--out', out)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /\/v1 answered 204\. Run the command again; if it stays so, run "darkroom verify"\./,
      ),
    });
    expect(await readdir(out)).toEqual([]);
  });

  test('ends at once where the service names addresses that are none, because no other file could be fetched', async () => {
    const change = async (answer: Response, url: string) =>
      url.includes('/v1/images/') ? new Response((await answer.text()).replaceAll('"http://', '"//'), answer) : answer;
    const args = [ready, '--variants', '--out', join(folder.path, 'no-address'), '--json'];
    expect(await downloadThrough(change, ...args)).toEqual({ code: -1, stdout: '', stderr: 'Invalid URL' });
  });

  test.each(['pending', 'expired'])('fetches the original of version 1 while version 2 is %s', async (status) => {
    const collection = `once-${status}`;
    const id = await service.add(photo, { collection, filename: 'kept.jpg' });
    const ticket = {
      contentType: 'image/png',
      bytes: 9,
      sha256: createHash('sha256').update('other').digest('base64'),
    };
    await requestVersion(service.world, id, ticket);
    const second = await service.world.catalogue.version(id, 2);
    if (second?.status !== 'pending') throw new Error('version 2 is not pending');
    if (status === 'expired') await service.world.catalogue.move(expire(second, service.world.clock.now()));
    expect(await imageOf(id)).toMatchObject({ version: 2, status, original: { bytes: 9 } });
    const out = join(folder.path, collection);
    const file = join(out, `${id}-kept.jpg`);
    const download = () => run(downloadCommand, '--collection', collection, '--out', out, '--json');
    expect(lines(await download())).toEqual([{ id, file, status: 'done' }]);
    expect(new Uint8Array(await readFile(file))).toEqual(photo);
    // By the digest of what is served, which that of the image is not.
    expect(lines(await download())).toEqual([{ id, file, status: 'skipped' }]);
  });

  test('goes on where an image was deleted meanwhile, or is not there, and says which', async () => {
    const kept = await service.add(photo, { collection: 'shrinking', filename: 'kept.jpg' });
    // The newest is the first.
    const gone = await service.add(photo, { collection: 'shrinking' });
    const out = join(folder.path, 'shrinking');
    const { fetch } = globalThis;
    globalThis.fetch = async (url, init) => {
      const answer = await fetch(url, init);
      // As soon as the list of the collection was answered.
      if (String(url).includes('collection=')) await fetch(`${service.url}/v1/images/${gone}`, { method: 'DELETE' });
      return answer;
    };
    try {
      expect(await run(downloadCommand, '--collection', 'shrinking', '--out', out, '--parallel', '1')).toEqual({
        code: 1,
        stdout: `${join(out, `${kept}-kept.jpg`)}\n`,
        stderr: `${gone}: There is no image with this id.\n1 file of 2 failed; see above.`,
      });
    } finally {
      globalThis.fetch = fetch;
    }
    expect(lines(await run(downloadCommand, nothing, kept, '--out', join(out, 'named'), '--json'))).toEqual([
      { id: nothing, status: 'failed', reason: 'There is no image with this id.' },
      { id: kept, file: join(out, 'named', `${kept}-kept.jpg`), status: 'done' },
    ]);
  });

  test('says which images have no variants because none is ready', async () => {
    const out = join(folder.path, 'not-ready');
    const why = `The image is not ready: version 1 is failed. "darkroom show ${failed} --why" says more.`;
    expect(await run(downloadCommand, failed, '--variants', '--out', out)).toEqual({
      code: 1,
      stdout: '',
      stderr: `${failed}: ${why}\n1 file of 1 failed; see above.`,
    });
    expect(lines(await run(downloadCommand, failed, ready, '--variants', '--out', out, '--json')).slice(0, 2)).toEqual([
      { id: failed, status: 'failed', reason: why },
      { id: ready, file: expect.any(String), status: 'done' },
    ]);
    // One of a collection may be on its way.
    expect(await run(downloadCommand, '--collection', 'cut', '--variants', '--out', out)).toEqual({
      code: 0,
      stdout: '',
      stderr: `${failed}: ${why}\n`,
    });
  });

  test('asks for as many images at a time as --parallel says', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => `${nothing.slice(2)}${'abcdefgh'[at % 8]}${'abcde'[at >> 3]}`);
    const { fetch } = globalThis;
    let [now, most] = [0, 0];
    globalThis.fetch = async (url, init) => {
      most = Math.max(most, ++now);
      return fetch(url, init).finally(() => now--);
    };
    try {
      const ended = await run(downloadCommand, ...ids, '--parallel', '3', '--out', folder.path, '--json');
      expect(lines(ended).map(({ id }) => id)).toEqual(ids);
    } finally {
      globalThis.fetch = fetch;
    }
    expect(most).toBe(3);
  });

  test('fetches an image that is named twice once', async () => {
    const file = join(folder.path, `${ready}-sea.jpg`);
    expect(await run(downloadCommand, ready, ready, ready, '--out', folder.path)).toEqual({
      code: 0,
      stdout: `${file}\n`,
      stderr: '',
    });
  });

  test('says in a sentence that a folder has the name of a file, and fetches the others', async () => {
    const out = join(folder.path, 'folders');
    const other = await service.add(photo, { filename: 'other.jpg' });
    const taken = join(out, `${ready}-sea.jpg`);
    await mkdir(taken, { recursive: true });
    expect(await run(downloadCommand, ready, other, '--out', out, '--parallel', '1')).toEqual({
      code: 1,
      stdout: `${join(out, `${other}-other.jpg`)}\n`,
      stderr: expect.stringMatching(
        /^\S+: \S+sea\.jpg cannot be written: it is a folder\. Name another folder by --out\.\n1 file of 2 failed; see above\.$/,
      ),
    });
    // One without a digest is not read before it is replaced.
    const cut = await service.add(photo.slice(0, 900), { sha256: undefined });
    await mkdir(join(out, `${cut}-photo.jpg`));
    expect((await run(downloadCommand, cut, '--out', out)).stderr).toMatch(
      /-photo\.jpg cannot be written: it is a folder\. Name another folder by --out\.\n/,
    );
    await rmdir(join(out, `${cut}-photo.jpg`));
    await run((one) => deleteCommand(one, process.stdin), cut, '--yes');
    // No draft is left behind.
    expect((await readdir(out)).sort()).toEqual([`${ready}-sea.jpg`, `${other}-other.jpg`].sort());
  });

  test.each([
    ['a letter that Windows refuses', 'a?b.jpg', 'a_b.jpg'],
    ['all such letters and ends', '..\\<x>:"y"/|*z.jpg. .', '..__x___y____z.jpg'],
    ['nothing but dots', '...', 'original'],
    ['255 letters', `${'a'.repeat(251)}.jpg`, `${'a'.repeat(219)}.jpg`],
    ['letters of three bytes', `${'漢'.repeat(85)}.jpeg`, `${'漢'.repeat(72)}.jpeg`],
    ['letters of four bytes', `x${'😀'.repeat(100)}.png`, `x${'😀'.repeat(54)}.png`],
    ['a long ending', `a.${'b'.repeat(253)}`, `a.${'b'.repeat(221)}`],
  ])('stores an original whose name has %s under a name that every disk takes', async (_, filename, name) => {
    const out = join(folder.path, 'names');
    const id = await service.add(photo, { filename });
    const file = join(out, `${id}-${name}`);
    expect(Buffer.byteLength(`${id}-${name}.part`)).toBeLessThanOrEqual(255);
    expect(await run(downloadCommand, id, '--out', out)).toEqual({ code: 0, stdout: `${file}\n`, stderr: '' });
    expect(new Uint8Array(await readFile(file))).toEqual(photo);
  });

  test('wants either ids or a collection, and says which images have no original yet', async () => {
    expect(await run(downloadCommand)).toMatchObject({ code: 2 });
    expect(await run(downloadCommand, ready, '--collection', 'seen')).toMatchObject({ code: 2 });
    const pending = await service.world.file('z', { collection: 'awaited' });
    const said = `${pending}: Nothing has been uploaded for this image yet.\n`;
    expect(await run(downloadCommand, '--collection', 'awaited', '--out', folder.path)).toEqual({
      code: 0,
      stdout: '',
      stderr: said,
    });
    expect(lines(await run(downloadCommand, '--collection', 'awaited', '--out', folder.path, '--json'))).toEqual([
      { id: pending, status: 'skipped', reason: 'Nothing has been uploaded for this image yet.' },
    ]);
    expect(await run(downloadCommand, pending, '--out', folder.path)).toEqual({
      code: 1,
      stdout: '',
      stderr: `${said}1 file of 1 failed; see above.`,
    });
    await run((one) => deleteCommand(one, process.stdin), pending, '--yes');
  });
});

describe('darkroom reprocess and darkroom jobs', () => {
  test('predict with --dry-run, and make the next version with --wait', async () => {
    const id = await service.add(photo, { collection: 'again' });
    const predicted = await run(reprocessCommand, '--collection', 'again', '--dry-run');
    expect(predicted).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^\S{26}\t1 image would take about \d+ s of one renderer and make \d files with .* KB; 1 sampled\n$/,
      ),
    });
    expect((await imageOf(id)).version).toBe(1);
    const ended = await run(reprocessCommand, '--ids', id, id, '--preset', 'gallery', '--wait');
    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\S{26}\tdone\t1 image: 1 done, 0 failed, 0 skipped\n$/),
    });
    expect(await imageOf(id)).toMatchObject({ version: 2, status: 'ready' });
    const [job = ''] = ended.stdout.split('\t');
    expect(await run(jobsCommand, job)).toMatchObject({ code: 0, stdout: ended.stdout });
    expect((await run(jobsCommand, '--limit', '1')).stdout).toBe(ended.stdout);
    expect((await run(jobsCommand)).stdout).toBe(ended.stdout + predicted.stdout);
    expect(lines(await run(jobsCommand, job, '--json'))).toMatchObject([{ id: job, done: 1 }]);
    expect(await run(jobsCommand, '--cancel', job)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('This job is done: it can no longer be cancelled.'),
    });
  });

  test('take what has failed, or has failed with a code, and end with 1 and the reasons when it fails again', async () => {
    const ended = await run(reprocessCommand, '--failed', '--wait');
    expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('1 image: 0 done, 1 failed') });
    expect(ended.stderr).toContain(`${failed}: ${(await imageOf(failed)).error?.message}`);
    expect(ended.stderr).toContain('1 image failed; see above.');
    expect(await imageOf(failed)).toMatchObject({ version: 2, status: 'failed' });
    const [job = ''] = ended.stdout.split('\t');
    expect((await run(jobsCommand, job)).stdout).toBe(
      `${ended.stdout}  ${failed}: ${(await imageOf(failed)).error?.message}\n`,
    );
    expect(await run(reprocessCommand, '--failed', 'gave-up')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No image has failed in this way.\n',
    });
    expect(await run(reprocessCommand, '--failed', 'gave-up', '--json')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('stop where a budget is used up, and go on with a higher one', async () => {
    const ids = [
      await service.add(photo, { collection: 'capped' }),
      await service.add(photo, { collection: 'capped' }),
    ];
    const stopped = await run(reprocessCommand, '--ids', ...ids, '--max-images', '1', '--wait');
    const [job = ''] = stopped.stdout.split('\t');
    expect(stopped).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('paused, its budget is used up'),
      stderr: expect.stringContaining(`darkroom jobs --resume ${job}`),
    });
    expect(await run(jobsCommand, '--resume', job, '--max-images', '2')).toMatchObject({ code: 0 });
    expect((await run(jobsCommand, job)).stdout).toBe(`${job}\tdone\t2 images: 2 done, 0 failed, 0 skipped\n`);
    expect(await run(jobsCommand, '--resume', job, '--max-dollars', '1')).toMatchObject({
      stderr: expect.stringContaining('Limit the images instead.'),
    });
  });

  test('pause and resume a job that is under way', async () => {
    const id = await service.add(photo, { collection: 'slow' });
    const job = 'j'.repeat(26);
    await service.world.jobs.add(
      newBulkJob({ id: job, selection: { ids: [id] }, preset: null, dryRun: false }, service.world.clock.now()),
    );
    expect((await run(jobsCommand, '--pause', job)).stdout).toMatch(new RegExp(`^${job}\tpaused\t`));
    expect((await run(jobsCommand, '--resume', job)).stdout).toMatch(new RegExp(`^${job}\trunning\t`));
    expect((await run(jobsCommand, job)).stdout).toMatch(new RegExp(`^${job}\tdone\t`));
  });

  test('go on with the other jobs where one is not there or takes no such order, and say which', async () => {
    const { jobs, clock } = service.world;
    const add = async (letter: string) => {
      const id = letter.repeat(26);
      const selection = { ids: [nothing] };
      await jobs.add(newBulkJob({ id, selection, preset: null, dryRun: false }, clock.now()));
      return id;
    };
    const [first, second] = [await add('f'), await add('g')];
    expect(await run(jobsCommand, first, nothing, second)).toEqual({
      code: 1,
      stdout: expect.stringMatching(new RegExp(`^${first}\t\\w+\t.*\n${second}\t\\w+\t.*\n$`)),
      stderr: `${nothing}: There is no job with this id.\n1 of 3 jobs failed; see above. Run "darkroom jobs" for the jobs that are there.`,
    });
    // The first call lets both end.
    expect(await run(jobsCommand, '--resume', first, second)).toEqual({
      code: 1,
      stdout: expect.stringMatching(new RegExp(`^${first}\trunning\t.*\n$`)),
      stderr: expect.stringMatching(new RegExp(`^${second}: This job is done: .*\n1 of 2 jobs failed; see above\\.`)),
    });
    expect((await run(jobsCommand, nothing)).stderr).toContain(service.url);
  });

  test('take one budget for one job', async () => {
    const ids = Array.from({ length: 1001 }, (_, at) => `${at}`);
    expect(await run(reprocessCommand, '--ids', ...ids, '--max-images', '1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a job takes 1000 images'),
    });
  });

  test.each([
    [reprocessCommand, [], 'exactly one'],
    [reprocessCommand, ['--all', '--stale'], 'exactly one'],
    [reprocessCommand, ['--all', '--dry-run', '--max-images', '1'], 'A dry run takes no budget.'],
    [reprocessCommand, ['--all', '--max-dollars', ''], 'Give an amount in dollars'],
    [reprocessCommand, ['--all', '--max-dollars', '0'], 'Give an amount in dollars'],
    [reprocessCommand, ['--all', '--max-images', '0'], 'Give a whole number from 1'],
    [reprocessCommand, ['--all', '--max-images', '1.5'], 'Give a whole number from 1'],
    [jobsCommand, ['--pause'], 'Name the jobs'],
    [jobsCommand, ['--resume'], 'Name the jobs'],
    [jobsCommand, ['--cancel'], 'Name the jobs'],
    [jobsCommand, [nothing, '--max-images', '1'], 'A new budget needs --resume.'],
  ])('refuse what makes no sense: %p %j', async (command, args, sentence) => {
    const ended = await run(command, ...args);
    expect(ended.stderr).toContain(sentence);
    expect([1, 2]).toContain(ended.code);
  });
});

describe('darkroom delete', () => {
  const input = (text: string) => Object.assign(Readable.from([text]), { isTTY: true });
  const remove = (typed: string, ...args: string[]) => run((one) => deleteCommand(one, input(typed)), ...args);

  test('asks before it deletes, and takes nothing but yes', async () => {
    const id = await service.add(photo, { collection: 'waste' });
    expect(await remove('no\n', id)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Delete 1 image from ${service.url} for ever? Type yes: Nothing was deleted.`,
    });
    expect(await remove('', id)).toMatchObject({ code: 1 });
    expect(await run((one) => deleteCommand(one, Readable.from([])), id)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('confirm with --yes'),
    });
    expect((await remove('', '--collection', 'waste', '--dry-run')).stdout).toBe(`${id}\n`);
    expect(lines(await remove('', id, '--dry-run', '--json'))).toEqual([{ id, action: 'delete' }]);
    expect(await imageOf(id)).toMatchObject({ status: 'ready' });
    expect(await remove('yes\n', '--collection', 'waste')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^${id}\t\\d objects\n$`)),
      stderr: expect.stringContaining('1 image deleted\n'),
    });
    // A deletion is its receipt, also when it is repeated.
    const [receipt] = lines(await remove('', id, '--yes', '--json'));
    expect(receipt).toMatchObject({ id });
    expect(await remove('', nothing, '--yes')).toEqual({
      code: 0,
      stdout: `${nothing}\tis not there\n`,
      stderr: '0 images deleted\n',
    });
  });

  test('deletes the others where the service refuses one, and says which', async () => {
    const [kept, gone] = [await service.add(photo), await service.add(photo)];
    const { fetch } = globalThis;
    globalThis.fetch = async (url, init) =>
      init?.method === 'DELETE' && String(url).includes(kept)
        ? Response.json({ code: 'unavailable', detail: 'The database is locked.' }, { status: 503 })
        : fetch(url, init);
    try {
      expect(await remove('', kept, gone, '--yes')).toEqual({
        code: 1,
        stdout: expect.stringMatching(new RegExp(`^${gone}\t\\d objects\n$`)),
        stderr: `${kept}: The database is locked.\n1 image deleted\n1 image was not deleted; see above. Run the command again.`,
      });
      expect(lines(await remove('', kept, nothing, '--yes', '--json'))).toEqual(
        expect.arrayContaining([
          { id: kept, status: 'failed', reason: 'The database is locked.' },
          { id: nothing, deletedAt: null },
        ]),
      );
    } finally {
      globalThis.fetch = fetch;
    }
    expect((await remove('', kept, '--yes')).code).toBe(0);
    service.terms.keys = [{ sha256: hashOfKey('key-of-the-shop'), rights: ['upload', 'read', 'manage'] }];
    try {
      expect(await remove('', kept, gone, '--yes')).toMatchObject({ code: 3, stdout: '' });
    } finally {
      service.terms.keys = [];
    }
  });

  test('does not ask where there is nothing to delete, and wants either ids or a collection', async () => {
    expect(await remove('', '--collection', 'of-nothing')).toEqual({
      code: 0,
      stdout: '',
      stderr: '0 images deleted\n',
    });
    expect(await remove('')).toMatchObject({ code: 2 });
    expect(await remove('', nothing, '--collection', 'waste')).toMatchObject({ code: 2 });
  });
});

describe('darkroom verify', () => {
  test('finds what people are served wrongly, and makes the image again with --repair', async () => {
    const id = await service.add(photo, { collection: 'verified' });
    const verify = (...args: string[]) => run(verifyCommand, '--collection', 'verified', ...args);
    const all = (await imageOf(id)).ready?.variants ?? [];
    const files = all.length + 1;
    expect(await verify()).toEqual({ code: 0, stdout: '', stderr: `1 image, ${files} files verified\n` });
    expect(lines(await verify('--json'))).toEqual([{ images: 1, files, faults: 0 }]);
    const key = (name: string) => variantKey({ id, version: 1, name, format: 'webp' });
    await service.world.variants.put(key('small'), Buffer.from('other bytes'));
    const found = await verify('--json');
    expect(lines(found)).toEqual([
      { id, url: `${service.url}/${key('small')}`, fault: 'has other bytes than the catalogue says', of: 'file' },
      { images: 1, files, faults: 1 },
    ]);
    await service.world.variants.remove([key('small')]);
    expect((await verify()).stdout).toBe(`${id}\t${service.url}/${key('small')}\tanswers 404\n`);
    const manifest = manifestKey({ id, version: 1 });
    const about = async () => lines(await verify('--json')).find(({ url }) => url?.endsWith('manifest.json'))?.fault;
    await service.world.variants.put(manifest, Buffer.from('{'));
    expect(await about()).toBe('is not a manifest');
    await service.world.variants.put(manifest, Buffer.from('{"variants":[]}'));
    expect(await about()).toBe('lists other files than the catalogue');
    await service.world.variants.remove([manifest]);
    expect(await about()).toBe('answers 404');
    const repaired = await verify('--repair');
    expect(repaired).toMatchObject({
      code: 1,
      stderr: `${id} is reprocessed as version 2\n1 image, ${files} files verified\n1 image with faults; see above.`,
    });
    expect(await verify()).toMatchObject({ code: 0, stdout: '' });
  });

  test('looks at earlier versions, which are served as well, by their manifests', async () => {
    const id = await service.add(photo, { collection: 'grown' });
    const verify = (...args: string[]) => run(verifyCommand, '--collection', 'grown', ...args);
    await run(reprocessCommand, '--ids', id, '--wait');
    const { version, variants = [] } = (await imageOf(id)).ready ?? {};
    expect(version).toBe(2);
    expect((await verify()).stderr).toBe(`1 image, ${2 * (variants.length + 1)} files verified\n`);
    const key = variantKey({ id, version: 1, name: 'small', format: 'webp' });
    await service.world.variants.put(key, Buffer.from('other bytes'));
    expect(await verify('--repair')).toMatchObject({
      code: 1,
      stdout: `${id}\t${service.url}/${key}\thas other bytes than the catalogue says\n`,
      stderr: expect.not.stringContaining('is reprocessed'),
    });
    await service.world.variants.put(manifestKey({ id, version: 1 }), Buffer.from('none'));
    expect((await verify()).stdout).toBe(
      `${id}\t${service.url}/${manifestKey({ id, version: 1 })}\tis not a manifest\n`,
    );
  });

  test('makes the others again with --repair where an image was deleted meanwhile, or is refused', async () => {
    const kept = await service.add(photo, { collection: 'thinned' });
    const refused = await service.add(photo, { collection: 'thinned' });
    // The newest is the first.
    const gone = await service.add(photo, { collection: 'thinned' });
    for (const id of [kept, refused, gone])
      await service.world.variants.remove([variantKey({ id, version: 1, name: 'small', format: 'webp' })]);
    const { fetch } = globalThis;
    globalThis.fetch = async (url, init) => {
      if (init?.method === 'POST' && String(url).includes(gone)) await service.world.catalogue.remove(gone, 0);
      if (init?.method === 'POST' && String(url).includes(refused))
        return Response.json({ code: 'conflict', detail: 'Its original is gone.' }, { status: 409 });
      return fetch(url, init);
    };
    try {
      expect(await run(verifyCommand, '--collection', 'thinned', '--repair', '--parallel', '1')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(
          `${gone} was deleted meanwhile\n${refused} is not reprocessed: Its original is gone.\n${kept} is reprocessed as version 2\n`,
        ),
      });
    } finally {
      globalThis.fetch = fetch;
    }
  });

  test('makes nothing again with --repair for what the way to the files does to them', async () => {
    const id = await service.add(photo, { collection: 'hindered' });
    const verify = (...args: string[]) => run(verifyCommand, '--collection', 'hindered', ...args);
    const files = ((await imageOf(id)).ready?.variants.length ?? 0) + 1;
    const { fetch } = globalThis;
    const withoutCors = async (url: string) => {
      const answer = await fetch(url);
      const headers = new Headers(answer.headers);
      headers.delete('access-control-allow-origin');
      return new Response(answer.body, { status: answer.status, headers });
    };
    const answering = (status: number) => async () => new Response(null, { status, headers: { 'retry-after': '0' } });
    const aPage = async () => new Response('<h1>Sign in</h1>', { headers: { 'content-type': 'text/html' } });
    const broken = () => Promise.reject(new TypeError('fetch failed'));
    for (const [answer, faults] of [
      [withoutCors, 1],
      ...[503, 429, 403, 500].map((status) => [answering(status), 1] as const),
      [broken, 1],
      // The bytes and each of the four headers.
      [aPage, 5],
    ] as const) {
      globalThis.fetch = (url, init) =>
        /\/(small\.webp|manifest\.json)$/.test(String(url)) ? answer(String(url)) : fetch(url, init);
      try {
        const ended = await verify('--repair', '--json');
        expect(lines(ended).at(-1)).toEqual({ images: 1, files, faults: 2 * faults });
        for (const { of } of lines(ended).slice(0, -1)) expect(of).toBe('delivery');
        expect(await verify('--repair')).toMatchObject({
          code: 1,
          stderr: `1 image, ${files} files verified\n1 image has faults of delivery only, which a reprocess cannot mend: look at what stands between the files and here.\n1 image with faults; see above.`,
        });
      } finally {
        globalThis.fetch = fetch;
      }
    }
    expect(await imageOf(id)).toMatchObject({ version: 1 });
  });

  test.each([
    ['503', () => new Response(null, { status: 503, headers: { 'retry-after': '0' } })],
    ['429', () => new Response(null, { status: 429, headers: { 'retry-after': '0' } })],
    ['no answer', () => Promise.reject(new TypeError('fetch failed'))],
  ])('asks again after %s', async (_, refused) => {
    const collection = `twice-${_}`.replace(' ', '-');
    await service.add(photo, { collection });
    const { fetch } = globalThis;
    const asked = new Set<string>();
    globalThis.fetch = async (url, init) => {
      if (!String(url).startsWith(`${service.url}/images/`) || asked.has(String(url))) return fetch(url, init);
      asked.add(String(url));
      return refused();
    };
    try {
      expect(await run(verifyCommand, '--collection', collection)).toMatchObject({ code: 0, stdout: '' });
    } finally {
      globalThis.fetch = fetch;
    }
    expect(asked.size).toBeGreaterThan(1);
  });

  test('complains of each header that is missing', () => {
    const headers = {
      'content-type': 'image/webp',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
    };
    expect(faultsOfHeaders(new Headers(headers), 'image/webp')).toEqual([]);
    for (const name of Object.keys(headers)) {
      const without = new Headers(headers);
      without.delete(name);
      expect([name, faultsOfHeaders(without, 'image/webp')]).toEqual([
        name,
        [{ sentence: expect.any(String), of: 'delivery' }],
      ]);
    }
  });

  test('gives a table on a terminal', async () => {
    const id = await service.add(photo, { collection: 'shown' });
    const key = variantKey({ id, version: 1, name: 'small', format: 'webp' });
    await service.world.variants.remove([key]);
    const out = { ...shell.out, isTTY: true };
    const plain = { ...shell, out, variables: { ...shell.variables, NO_COLOR: '1' } };
    await verifyCommand(plain)
      .parseAsync(['--collection', 'shown'], { from: 'user' })
      .catch(() => undefined);
    const [heading = '', first = ''] = shell.stdout().split('\n');
    expect(heading).toMatch(/^ID {26}ADDRESS +FAULT$/);
    expect(first).toMatch(new RegExp(`^${id} {2}${service.url}/${key} +answers 404$`));
    expect(first.indexOf('answers')).toBe(heading.indexOf('FAULT'));
  });
});

describe('darkroom doctor', () => {
  const origin = 'https://app.example';
  beforeEach(() => {
    shell = { ...shell, now: service.world.clock.now };
  });
  afterAll(() => {
    Object.assign(service.terms, { origins: [], checks: [] });
  });

  test('follows a drawn picture from ticket to delivery, and leaves nothing behind', async () => {
    service.terms.origins = [origin];
    const before = (await run(listCommand)).stdout;
    shell = { ...shell, now: Date.now };
    const ended = await run(doctorCommand, '--origin', origin, '--json');
    expect(lines(ended).map(({ check, ok }) => [check, ok])).toEqual([
      ['health', true],
      ['clock', true],
      ['key', true],
      ['origin', true],
      ['picture', true],
    ]);
    expect(ended.code).toBe(0);
    const { stages, ms } = lines(ended).at(-1);
    const times = Object.values<number>(stages);
    expect(Object.keys(stages)).toEqual(['ticketMs', 'putMs', 'renderMs', 'deliveryMs']);
    expect(times.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(ms);
    expect((await run(listCommand)).stdout).toBe(before);
    expect((await run(doctorCommand)).stdout).toMatch(
      /\tticket \d+ ms, PUT \d+ ms, ready after \d+ ms, all \d variants fetched in \d+ ms\n$/,
    );
  });

  test('gives columns on a terminal, with colours that take no room', async () => {
    const terminal = { ...shell, now: Date.now, out: { ...shell.out, isTTY: true } };
    await doctorCommand(terminal).parseAsync([], { from: 'user' });
    const rows = stripVTControlCharacters(shell.stdout()).trim().split('\n');
    expect(shell.stdout()).toContain('\u001b[32mok');
    const at = rows[0]?.indexOf('DETAIL') ?? -1;
    expect(rows[0]).toMatch(/^RESULT {2}CHECK {4}TIME +DETAIL$/);
    expect(rows.slice(1).map((row) => row.slice(8, 15).trim())).toEqual(['health', 'clock', 'key', 'picture']);
    for (const row of rows.slice(1)) expect(row.slice(at - 2, at + 1)).toMatch(/^ {2}\S$/);
  });

  test('asks for both addresses that a page of the origin calls', async () => {
    service.terms.origins = [origin];
    const asked: string[] = [];
    const { fetch } = globalThis;
    // The store of the ticket is another server in many homes, with CORS rules of its own.
    globalThis.fetch = async (url, init) => {
      if (init?.method !== 'OPTIONS') return fetch(url, init);
      asked.push(new URL(String(url)).pathname.split('/')[1] ?? '');
      return asked.length === 1 ? fetch(url, init) : new Response(null, { status: 403 });
    };
    try {
      expect((await run(doctorCommand, '--origin', origin)).stdout).toContain(
        `Pages of ${origin} may call the API, but not send files to ${service.url}. Add it to DARKROOM_ALLOWED_ORIGINS, or on AWS deploy with --context allowedOrigins=${origin}`,
      );
    } finally {
      globalThis.fetch = fetch;
    }
    expect(asked).toEqual(['v1', 'originals']);
  });

  test.each([
    [60, 'ok', 'the clocks differ by 60 s'],
    [-60, 'ok', 'the clocks differ by 60 s'],
    [61, 'failed', 'The clocks differ by 61 s, and tickets may end early. Set both by NTP.'],
    [-61, 'failed', 'The clocks differ by -61 s, and tickets may end early. Set both by NTP.'],
    [undefined, 'ok', 'the answer has no Date header'],
  ])('tolerates clocks that differ by a minute, and no more: %d s', async (ahead, mark, detail) => {
    const { fetch } = globalThis;
    const now = Date.parse('2026-11-22T10:00:00Z');
    shell = { ...shell, now: () => now };
    globalThis.fetch = async (url, init) => {
      const answer = await fetch(url, init);
      if (!String(url).endsWith('/v1/health')) return answer;
      const date = ahead === undefined ? undefined : new Date(now + 1000 * ahead).toUTCString();
      return new Response(await answer.text(), {
        headers: { 'content-type': 'application/json', ...(date !== undefined && { date }) },
      });
    };
    try {
      expect((await run(doctorCommand)).stdout).toContain(`${mark}\tclock\t0 ms\t${detail}\n`);
    } finally {
      globalThis.fetch = fetch;
    }
  });

  describe('where no renderer takes the picture', () => {
    const { fetch } = globalThis;
    let [put, removed] = [() => undefined as unknown, [] as string[]];
    beforeEach(() => {
      put = () => undefined;
      removed = [];
      shell = { ...shell, now: Date.now };
      globalThis.fetch = async (url, init) => {
        if (init?.method === 'DELETE') removed.push(String(url).slice(-26));
        if (init?.method !== 'PUT') return fetch(url, init);
        put();
        return new Response(null, { status: 200 });
      };
    });
    afterEach(() => {
      globalThis.fetch = fetch;
    });

    test('says so after --timeout, deletes the picture, and ends with 1', async () => {
      const before = (await run(listCommand)).stdout;
      const ended = await run(doctorCommand, '--timeout', '1');
      expect(ended).toMatchObject({ code: 1, stderr: `1 of 4 checks failed at ${service.url}.` });
      expect(ended.stdout).toMatch(
        /^failed\tpicture\t\d+ ms\tThe picture is still pending after 1 s\. Its renderers do not work, or /m,
      );
      expect(removed).toHaveLength(1);
      expect((await run(listCommand)).stdout).toBe(before);
    });

    test('deletes the picture when it is stopped meanwhile', async () => {
      const stop = new AbortController();
      shell = { ...shell, interruption: () => stop.signal };
      put = () => stop.abort();
      const before = (await run(listCommand)).stdout;
      expect(await run(doctorCommand)).toMatchObject({
        code: 130,
        stderr: 'Stopped before the check of the picture ended.',
      });
      expect(removed).toHaveLength(1);
      expect((await run(listCommand)).stdout).toBe(before);
    });

    test('names the picture where it cannot be deleted', async () => {
      const { fetch: once } = globalThis;
      globalThis.fetch = async (url, init) => {
        const answer = await once(url, init);
        return init?.method === 'DELETE'
          ? Response.json({ code: 'unavailable', detail: 'The database is locked.' }, { status: 503 })
          : answer;
      };
      const { stdout } = await run(doctorCommand, '--timeout', '1');
      expect(stdout).toMatch(
        /The picture is still pending after 1 s\. .* The drawn picture is left behind: The database is locked\. Run "darkroom delete \w{26} --yes"\./,
      );
    });
  });

  test('says what is wrong with the service, the clock and the origin, and ends with 1', async () => {
    service.terms.origins = [];
    service.terms.checks = [
      { name: 'disk', ok: true, needed: true },
      { name: 'renderers', ok: false, needed: false, detail: 'A renderer is gone.' },
    ];
    const ended = await run(doctorCommand, '--origin', origin);
    const said = ended.stdout.split('\n').map((line) => line.split('\t'));
    expect(said.map(([mark, check]) => `${mark} ${check}`).slice(0, 4)).toEqual([
      'failed health',
      'failed clock',
      'ok key',
      'failed origin',
    ]);
    expect(said[0]?.[3]).toBe('The service is degraded: A renderer is gone.');
    expect(said[1]?.[3]).toMatch(/^The clocks differ by \d+ s/);
    expect(said[3]?.[3]).toContain('Add it to DARKROOM_ALLOWED_ORIGINS');
    expect(ended).toMatchObject({ code: 1, stderr: `3 of 5 checks failed at ${service.url}.` });
  });
});

describe('darkroom capacity', () => {
  const capacity = (one: Shell) => capacityCommand(one, async () => service.world.config);

  test('takes the averages from the newest images with --measure', async () => {
    const [answer] = lines(await run(capacity, '--images', '1000', '--measure', '--sample', '1', '--json'));
    const [newest] = lines(await run(listCommand, '--status', 'ready', '--limit', '1', '--json')) as ImageAnswer[];
    const variants = newest?.ready?.variants ?? [];
    expect(answer.averages).toEqual({
      originalBytes: newest?.original.bytes,
      variantBytes: variants.reduce((sum, { bytes }) => sum + bytes, 0),
      files: variants.length,
      renderSeconds: (newest?.ready?.spent?.wallMs ?? Number.NaN) / 1000,
    });
    expect(answer.seconds).toBe(Math.round(1000 * answer.averages.renderSeconds));
    const given = ['--original-bytes', '5', '--variant-bytes', '6', '--files', '7'];
    const [other] = lines(await run(capacity, '--images', '10', '--measure', ...given, '--json'));
    expect(other).toMatchObject({ averages: { originalBytes: 5, variantBytes: 6, files: 7 }, variants: 70, files: 90 });
    const [made] = lines(await run(capacity, '--images', '10', '--measure', '--render-seconds', '2', '--json'));
    expect(made).toMatchObject({ seconds: 20, averages: { renderSeconds: 2 } });
    const [typical] = lines(await run(capacity, '--images', '10', '--json'));
    const { originalBytes, variantBytes, renderSeconds } = typicalUsage;
    // The preset of this service has three sizes in two formats.
    expect(typical.averages).toEqual({ originalBytes, variantBytes, files: 6, renderSeconds });
  });
});

describe('darkroom upload', () => {
  let pictures: string;
  let round = 0;
  let collection: string;
  const upload = (...args: string[]) =>
    run(uploadCommand, ...args, '--collection', collection, '--preset', 'thumbnails');
  beforeEach(async () => {
    collection = `round-${++round}`;
    pictures = join(folder.path, collection);
    await mkdir(join(pictures, 'deep'), { recursive: true });
    await writeFile(join(pictures, 'a.jpg'), photo);
    await writeFile(join(pictures, 'deep', 'b.PNG'), await bytesOf(corners(110, 100).png()));
    await writeFile(join(pictures, 'notes.txt'), 'no picture');
  });

  test('sends the pictures of a folder, waits until they are ready, and sends none twice', async () => {
    const [a, b] = [join(pictures, 'a.jpg'), join(pictures, 'deep', 'b.PNG')];
    const first = await upload(pictures);
    expect(first).toMatchObject({ code: 0, stderr: expect.stringMatching(/^2 ready in \d+ s\n$/) });
    const sent = first.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
      .sort();
    expect(sent).toEqual([
      [a, expect.any(String), 'v1', expect.stringContaining('manifest.json')],
      [b, expect.any(String), 'v1', expect.stringContaining('manifest.json')],
    ]);
    expect(await imageOf(sent[1]?.[1] ?? '')).toMatchObject({ status: 'ready', filename: 'b.PNG', collection });
    const again = await upload(pictures, '--json');
    expect(lines(again).map(({ status, reason }) => [status, reason])).toEqual([
      ['skipped', 'uploaded before'],
      ['skipped', 'uploaded before'],
    ]);
    expect((await run(listCommand, '--collection', collection)).stdout.trim().split('\n')).toHaveLength(2);
    expect((await upload(pictures)).stderr).toContain(`${a}: skipped, uploaded before\n`);
    expect((await upload(a, '--again')).stdout).toMatch(/\tv1\t/);
    expect((await run(listCommand, '--collection', collection)).stdout.trim().split('\n')).toHaveLength(3);
  });

  test('says of each file why it failed, keeps that in the journal, and ends with 1', async () => {
    const text = join(pictures, 'text.jpg');
    const cut = join(pictures, 'cut.jpg');
    await writeFile(text, 'this is no picture');
    await writeFile(cut, photo.slice(0, 800));
    await writeFile(join(pictures, 'empty.jpg'), '');
    await writeFile(join(pictures, 'drawing.jpg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    const ended = await upload(pictures, '--json');
    const reasons = Object.fromEntries(lines(ended).map(({ file, status, reason }) => [file, [status, reason]]));
    expect(reasons).toMatchObject({
      [text]: ['failed', 'The file is not a picture. Upload a JPEG, PNG, WebP, AVIF or GIF.'],
      [cut]: ['failed', expect.any(String)],
      [join(pictures, 'empty.jpg')]: [
        'failed',
        'The file is empty. Copy it again from where it came, or leave it out.',
      ],
      [join(pictures, 'drawing.jpg')]: ['failed', expect.stringContaining('which is not accepted')],
      [join(pictures, 'a.jpg')]: ['ready', undefined],
    });
    expect(ended).toMatchObject({ code: 1, stderr: '4 files of 6 failed; see above.' });
    const again = await upload(cut);
    expect(again.stderr).toContain('It was uploaded before; --again tries once more.');
    expect(again.stderr).toContain('0 ready, 1 failed in ');
  });

  test('prints what it would do with --dry-run, and knows what is in the collection with --sync', async () => {
    const [a, b] = [join(pictures, 'a.jpg'), join(pictures, 'deep', 'b.PNG')];
    await service.add(photo, { collection });
    const bytes = (await readFile(b)).length;
    const planned = await upload(pictures, '--sync', '--dry-run');
    expect(planned.stdout).toBe(`skip\t${a}\tin the collection\nupload\t${b}\t${bytes} B\n`);
    expect(planned.stderr).toBe(`1 file of 2 would be uploaded, ${bytes} B\n`);
    await writeFile(join(pictures, 'same.jpg'), photo);
    const once = lines(await upload(pictures, '--sync', '--json', '--no-wait'));
    expect(once.map(({ file, status }) => [file, status]).sort()).toEqual([
      [a, 'skipped'],
      [b, 'sent'],
      [join(pictures, 'same.jpg'), 'skipped'],
    ]);
    const then = lines(await upload(pictures, '--dry-run', '--json'));
    expect(then.map(({ action, reason }) => [action, reason])).toEqual([
      ['upload', undefined],
      ['skip', 'uploaded before'],
      ['upload', undefined],
    ]);
    const anew = lines(await upload(b, '--dry-run', '--json', '--again'));
    expect(anew).toEqual([{ file: b, action: 'upload', bytes }]);
    expect(await run(uploadCommand, pictures, '--sync')).toMatchObject({ code: 2 });
  });

  test('waits as long as the service asks for, says so, and can be stopped meanwhile', async () => {
    const stop = new AbortController();
    let asked = 0;
    const { fetch } = globalThis;
    globalThis.fetch = async (url, init) => {
      if (init?.method !== 'POST') return fetch(url, init);
      // A command that does not wait asks again at once, for ever.
      if (++asked === 3) stop.abort();
      return new Response(null, { status: 429, headers: { 'retry-after': '90' } });
    };
    const { err } = shell;
    const write = (text: string) => {
      err.write(text);
      if (text.includes('is asked again in 1 min 30 s')) setImmediate(() => stop.abort());
    };
    shell = { ...shell, err: { write }, interruption: () => stop.signal };
    try {
      expect(await upload(join(pictures, 'a.jpg'))).toMatchObject({ code: 130 });
    } finally {
      globalThis.fetch = fetch;
    }
    expect(asked).toBe(1);
  });

  test.each(['1', '4'])(
    'sends with --sync and --parallel %s the second of three equal files if the first was refused',
    async (parallel) => {
      for (const name of ['same.jpg', 'third.jpg']) await writeFile(join(pictures, name), photo);
      const { fetch } = globalThis;
      let asked = 0;
      globalThis.fetch = async (url, init) => {
        if (init?.method !== 'POST' || ++asked > 1) return fetch(url, init);
        // By then the other files wait for this one, unless the machine is busy: the end is the same.
        await setTimeout(50);
        return Response.json({ code: 'invalid-request', detail: 'Not this one.' }, { status: 400 });
      };
      try {
        const ended = await upload(join(pictures, '*.jpg'), '--sync', '--parallel', parallel, '--json');
        expect(
          lines(ended)
            .map(({ status }) => status)
            .sort(),
        ).toEqual(['failed', 'ready', 'skipped']);
        expect(ended.code).toBe(1);
      } finally {
        globalThis.fetch = fetch;
      }
      expect((await run(listCommand, '--collection', collection)).stdout.trim().split('\n')).toHaveLength(1);
    },
  );

  describe('to a store', () => {
    afterEach(() => {
      service.terms.beforePut = undefined;
    });
    const ticketMs = () => 1000 * service.world.config.ticketSeconds;

    test('that has the file already goes on: an earlier run has sent it', async () => {
      service.terms.beforePut = async (key) => {
        await service.world.originals.put(key, photo);
        return undefined;
      };
      expect(lines(await upload(join(pictures, 'a.jpg'), '--json', '--no-wait'))).toMatchObject([{ status: 'sent' }]);
    });

    test('that does not take a file says why, and sends the others', async () => {
      let asked = 0;
      service.terms.beforePut = async () => (++asked === 1 ? 400 : undefined);
      const ended = await upload(pictures, '--parallel', '1', '--json');
      expect(lines(ended).map(({ status, reason }) => [status, reason])).toEqual([
        ['failed', 'The store says 400.'],
        ['ready', undefined],
      ]);
      expect(ended).toMatchObject({ code: 1, stderr: '1 file of 2 failed; see above.' });
    });

    test('that refuses a ticket which has expired meanwhile asks for another one', async () => {
      let asked = 0;
      const began = service.world.clock.now();
      shell = { ...shell, now: () => service.world.clock.now() };
      service.terms.beforePut = async () => {
        if (++asked === 1) service.world.pass(ticketMs());
        return undefined;
      };
      expect(lines(await upload(join(pictures, 'a.jpg'), '--json'))).toMatchObject([{ status: 'ready' }]);
      expect([asked, service.world.clock.now() - began >= ticketMs()]).toEqual([2, true]);
      const [, other] = (await run(listCommand, '--collection', collection)).stdout.trim().split('\n');
      expect(other).toContain('\tpending\t');
    });

    test('that refuses a ticket which is not over says so, and asks for no other one', async () => {
      let asked = 0;
      service.terms.beforePut = async () => {
        asked++;
        return 403;
      };
      shell = { ...shell, now: () => service.world.clock.now() };
      expect(lines(await upload(join(pictures, 'a.jpg'), '--json'))).toMatchObject([
        { status: 'failed', reason: 'The store says 403.' },
      ]);
      expect(asked).toBe(1);
    });
  });

  test('asks for another ticket once that of an earlier run has expired', async () => {
    const a = join(pictures, 'a.jpg');
    const journal = join(pictures, 'journal.jsonl');
    const first = lines(await upload(a, '--journal', journal, '--json', '--no-wait'));
    const [note] = (await readFile(journal, 'utf8'))
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    await appendFile(journal, `${JSON.stringify({ ...note, state: 'expired' })}\n{"key":"cut`);
    const second = lines(await upload(a, '--journal', journal, '--json', '--no-wait'));
    expect(second[0]).toMatchObject({ status: 'sent' });
    expect(second[0].id).not.toBe(first[0].id);
    for (const more of [[], ['--dry-run']])
      expect(await upload(a, '--journal', pictures, ...more)).toMatchObject({
        code: 1,
        stderr: `The journal ${pictures} cannot be used. Name another file by --journal.`,
      });
  });

  test('finds files by globs, and says what holds no picture', async () => {
    await rm(join(pictures, 'deep'), { recursive: true });
    await mkdir(join(pictures, '.hidden'));
    await writeFile(join(pictures, '.hidden', 'c.jpg'), photo);
    const listed = await upload(join(pictures, '*'), pictures, '--dry-run', '--json');
    expect(lines(listed).map(({ file }) => file)).toEqual([join(pictures, 'a.jpg'), join(pictures, 'notes.txt')]);
    await symlink('circle', join(pictures, 'circle'));
    for (const [place, sentence] of [
      [join(pictures, '.hidden', '..', 'deep'), 'cannot be read: there is no such file. Check the path.'],
      [
        join(pictures, '*.gif'),
        'holds no picture. Name another place, with files that end in .jpg, .jpeg, .png, .webp, .avif or .gif.',
      ],
      [join(pictures, 'circle'), 'cannot be read: its links lead in a circle. Check the path.'],
      [join(pictures, 'a'.repeat(300)), 'cannot be read: its name is too long. Check the path.'],
    ] as const)
      expect(await upload(place)).toMatchObject({ code: 1, stderr: `${place} ${sentence}` });
  });
});

describe('darkroom import and darkroom compare', () => {
  test('write which address each old path has, and compare what both show', async () => {
    const old = join(folder.path, 'old');
    await mkdir(join(old, 'b'), { recursive: true });
    await writeFile(join(old, 'a.jpg'), photo);
    await writeFile(join(old, 'b', 'c.jpg'), await bytesOf(corners(320, 200).jpeg()));
    const map = join(folder.path, 'map.jsonl');
    const options = ['--map', map, '--collection', 'imported', '--preset', 'thumbnails'];
    const ended = await run(importCommand, old, ...options);
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('2 paths in the map\n') });
    const paths = (await readFile(map, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const image = await imageOf(paths[0].id);
    expect(paths[0]).toEqual({
      old: 'a.jpg',
      id: image.id,
      version: 1,
      url: image.ready?.picture.img.src,
      manifest: image.ready?.manifest,
    });
    expect(paths[1].old).toBe('b/c.jpg');
    for (const [place, why] of [
      [join(folder.path, 'none', 'map'), 'there is no such file'],
      [old, 'it is a folder'],
    ] as const) {
      expect(await run(importCommand, old, '--map', place, '--collection', 'unmapped')).toEqual({
        code: 1,
        stdout: '',
        stderr: `${place} cannot be written: ${why}. Name another file by --map.`,
      });
      expect((await run(listCommand, '--collection', 'unmapped')).stdout).toBe('');
    }

    const table = await run(compareCommand, map, '--old', old);
    const rows = table.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(rows.map(([path, width, bytes]) => [path, width, bytes])).toEqual([
      ['a.jpg', '300', `${photo.length}`],
      ['b/c.jpg', '320', expect.any(String)],
    ]);
    expect(table).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^2 pictures: .* before, .* after; median score /),
    });
    const { id } = paths[1];
    await requestVersion(service.world, id, { contentType: 'image/jpeg', bytes: 9 });
    await service.world.originals.put(originalKey({ id, version: 2 }), new Uint8Array(9));
    expect(await run(compareCommand, map, '--old', old)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `b/c.jpg: What people see of ${id} was made of the original of version 1, and the service gives that of version 2.`,
      ),
    });
    await rm(join(old, 'b', 'c.jpg'));
    await writeFile(join(old, 'a.jpg'), 'this is no picture');
    expect(await run(compareCommand, map, '--old', old, '--variant', 'tiny')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('2 pictures could not be compared; see above.'),
    });
    expect(shell.stderr()).toContain(
      `a.jpg: ${join(old, 'a.jpg')} cannot be decoded as a picture. Look at it in a browser; if it shows nothing, take its line out of the map.\n`,
    );
    expect(shell.stderr()).toContain(
      `b/c.jpg: ${join(old, 'b', 'c.jpg')} cannot be read: there is no such file. Check the path.\n`,
    );
    await writeFile(join(old, 'a.jpg'), photo);
    const named = await run(compareCommand, map, '--old', old, '--variant', 'small.webp', '--json');
    expect(lines(named)).toMatchObject([
      { old: 'a.jpg', before: { width: 300 }, after: { file: 'small.webp', width: 150 } },
    ]);
    const { fetch } = globalThis;
    globalThis.fetch = (url, init) =>
      String(url).includes('/originals/') ? Promise.reject(new TypeError('fetch failed')) : fetch(url, init);
    try {
      // Not with what signs the address, with which anyone could fetch the file.
      expect((await run(compareCommand, map, '--old', old)).stderr).toMatch(
        /a\.jpg: \S+\/originals\/\w+\/v1 cannot be fetched: there is no answer\. Run the command again\.\n/,
      );
    } finally {
      globalThis.fetch = fetch;
    }
    expect((await run(compareCommand, map, '--old', old, '--variant', 'tiny')).stderr).toContain(
      `a.jpg: ${paths[0].id} has no variant tiny. Name one of small, medium, large by --variant.\n`,
    );
    await service.world.variants.put(
      new URL(image.ready?.variants[0]?.url ?? '').pathname.slice(1),
      Buffer.from('none'),
    );
    const worn = image.ready?.variants[0] ?? { name: '', format: '' };
    expect((await run(compareCommand, map, '--old', old, '--variant', `${worn.name}.${worn.format}`)).stderr).toContain(
      `a.jpg: ${image.ready?.variants[0]?.url} cannot be decoded as a picture. Run "darkroom verify", which says what is wrong.\n`,
    );
    expect(await run(compareCommand, join(old, 'a.jpg'), '--old', old)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'is not one that "darkroom import" writes. Take it out, or run the import again.',
      ),
    });
    expect(await run(compareCommand, join(old, 'none'), '--old', old)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be read. "darkroom import" writes such a file.'),
    });
  });

  describe('repeated', () => {
    let old: string;
    let map: string;
    let round = 0;
    const imported = (...more: string[]) =>
      run(importCommand, old, '--map', map, '--preset', 'thumbnails', '--parallel', '1', ...more);
    const mapped = async (): Promise<readonly { old: string; id: string }[]> =>
      (await readFile(map, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    beforeEach(async () => {
      old = join(folder.path, `old-${++round}`);
      map = join(folder.path, `map-${round}.jsonl`);
      await mkdir(old);
      for (const name of ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg']) await writeFile(join(old, name), photo);
      expect(await imported()).toMatchObject({ code: 0 });
    });

    test('leave out the paths whose images were deleted, say so, and upload them again with --again', async () => {
      const before = await mapped();
      const { id = '' } = before[1] ?? {};
      await run((one) => deleteCommand(one, process.stdin), id, '--yes');
      expect(await imported()).toMatchObject({
        code: 0,
        stderr: expect.stringContaining(
          `b.jpg: Its image ${id} was deleted, so the map has no address for it. --again uploads every file again.\n3 paths in the map\n`,
        ),
      });
      expect(await mapped()).toEqual(before.filter((path) => path.id !== id));
      expect(await imported('--again')).toMatchObject({ code: 0 });
      const after = await mapped();
      expect(after.map((path) => path.old)).toEqual(before.map((path) => path.old));
      expect(after.filter((path) => before.some((one) => one.id === path.id))).toEqual([]);
    });

    test('keep in the map, when they are stopped, the paths that they did not come to', async () => {
      const before = await mapped();
      await rm(join(old, 'd.jpg'));
      const stop = new AbortController();
      const { err } = shell;
      const write = (text: string) => {
        err.write(text);
        if (text.includes('a.jpg: skipped')) stop.abort();
      };
      shell = { ...shell, err: { write }, interruption: () => stop.signal };
      const ended = await imported();
      expect(ended).toMatchObject({ code: 130, stderr: expect.not.stringContaining('b.jpg: skipped') });
      expect(await mapped()).toEqual(before.slice(0, 3));
    });
  });

  test('read the old pictures from an address', async () => {
    const map = join(folder.path, 'by-address.jsonl');
    const image = await imageOf(ready);
    const { pathname } = new URL(image.ready?.variants[0]?.url ?? '');
    const [, ...parts] = pathname.split('/');
    const path = { id: ready, version: 1, url: 'x', manifest: 'x' };
    await writeFile(map, `${JSON.stringify({ ...path, old: parts.slice(1).join('/') })}\n`);
    const seen = await run(compareCommand, map, '--old', `${service.url}/${parts[0]}`, '--json');
    expect(lines(seen)).toMatchObject([{ before: { bytes: image.ready?.variants[0]?.bytes } }]);
    await writeFile(
      map,
      `${JSON.stringify({ ...path, old: 'none' })}\n${JSON.stringify({ ...path, id: failed, old: parts.slice(1).join('/') })}\n`,
    );
    const ended = await run(compareCommand, map, '--old', `${service.url}/${parts[0]}//`);
    expect(ended.stderr).toContain(
      `none: ${service.url}/images/none answers 404. Check --old, and the old path in the map.\n`,
    );
    expect(ended.stderr).toContain(`The image ${failed} is not ready. "darkroom show ${failed} --why" says more.`);
  });
});
