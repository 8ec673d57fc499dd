import { constants } from 'node:buffer';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { jsonLines, runCommand, runOnTerminal, startCommand } from '../support/command.ts';
import { type FlakyProxy, startFlakyProxy } from '../support/flaky-proxy.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { type Service, startService, startServiceOnKnownPort } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
let pictures: string;
let state: string;
let proxy: FlakyProxy;
let round = 0;
let collection: string;
const names = ['a.jpg', 'b.jpg', 'deep/c.png', 'deep/d.webp', 'e.JPG', 'f.jpeg'];

const draw = async (name: string): Promise<Uint8Array> => {
  const picture = noise(120, 110);
  const [, ending] = name.toLowerCase().split('.');
  if (ending === 'png') return bytesOf(picture.png());
  return bytesOf(ending === 'webp' ? picture.webp() : picture.jpeg());
};

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(join(folder.path, 'data'));
  proxy = await startFlakyProxy();
  proxy.target = service.url;
});
beforeEach(async () => {
  collection = `round-${++round}`;
  pictures = join(folder.path, collection);
  state = join(pictures, '.state');
  await mkdir(join(pictures, 'deep'), { recursive: true });
  for (const name of names) await writeFile(join(pictures, name), await draw(name));
  await writeFile(join(pictures, 'notes.txt'), 'no picture, and in no list');
  proxy.forget();
});
afterAll(async () => {
  await proxy.close();
  await service.stop();
  await folder.remove();
});

const environment = (more: Record<string, string> = {}) => ({
  DARKROOM_URL: service.url,
  XDG_STATE_HOME: state,
  ...more,
});
const upload = (...args: string[]) => runCommand(['upload', ...args, '--collection', collection], environment());
const stored = async (): Promise<readonly ImageAnswer[]> =>
  ((await service.call('GET', `/v1/images?limit=100&collection=${collection}`)).body as { items: ImageAnswer[] }).items;
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64');
const filesInPictures = () => names.map((name) => join(pictures, name)).sort();

describe('darkroom upload', () => {
  test('takes the pictures of a folder and of the folders in it, with their digests, and says where each is', async () => {
    const ended = await upload(pictures, '--preset', 'thumbnails');
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/^6 ready in .+\n$/) });
    const lines = ended.stdout.trim().split('\n').sort();
    expect(lines.map((line) => line.split('\t')[0])).toEqual(filesInPictures());
    const images = await stored();
    const digests = await Promise.all(filesInPictures().map(async (file) => digestOf(await readFile(file))));
    expect(images.map(({ original }) => original.sha256).sort()).toEqual(digests.sort());
    expect(new Set(images.map(({ status }) => status))).toEqual(new Set(['ready']));
    const [, id, version, manifest = ''] = (lines[0] ?? '').split('\t');
    expect([id, version]).toEqual([images.find(({ filename }) => filename === 'a.jpg')?.id, 'v1']);
    expect(await (await fetch(manifest)).json()).toMatchObject({ preset: 'thumbnails' });
  });

  test('uploads nothing on a rerun, and again a file whose content has changed', async () => {
    await upload(pictures);
    const rerun = await upload(pictures);
    expect(rerun).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('0 ready, 6 skipped') });
    expect(await stored()).toHaveLength(6);
    await writeFile(join(pictures, 'a.jpg'), await draw('a.jpg'));
    expect(await upload(pictures)).toMatchObject({ code: 0, stderr: expect.stringContaining('1 ready, 5 skipped') });
    expect(await stored()).toHaveLength(7);
    expect(await upload(join(pictures, 'a.jpg'), '--again')).toMatchObject({ code: 0 });
    expect(await stored()).toHaveLength(8);
  });

  test('reads a journal that is longer than a string may be', async () => {
    await upload(pictures);
    const [name = ''] = await readdir(join(state, 'darkroom'));
    const journal = join(state, 'darkroom', name);
    const notes = await readFile(journal);
    const piece = 1 << 20;
    const pieces = Math.ceil(constants.MAX_STRING_LENGTH / piece) + 1;
    const file = await open(journal, 'w');
    // Holes, which take no room on the disk, and the ends of lines.
    for (let at = 1; at <= pieces; at++) await file.write('\n', at * piece - 1);
    await file.write(notes, 0, notes.length, pieces * piece);
    await file.close();
    expect(await upload(pictures)).toMatchObject({ code: 0, stderr: expect.stringContaining('0 ready, 6 skipped') });
  });

  test('goes on after a kill, wherever it came, and uploads nothing twice and leaves nothing out', async () => {
    const args = ['upload', pictures, '--collection', collection, '--parallel', '1'];
    const journal = async () => {
      const file = join(state, 'darkroom');
      const [name] = await readdir(file).catch(() => []);
      return name === undefined ? '' : readFile(join(file, name), 'utf8');
    };
    for (const kills of [1, 3, 5]) {
      const started = startCommand(args, environment());
      await until(async () => (await journal()).split('"sent"').length > kills || started.process.exitCode !== null);
      started.process.kill('SIGKILL');
      await started.ended;
    }
    expect(await runCommand(args, environment())).toMatchObject({ code: 0 });
    const images = await stored();
    expect(images.map(({ filename }) => filename).sort()).toEqual(
      names.map((name) => name.replace('deep/', '')).sort(),
    );
    expect(images.every(({ status }) => status === 'ready')).toBe(true);
  });

  test('finds the image of a request that was answered, though the answer was never noted', async () => {
    const file = join(pictures, 'a.jpg');
    await upload(file);
    await writeFile(join(state, 'darkroom', (await readdir(join(state, 'darkroom')))[0] ?? ''), '{"key": "cut o');
    expect(await upload(file)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining((await stored())[0]?.id ?? ''),
    });
    expect(await stored()).toHaveLength(1);
    // What was written after the line that a kill had cut off counts.
    expect(await upload(file)).toMatchObject({ stderr: expect.stringContaining('1 skipped') });
  });

  test('ends with 130 after Ctrl-C, and goes on when it is run again', async () => {
    const through = { ...environment(), DARKROOM_URL: proxy.url };
    proxy.plan('GET', '/v1/images/', ...Array.from({ length: 50 }, () => 'stalled' as const));
    const started = startCommand(['upload', pictures, '--collection', collection], through);
    await until(() => proxy.seen.some(({ method }) => method === 'GET'));
    started.process.kill('SIGINT');
    expect(await started.ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('Run the same command again'),
    });
    proxy.forget();
    const again = await runCommand(['upload', pictures, '--collection', collection], through);
    expect(again).toMatchObject({ code: 0 });
    expect(await stored()).toHaveLength(6);
  });

  test('skips with --sync what the collection has by its digest, under any name and from any uploader', async () => {
    await upload(join(pictures, 'a.jpg'), join(pictures, 'b.jpg'));
    const twin = join(pictures, 'twin.jpg');
    await writeFile(twin, await readFile(join(pictures, 'a.jpg')));
    const elsewhere = ['--journal', join(folder.path, `${collection}.jsonl`)];
    const ended = await upload(pictures, '--sync', '--json', ...elsewhere);
    const skipped = jsonLines(ended).filter(({ status }) => status === 'skipped');
    expect(skipped.map(({ file }) => file).sort()).toEqual([join(pictures, 'a.jpg'), join(pictures, 'b.jpg'), twin]);
    expect(await stored()).toHaveLength(6);
  });

  test('says with --dry-run what it would do, and does nothing', async () => {
    await upload(join(pictures, 'a.jpg'));
    await writeFile(join(pictures, 'text.jpg'), 'this is no picture');
    const ended = await upload(pictures, '--dry-run', '--json');
    expect(ended.code).toBe(0);
    const actions = jsonLines(ended).map(({ file, action, reason }) => [
      String(file).slice(pictures.length + 1),
      action,
      reason,
    ]);
    expect(actions).toEqual([
      ['a.jpg', 'skip', 'uploaded before'],
      ...['b.jpg', 'deep/c.png', 'deep/d.webp', 'e.JPG', 'f.jpeg'].map((name) => [name, 'upload', undefined]),
      ['text.jpg', 'skip', 'The file is not a picture. Upload a JPEG, PNG, WebP, AVIF or GIF.'],
    ]);
    expect(await stored()).toHaveLength(1);
  });

  test('goes on after a file that is refused, says what it is, and ends with 1', async () => {
    await writeFile(join(pictures, 'phone.jpg'), Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'));
    await writeFile(join(pictures, 'cut.jpg'), (await draw('cut.jpg')).slice(0, 900));
    const ended = await upload(join(pictures, '*.jpg'), '--json');
    expect(ended.code).toBe(1);
    const failed = jsonLines(ended).filter(({ status }) => status === 'failed');
    expect(
      Object.fromEntries(failed.map(({ file, reason }) => [String(file).slice(pictures.length + 1), reason])),
    ).toEqual({
      'phone.jpg': expect.stringContaining('This is a HEIC'),
      'cut.jpg': expect.stringContaining('ends before the picture does'),
    });
    expect(await stored()).toHaveLength(3);
    // The picture was to blame, and is the same one: it is not sent once more.
    expect(await upload(join(pictures, 'cut.jpg'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--again'),
    });
    expect(await stored()).toHaveLength(3);
  });

  test('waits while the service takes no more tickets', async () => {
    const slow = { status: 429, headers: { 'retry-after': '0' } };
    proxy.plan('POST', '/v1/images', ...Array.from({ length: 12 }, () => slow));
    const ended = await runCommand(
      ['upload', join(pictures, 'a.jpg'), '--collection', collection],
      environment({ DARKROOM_URL: proxy.url }),
    );
    expect(ended).toMatchObject({ code: 0 });
  });

  test('moves a bar on a terminal, and writes plain lines elsewhere', async () => {
    const args = ['upload', pictures, '--collection', collection];
    // A second before a file is sent, and one before it is known to be ready: each is longer than a redraw takes.
    const later = { status: 429, headers: { 'retry-after': '1' } };
    proxy.plan('POST', '/v1/images', later, later, later, later);
    proxy.plan('GET', '/v1/images/', later, later, later, later, later, later);
    const ended = await runOnTerminal(args, environment({ DARKROOM_URL: proxy.url }));
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('\u001b[J');
    const [empty, full] = [`[${'-'.repeat(20)}] 0 % of`, `[${'#'.repeat(20)}] rendering`];
    expect(ended.stdout).toContain(empty);
    expect(ended.stdout.slice(ended.stdout.indexOf(empty))).toContain(full);
    expect(ended.stdout).toMatch(/[0-6] of 6 files, .* sent, .*\/s/);
    const plain = await runCommand([...args, '--again'], environment());
    expect(plain.stdout + plain.stderr).not.toContain('\u001b');
  });

  test('colours what failed on a terminal, unless NO_COLOR is set', async () => {
    proxy.plan('GET', '/v1/images/', 'stalled');
    await writeFile(join(pictures, 'text.jpg'), 'this is no picture');
    const red = '\u001b[31m1 failed';
    const run = (more: Record<string, string>) => {
      const args = ['upload', join(pictures, 'text.jpg'), join(pictures, 'a.jpg'), '--again'];
      return runOnTerminal(args, environment(more));
    };
    expect((await run({})).stdout).toContain(red);
    const plain = (await run({ NO_COLOR: '1' })).stdout;
    expect(plain).toContain('1 failed');
    expect(plain).not.toContain(red);
  });

  test.each([
    [['nothere.jpg'], 1, 'nothere.jpg cannot be read: there is no such file. Check the path.'],
    [['--url', 'notaurl'], 2, 'notaurl is not an address.'],
    [['--url', 'http://127.0.0.1:1'], 3, 'No service answers at http://127.0.0.1:1.'],
    [['--sync'], 2, 'Name one by --collection.'],
    [['--preset', 'huge'], 1, 'There is no preset of this name'],
    [['--parallel', '0'], 2, 'a whole number from 1 to 64'],
    [['--recursive'], 2, "unknown option '--recursive'"],
  ])('says in one sentence what is wrong with %j, and ends with %i', async (args, code, sentence) => {
    const file = args[0] === 'nothere.jpg' ? [] : [join(pictures, 'a.jpg')];
    const ended = await runCommand(['upload', ...file, ...args], environment());
    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(sentence) });
    expect(ended.stdout).toBe('');
  });

  test('says that a folder without pictures holds none', async () => {
    const empty = join(pictures, 'empty');
    await mkdir(empty);
    await appendFile(join(empty, 'notes.txt'), 'text');
    expect(await upload(empty)).toMatchObject({
      code: 1,
      stderr: `${empty} holds no picture. Name another place, with files that end in .jpg, .jpeg, .png, .webp, .avif or .gif.\n`,
    });
  });
});

describe('darkroom upload --parallel 2', () => {
  let own: FlakyProxy;
  let behind: Awaited<ReturnType<typeof startServiceOnKnownPort>>;
  beforeAll(async () => {
    own = await startFlakyProxy();
    behind = await startServiceOnKnownPort(join(folder.path, 'behind'), { DARKROOM_PUBLIC_URL: own.url });
    own.target = `http://127.0.0.1:${behind.port}`;
  });
  afterAll(async () => {
    await own.close();
    await behind.stop();
  });

  test('sends two files at a time and no more, even if both take long', async () => {
    own.plan('PUT', '/originals/', ...names.map(() => 'stalled' as const));
    const seen = () => ['POST', 'PUT'].map((wanted) => own.seen.filter(({ method }) => method === wanted).length);
    const args = ['upload', pictures, '--parallel', '2', '--preset', 'thumbnails'];
    const sending = startCommand(args, environment({ DARKROOM_URL: own.url }));
    await until(() => (seen()[1] ?? 0) >= 2);
    // Another command sends everything meanwhile, so there was time to begin a third file.
    expect(await upload(pictures, '--preset', 'thumbnails')).toMatchObject({ code: 0 });
    expect(seen()).toEqual([2, 2]);
    for (let begun = 3; begun <= names.length; begun++) {
      own.release();
      await until(() => (seen()[1] ?? 0) >= begun);
      expect(seen()).toEqual([begun, begun]);
    }
    own.release();
    own.release();
    expect(await sending.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('6 ready') });
  });
});

describe('the key of darkroom upload', () => {
  const key = 'a-key-of-the-service-1234567890';
  let locked: Service;
  beforeAll(async () => {
    locked = await startService(join(folder.path, 'locked'), { DARKROOM_API_KEY: key });
  });
  afterAll(() => locked.stop());

  test('comes from DARKROOM_API_KEY or --key; without a valid one the command ends with 3 and says so', async () => {
    const args = ['upload', join(pictures, 'a.jpg'), '--url', locked.url];
    expect(await runCommand(args, { XDG_STATE_HOME: state })).toMatchObject({
      code: 3,
      stderr: `${locked.url} wants a valid API key. Set DARKROOM_API_KEY to one, or give it by --key.\n`,
    });
    expect(await runCommand(args, { XDG_STATE_HOME: state, DARKROOM_API_KEY: key })).toMatchObject({ code: 0 });
    expect(await runCommand([...args, '--again', '--key', key], { XDG_STATE_HOME: state })).toMatchObject({ code: 0 });
  });
});
