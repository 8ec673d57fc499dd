import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, promisify } from 'node:util';
import sharp from '../lib/render/locked-sharp.ts';
import { timedShell, tools } from './other-tools.ts';
import { fetchPackages, photographs } from './photographs.ts';
import { pictureSet } from './picture-set.ts';
import { table } from './table.ts';

const usage = `node bench/folder.ts [--count N] [--width PIXELS] [--set N] [--only upload|render] [photo.jpg]

Makes a folder of N photographs (40, 2000 pixels wide) from the given one or a drawn one. "darkroom upload" sends it to a
service, and its time is compared with the time of the renderers alone. "darkroom render" makes it into files, beside loops
of other tools over the same folder, as many commands at a time as there are cores. With --set it is a folder of N different
photographs, from Debian's wallpaper packages, which are downloaded once. sharp-cli takes part after npm --prefix bench/studies ci, and
squoosh-cli with SQUOOSH="node --no-experimental-fetch …/squoosh-cli", where node is a Node.js 20: newer ones cannot run it.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '40' },
    width: { type: 'string', default: '2000' },
    set: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const workers = availableParallelism();

const main = async (): Promise<void> => {
  const place = await mkdtemp(join(tmpdir(), 'darkroom-bench-'));
  try {
    const folder = join(place, 'pictures');
    await mkdir(folder);
    await (values.set === undefined ? drawFolder(folder) : setFolder(folder, Number(values.set)));
    if (values.only !== 'render') process.stdout.write(`${await uploaded(place, folder)}\n\n`);
    if (values.only !== 'upload') process.stdout.write(`${await rendered(place, folder)}\n`);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
};

/** The same scene in other hues, so that no two files are equal. */
const drawFolder = async (folder: string): Promise<void> => {
  const [photo] = await photographs(positionals);
  if (!photo) throw new RangeError('there is no photograph');
  const bytes = await readFile(photo.path);
  for (let at = 0; at < Number(values.count); at++) {
    const hued = sharp(bytes)
      .resize({ width: Number(values.width) })
      .modulate({ hue: Math.round((360 * at) / Number(values.count)) });
    await writeFile(join(folder, `${at}.jpg`), await hued.jpeg({ quality: 88 }).toBuffer());
  }
};

const setFolder = async (folder: string, count: number): Promise<void> => {
  await fetchPackages();
  for (const [at, { path }] of (await pictureSet(undefined, count)).entries()) {
    const sized = sharp(path).resize({ width: Number(values.width) });
    await writeFile(join(folder, `${at}.jpg`), await sized.jpeg({ quality: 88 }).toBuffer());
  }
};

type Image = { readonly ready: { readonly spent: { readonly wallMs: number } } };

/** The renderers alone would need the sum of their times, shared by the workers. */
const uploaded = async (place: string, folder: string): Promise<string> => {
  const { server, url } = await start(join(place, 'data'));
  try {
    const began = performance.now();
    const args = ['upload', folder, '--url', url, '--journal', join(place, 'journal.jsonl')];
    await promisify(execFile)(process.execPath, ['bin/darkroom.ts', ...args]);
    const seconds = (performance.now() - began) / 1000;
    const { items } = (await (await fetch(`${url}/v1/images?limit=100`)).json()) as { items: readonly Image[] };
    const alone = items.reduce((sum, { ready }) => sum + ready.spent.wallMs, 0) / 1000 / workers;
    const ratio = (seconds / alone).toFixed(2);
    return `${items.length} photographs by "darkroom upload": ${seconds.toFixed(1)} s, ${ratio} of the ${alone.toFixed(1)} s that ${workers} renderers worked (target ≤ 1.1)`;
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
};

const start = async (data: string): Promise<{ readonly server: ChildProcess; readonly url: string }> => {
  const more = { DARKROOM_DATA: data, DARKROOM_PORT: '0', DARKROOM_WORKERS: String(workers) };
  const server = spawn(process.execPath, ['bin/darkroom.ts', 'serve'], {
    env: { ...process.env, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: server.stdout })) {
    const [, url] = /^Darkroom is ready: (\S+)$/.exec(line) ?? [];
    if (url) return { server, url };
  }
  throw new Error('the service did not start');
};

const rendered = async (place: string, folder: string): Promise<string> => {
  const paths = (await readdir(folder)).map((file) => join(folder, file));
  const out = join(place, 'out');
  const ours = `'${process.execPath}' bin/darkroom.ts render '${folder}' --out '${out}'`;
  const rows = [['darkroom render', 'avif webp jpg', ...(await timedShell([ours])), await filesIn(out)]];
  const absent: string[] = [];
  for (const [name, { installed, commands }] of Object.entries(tools)) {
    if (!(await installed())) {
      absent.push(name);
      continue;
    }
    const formats = name === 'vipsthumbnail' ? ['webp', 'jpg'] : ['avif', 'webp', 'jpg'];
    const into = join(place, name);
    const lines: string[] = [];
    for (const [at, path] of paths.entries()) {
      await mkdir(join(into, String(at)), { recursive: true });
      lines.push(...commands(path, join(into, String(at)), formats));
    }
    const list = join(place, `${name}.sh`);
    await writeFile(list, lines.map((line) => `${line}\0`).join(''));
    const times = await timedShell([`xargs -0 -P ${workers} -I{} sh -c {} < '${list}'`]);
    rows.push([name, formats.join(' '), ...times, await filesIn(into)]);
  }
  const note = absent.length > 0 ? `\nnot installed, not compared: ${absent.join(', ')}` : '';
  return table([`${paths.length} photographs, ${workers} cores`, 'formats', 'CPU', 'wall', 'files'], rows) + note;
};

const filesIn = async (folder: string): Promise<string> => {
  const inside = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = inside.filter((entry) => entry.isFile() && /\.(avif|webp|jpe?g)$/.test(entry.name));
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return `${sizes.length} files, ${(sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(1)} MB`;
};

if (values.help) process.stdout.write(`${usage}\n`);
else await main();
