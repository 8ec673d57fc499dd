import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { type Ended, jsonLines, runCommand, runOnTerminal, startCommand } from '../support/command.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
let photo: string;
let text: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(join(folder.path, 'data'));
  photo = join(folder.path, 'photo.jpg');
  text = join(folder.path, 'text.jpg');
  await writeFile(photo, await bytesOf(noise(400, 300).jpeg()));
  await writeFile(text, 'this is no picture');
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

const run = (...args: string[]) => runCommand(args, { XDG_STATE_HOME: join(folder.path, 'state') });

describe('darkroom render', () => {
  test('makes the same files as an upload does, and the same manifest', async () => {
    const out = join(folder.path, 'variants');
    expect(await run('render', photo, '--out', out)).toMatchObject({
      code: 0,
      stdout: `21 files and a manifest in ${out}\n`,
    });
    const { stdout } = await run('upload', photo, '--url', service.url);
    const [, id = '', version, manifest = ''] = stdout.trim().split('\t');
    const uploaded = await (await fetch(manifest)).text();
    expect(version).toBe('v1');
    expect(await readFile(join(out, 'manifest.json'), 'utf8')).toBe(uploaded);
    const image: ImageAnswer = (await service.call('GET', `/v1/images/${id}`)).body;
    const names = image.ready?.variants.map((variant) => `${variant.name}.${variant.format}`) ?? [];
    expect((await readdir(out)).sort()).toEqual([...names, 'index.html', 'manifest.json'].sort());
  });

  test.each([
    [['nowhere.jpg'], 'nowhere.jpg cannot be read: there is no such file. Check the path.'],
    [['--preset', 'huge'], 'There is no preset of this name'],
  ])('says in one sentence what is wrong with %j', async (args, sentence) => {
    const file = args[0] === 'nowhere.jpg' ? [] : [photo];
    const { code, stderr } = await run('render', ...file, ...args, '--out', join(folder.path, 'never'));
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('says once which folder cannot be made, however many the pictures are', async () => {
    expect(await run('render', folder.path, '--out', join(text, 'variants'))).toMatchObject({
      code: 1,
      stderr: `${join(text, 'variants')} cannot be written: a part of its path is a file, and no folder. Name another folder by --out.\n`,
    });
  });

  test('refuses what is no picture', async () => {
    const { code, stderr } = await run('render', text, '--out', join(folder.path, 'never'));
    expect([code, stderr]).toEqual([1, expect.stringContaining('not a picture')]);
  });
});

const leadsToFiles = async (sheet: string, out: string): Promise<void> => {
  const addresses = [...sheet.matchAll(/(?:src|srcset)="([^"]*)"/g)].flatMap(([, list = '']) =>
    list.split(', ').map((candidate) => candidate.split(' ')[0] ?? ''),
  );
  expect(addresses.length).toBeGreaterThanOrEqual(3);
  for (const address of addresses) await access(join(out, decodeURIComponent(address)));
};

describe('darkroom render with a folder', () => {
  const environment = { NO_COLOR: '1' };
  const fill = async (name: string) => {
    const pictures = join(folder.path, name);
    await mkdir(join(pictures, 'deep'), { recursive: true });
    await writeFile(join(pictures, 'a & b.jpg'), await bytesOf(noise(200, 150).jpeg()));
    await writeFile(join(pictures, 'deep', 'c.png'), await bytesOf(noise(120, 160).png()));
    return { pictures, out: join(folder.path, `${name}-out`) };
  };
  const statuses = (ended: Ended) => jsonLines(ended).map(({ status }) => status);

  test('gives each picture a folder, skips what is up to date, and makes again what is not whole', async () => {
    const { pictures, out } = await fill('skipping');
    const args = ['render', pictures, '--out', out, '--preset', 'gallery', '--json'];
    expect(await runCommand(args)).toMatchObject({ code: 0 });
    expect((await readdir(join(out, 'deep', 'c.png'))).sort()).toEqual([
      'manifest.json',
      'preview.webp',
      'thumbnail.webp',
      'web.webp',
    ]);
    expect(statuses(await runCommand(args))).toEqual(['skipped', 'skipped']);
    await rm(join(out, 'deep', 'c.png', 'web.webp'));
    expect(statuses(await runCommand(args)).sort()).toEqual(['rendered', 'skipped']);
    await writeFile(join(pictures, 'a & b.jpg'), await bytesOf(noise(210, 150).jpeg()));
    expect(statuses(await runCommand(args)).sort()).toEqual(['rendered', 'skipped']);
    // Another preset has other files; those of the one before do not stay behind.
    const another = ['render', pictures, '--out', out, '--preset', 'thumbnails', '--json'];
    expect(statuses(await runCommand(another))).toEqual(['rendered', 'rendered']);
    expect(await readdir(join(out, 'deep', 'c.png'))).not.toContain('preview.webp');
  });

  test('writes a contact sheet whose every address leads to a file', async () => {
    const { pictures, out } = await fill('sheet');
    await runCommand(['render', pictures, '--out', out, '--preset', 'gallery']);
    const sheet = await readFile(join(out, 'index.html'), 'utf8');
    expect(sheet).toContain('a &#38; b.jpg<br>200×150');
    await leadsToFiles(sheet, out);
  });

  test('writes a contact sheet for one file too, and leaves a page of another kind as it is', async () => {
    const out = join(folder.path, 'single');
    const page = join(out, 'index.html');
    await run('render', photo, '--out', out, '--preset', 'gallery');
    const sheet = await readFile(page, 'utf8');
    expect(sheet).toContain('photo.jpg<br>400×300');
    await leadsToFiles(sheet, out);
    await writeFile(page, 'the page of a site');
    expect(await run('render', photo, '--out', out, '--preset', 'gallery')).toMatchObject({
      code: 0,
      stderr: `${page} is not a contact sheet, so it stays as it is.\n`,
    });
    expect(await readFile(page, 'utf8')).toBe('the page of a site');
  });

  test('redraws its progress on a terminal', async () => {
    const { pictures, out } = await fill('moving');
    const { code, stdout } = await runOnTerminal(['render', pictures, '--out', out], environment);
    expect(code).toBe(0);
    expect(stdout).toContain(`rendering ${folder.path}`);
    expect(stdout).toMatch(/0 of 2 files/);
    expect(stdout).toContain('A\u001b[J');
    expect(stdout).toContain('2 rendered, 0 up to date, 0 failed in ');
  });

  test('goes on after a file that is no picture, and ends with 1', async () => {
    const { pictures, out } = await fill('bad');
    await writeFile(join(pictures, 'text.jpg'), 'this is no picture');
    const ended = await runCommand(['render', pictures, '--out', out, '--preset', 'gallery'], environment);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('2 rendered, 0 up to date, 1 failed') });
    expect(ended.stderr).toContain(`${join(pictures, 'text.jpg')}: `);
    expect(ended.stdout.trim().split('\n')).toHaveLength(2);
  });

  test('refuses two files that would become one folder', async () => {
    const { pictures, out } = await fill('twins');
    await writeFile(join(pictures, 'c.png'), 'x');
    const args = ['render', join(pictures, 'c.png'), join(pictures, 'deep', 'c.png'), '--out', out];
    expect(await runCommand(args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('would both become c.png'),
    });
  });

  test('does not render its own variants where --out lies in the folder', async () => {
    const { pictures } = await fill('inside');
    const args = ['render', pictures, '--out', join(pictures, 'out'), '--preset', 'gallery'];
    expect((await runCommand(args, environment)).stderr).toContain('2 rendered, 0 up to date');
    expect((await runCommand(args, environment)).stderr).toContain('0 rendered, 2 up to date');
  });

  test('with --watch refuses a file that would overwrite another, and outlives a renderer that was ended', async () => {
    const { pictures, out } = await fill('alone');
    const other = join(folder.path, 'alone-too');
    await mkdir(other);
    await writeFile(join(other, 'first.jpg'), await bytesOf(noise(120, 110).jpeg()));
    const watching = startCommand(['render', pictures, other, '--out', out, '--preset', 'gallery', '--watch']);
    await until(() => watching.stderr().includes('Watching'));
    const children = await readFile(`/proc/${watching.process.pid}/task/${watching.process.pid}/children`, 'utf8');
    for (const pid of children.trim().split(' ')) process.kill(Number(pid), 'SIGKILL');
    const twin = 'a & b.jpg';
    await writeFile(join(other, twin), await bytesOf(noise(150, 110).jpeg()));
    await until(() => watching.stderr().includes(`would both become ${twin}`));
    await writeFile(join(other, 'late.jpg'), await bytesOf(noise(140, 110).jpeg()));
    await until(() => watching.stdout().includes('late.jpg'));
    const manifest = () => readFile(join(out, twin, 'manifest.json'), 'utf8');
    expect(await manifest()).toContain('"width": 200');
    // It takes the place of the one that is gone.
    await rm(join(pictures, twin));
    await until(async () => (await manifest().catch(() => '')).includes('"width": 150'));
    watching.process.kill('SIGINT');
    expect((await watching.ended).code).toBe(130);
  });

  test('renders with --watch what is added and changed, until Ctrl-C', async () => {
    const { pictures, out } = await fill('watched');
    const watching = startCommand(['render', pictures, '--out', out, '--preset', 'gallery', '--watch', '--json']);
    const lines = (count: number) => until(() => watching.stdout().split('\n').length > count);
    await lines(2);
    await writeFile(join(pictures, 'new.jpg'), await bytesOf(noise(130, 110).jpeg()));
    await lines(3);
    await writeFile(join(pictures, 'new.jpg'), await bytesOf(noise(140, 110).jpeg()));
    await lines(4);
    await until(async () => (await readFile(join(out, 'index.html'), 'utf8')).includes('new.jpg<br>140×110'));
    watching.process.kill('SIGINT');
    const ended = await watching.ended;
    expect(ended.code).toBe(130);
    expect(jsonLines(ended).slice(2)).toMatchObject([
      { file: join(pictures, 'new.jpg'), status: 'rendered' },
      { file: join(pictures, 'new.jpg'), status: 'rendered' },
    ]);
  });
});
