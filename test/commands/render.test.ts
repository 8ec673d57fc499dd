import { EventEmitter } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { renderCommand } from '../../lib/commands/render.ts';
import { type Line, type RenderPool, renderFilesCommand, renderPool } from '../../lib/commands/render-files.ts';
import type { FolderOrder } from '../../lib/commands/render-to-folder.ts';
import type { Shell } from '../../lib/commands/shell.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { recordedShell } from '../support/recorded-shell.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/**
 * Speaks as a renderer does, and draws nothing: `files` is the id of its process, and the manifest says how many bytes the
 * file has. A file whose name begins with `crash` ends it, `bad` is refused, and after `last` it ends by itself.
 */
const renderer = `
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
process.on('SIGINT', () => undefined);
process.on('message', ({ file, folder, preset = 'web' }) => {
  const name = basename(file);
  if (name.startsWith('crash')) process.exit(9);
  if (name.startsWith('bad')) return process.send({ reason: 'This is no picture.' });
  const bytes = readFileSync(file).length;
  const variants = [{ file: '320w.webp', format: 'webp', width: bytes, height: 9, bytes: 1 }];
  const manifest = { recipe: 'r', preset, original: { sha256: 's', bytes }, width: bytes, height: 9, kind: 'photo', variants };
  const path = folder + '/manifest.json';
  const isSame = existsSync(path) && readFileSync(path, 'utf8') === JSON.stringify(manifest);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, JSON.stringify(manifest));
  const keys = Object.keys(process.env).filter((name) => name.startsWith('DARKROOM_')).length;
  const done = { status: isSame ? 'skipped' : 'rendered', files: keys > 0 ? -1 : process.pid };
  process.send({ done }, () => name.startsWith('last') && process.exit(0));
});
`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let program: string;
let pictures: string;
let out: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  program = join(folder.path, 'renderer.mjs');
  pictures = join(folder.path, 'pictures');
  out = join(folder.path, 'out');
  await writeFile(program, renderer);
  await mkdir(join(pictures, 'deep'), { recursive: true });
  await writeFile(join(pictures, 'a & b.jpg'), 'abc');
  await writeFile(join(pictures, 'deep', 'c.png'), 'abcd');
});
afterEach(() => folder.remove());

const variables = { PATH: process.env.PATH, DARKROOM_API_KEY: 'a key that no renderer may see' };
const shellWith = (more: Partial<Shell> = {}) => ({ ...recordedShell({ variables }), ...more });
const start = (shell: ReturnType<typeof shellWith>, ...args: string[]) =>
  renderCommand(shell, program, async () => config)
    .exitOverride()
    .parseAsync([...args, '--out', out], { from: 'user' })
    .then(
      () => ({ exitCode: 0, message: '' }),
      (error: { exitCode?: number; message: string }) => error,
    )
    .then(({ exitCode = -1, message }) => ({
      code: exitCode,
      stdout: shell.stdout(),
      stderr: shell.stderr() + message,
    }));
const run = (...args: string[]) => start(shellWith(), ...args);
const lines = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const sheet = () => readFile(join(out, 'index.html'), 'utf8');

describe('darkroom render', () => {
  test('gives each picture of a folder a folder of its own, a contact sheet to all, and says how many it made', async () => {
    const first = await run(pictures, '--parallel', '1');
    expect(first.code).toBe(0);
    const made = first.stdout.trim().split('\n').sort();
    expect(made.map((line) => line.split('\t'))).toEqual([
      [join(pictures, 'a & b.jpg'), expect.stringMatching(/^\d+ files$/), join(out, 'a & b.jpg')],
      [join(pictures, 'deep', 'c.png'), expect.stringMatching(/^\d+ files$/), join(out, 'deep', 'c.png')],
    ]);
    expect(first.stderr).toMatch(/^2 rendered, 0 up to date, 0 failed in \d+ s\n$/);
    expect(await sheet()).toContain('a &#38; b.jpg<br>3×9');
    expect(await sheet()).toContain('deep/c.png<br>4×9');
    const again = await run(pictures, '--parallel', '1');
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toMatch(/^0 rendered, 2 up to date, 0 failed in \d+ s\n$/);
    const told = lines((await run(pictures, '--parallel', '1', '--json', '--preset', 'gallery')).stdout);
    expect(told.map(({ status }) => status)).toEqual(['rendered', 'rendered']);
  });

  test('renders one file into the folder itself', async () => {
    const { code, stdout, stderr } = await run(join(pictures, 'a & b.jpg'));
    expect([code, stdout.replace(/\d+/, '1'), stderr]).toEqual([0, `1 files and a manifest in ${out}\n`, '']);
    expect((await readdir(out)).sort()).toEqual(['index.html', 'manifest.json']);
  });

  test('goes on after a picture that is refused, and after one that crashes its renderer, and ends with 1', async () => {
    for (const name of ['bad.jpg', 'crash.jpg', 'd.jpg']) await writeFile(join(pictures, name), 'x');
    const ended = await run(pictures, '--parallel', '1');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`${join(pictures, 'bad.jpg')}: This is no picture.\n`);
    expect(ended.stderr).toContain(
      `${join(pictures, 'crash.jpg')}: The renderer crashed on this picture. Give it more memory, or leave out the picture.\n`,
    );
    expect(ended.stderr).toContain('3 rendered, 0 up to date, 2 failed in ');
    expect(ended.stderr).toContain('2 files of 5 failed; see above.');
    expect(ended.stdout.trim().split('\n')).toHaveLength(3);
    expect(await sheet()).not.toContain('crash.jpg');
    expect(await run(join(pictures, 'bad.jpg'))).toMatchObject({
      code: 1,
      stderr: `${join(pictures, 'bad.jpg')}: This is no picture.\n`,
    });
  });

  test('refuses two files that would become one folder, and a folder that cannot be made', async () => {
    await writeFile(join(pictures, 'c.png'), 'x');
    const [one, other] = [join(pictures, 'c.png'), join(pictures, 'deep', 'c.png')];
    expect(await run(one, other)).toEqual({
      code: 1,
      stdout: '',
      stderr: `${one} and ${other} would both become c.png. Render them into different folders.`,
    });
    await writeFile(out, 'a file');
    expect((await run(pictures)).stderr).toBe(
      `${out} cannot be written: there is a file of this name. Name another folder by --out.`,
    );
  });

  test('leaves a page of another kind as it is, and does not render what an earlier run put into the folder', async () => {
    out = join(pictures, 'out');
    await mkdir(out);
    await writeFile(join(out, 'index.html'), 'the page of a site');
    const alone = () => run(pictures, '--parallel', '1');
    expect((await alone()).stderr).toContain(`${join(out, 'index.html')} is not a contact sheet, so it stays`);
    expect(await sheet()).toBe('the page of a site');
    await writeFile(join(out, 'a & b.jpg', '320w.webp'), 'a variant');
    expect((await alone()).stderr).toContain('0 rendered, 2 up to date, 0 failed');
    await writeFile(join(out, 'a & b.jpg', 'mine.webp'), 'no variant');
    expect((await alone()).stderr).toContain('1 rendered, 2 up to date, 0 failed');
  });

  test('writes no contact sheet where nothing could be rendered', async () => {
    await rm(join(pictures, 'deep'), { recursive: true });
    await rm(join(pictures, 'a & b.jpg'));
    await writeFile(join(pictures, 'bad.jpg'), 'x');
    expect(await run(pictures)).toMatchObject({ code: 1 });
    expect(await readdir(out)).toEqual([]);
  });

  test('stops at Ctrl-C, says how to continue, and begins no further picture', async () => {
    const stop = new AbortController();
    const shell = shellWith({ interruption: () => stop.signal });
    const { write } = shell.out;
    const out = {
      write: (text: string) => {
        write(text);
        stop.abort();
      },
    };
    const ended = await start({ ...shell, out }, pictures, '--parallel', '1');
    expect(ended).toMatchObject({ code: 130, stderr: 'Stopped. Run the same command again to continue.' });
    expect(ended.stdout.trim().split('\n')).toHaveLength(1);
  });

  test('with --watch renders what is added and changed, refuses what would overwrite another, and ends at Ctrl-C', async () => {
    await mkdir(out);
    // It is said at each pass, so the passes can be counted: there is none while nothing changes.
    await writeFile(join(out, 'index.html'), 'the page of a site');
    const other = join(folder.path, 'other');
    await mkdir(other);
    await writeFile(join(other, 'first.jpg'), 'first');
    const stop = new AbortController();
    const shell = shellWith({ interruption: () => stop.signal });
    const watching = start(shell, pictures, other, '--watch', '--preset', 'gallery');
    await until(() => shell.stderr().includes('Watching 3 files. Stop by Ctrl-C.\n'));
    await writeFile(join(other, 'a & b.jpg'), 'a twin');
    await until(() => shell.stderr().includes('would both become a & b.jpg. Render them into different folders.\n'));
    await writeFile(join(other, 'late.jpg'), 'late');
    await until(() => shell.stdout().includes('late.jpg'));
    await until(() => passes() === 2);
    await writeFile(join(other, 'late.jpg'), 'later');
    await until(() => shell.stdout().split('late.jpg\t').length === 3);
    await until(() => passes() === 3);
    stop.abort();
    expect(await watching).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/Stopped\. Run the same command again to continue\.$/),
    });
    expect(passes()).toBe(3);
    expect(shell.stderr().split('would both become')).toHaveLength(2);
    expect(JSON.parse(await readFile(join(out, 'a & b.jpg', 'manifest.json'), 'utf8'))).toMatchObject({ width: 3 });
    function passes() {
      return shell.stderr().split('is not a contact sheet').length - 1;
    }
  });
});

describe('the renderers of darkroom render', () => {
  let pool: RenderPool;
  beforeEach(() => {
    pool = renderPool(shellWith(), program);
  });
  afterEach(() => pool.close());
  /** Hands all of them over before the first can be done. */
  const renderAll = async (...names: readonly string[]) => {
    const orders = names.map((name) => ({ file: join(pictures, name), folder: join(out, name) }));
    for (const { file } of orders) await writeFile(file, 'x');
    return Promise.all(orders.map(async (order) => (await pool.render(order)).files));
  };
  const render = async (name: string) => (await renderAll(name))[0] ?? 0;
  const isGone = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };

  test('stay for the next picture, are more than one where pictures come together, and get no key', async () => {
    const first = await render('a.jpg');
    expect(first).toBeGreaterThan(0);
    expect(await render('b.jpg')).toBe(first);
    const both = await renderAll('c.jpg', 'd.jpg');
    expect(both).toContain(first);
    expect(new Set(both).size).toBe(2);
    pool.close();
    await until(() => both.every(isGone));
    pool = renderPool(shellWith(), program);
  });

  test('are replaced by another one where one ended while it had nothing to do', async () => {
    const first = await render('last.jpg');
    await until(() => isGone(first));
    const second = await render('a.jpg');
    expect(second).not.toBe(first);
    expect(await render('b.jpg')).toBe(second);
  });

  test('are replaced by another one where one crashed, and stay after a picture that is refused', async () => {
    const first = await render('a.jpg');
    await expect(render('bad.jpg')).rejects.toThrow('This is no picture.');
    expect(await render('b.jpg')).toBe(first);
    await expect(render('crash.jpg')).rejects.toThrow('The renderer crashed on this picture.');
    expect(await render('c.jpg')).not.toBe(first);
  });
});

test('a renderer answers each order with what it made, or with a sentence', async () => {
  const handlers = process.listeners('SIGINT');
  const bus = new EventEmitter();
  const said: unknown[] = [];
  const line: Line = {
    send: (message) => {
      said.push(message);
      bus.emit('said');
    },
    on: (_event, listener) => bus.on('message', listener),
  };
  await renderFilesCommand(line, async () => config).parseAsync([], { from: 'user' });
  const picture = join(pictures, 'photo.jpg');
  await writeFile(picture, await bytesOf(corners(160, 120).jpeg()));
  const answerTo = async (order: FolderOrder) => {
    const answered = new Promise((resolve) => bus.once('said', resolve));
    bus.emit('message', order);
    await answered;
    return said.at(-1);
  };
  const order = { file: picture, folder: out, preset: 'thumbnails' };
  expect(await answerTo(order)).toEqual({ done: { status: 'rendered', files: 6 } });
  expect(await answerTo(order)).toEqual({ done: { status: 'skipped', files: 6 } });
  expect(await answerTo({ ...order, file: join(pictures, 'a & b.jpg') })).toEqual({
    reason: expect.stringContaining('not a picture'),
  });
  expect(await answerTo({ ...order, preset: 'none' })).toEqual({
    reason: expect.stringContaining('There is no preset of this name'),
  });
  for (const handler of process.listeners('SIGINT')) if (!handlers.includes(handler)) process.off('SIGINT', handler);
});
