import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Photograph } from './photographs.ts';
import { table } from './table.ts';

const run = promisify(execFile);

const ladder = [1280, 960, 640, 320] as const;
const squares = [256, 128, 64] as const;

/** The same ladder on the command line. AVIF only where the build can write it, and the table says so. */
export const tools = {
  ImageMagick: {
    installed: (): Promise<boolean> => answers('convert', ['-version'], /ImageMagick/),
    commands: (path: string, to: string, formats: readonly string[]) => [
      ...ladder.flatMap((w) =>
        formats.map(
          (f) => `convert '${path}' -auto-orient -resize ${w} -strip -quality ${quality(f)} '${to}/${w}w.${f}'`,
        ),
      ),
      ...squares.flatMap((w) =>
        formats.map(
          (f) =>
            `convert '${path}' -auto-orient -resize ${w}x${w}^ -gravity center -extent ${w}x${w} -strip -quality ${quality(f)} '${to}/${w}w.${f}'`,
        ),
      ),
    ],
  },
  vipsthumbnail: {
    installed: (): Promise<boolean> => answers('vipsthumbnail', ['--vips-version'], /libvips/),
    commands: (path: string, to: string, formats: readonly string[]) => [
      ...ladder.flatMap((w) =>
        formats.map((f) => `vipsthumbnail '${path}' --size ${w}x -o '${to}/${w}w.${f}[strip,Q=${quality(f)}]'`),
      ),
      ...squares.flatMap((w) =>
        formats.map(
          (f) =>
            `vipsthumbnail '${path}' --size ${w}x${w} --smartcrop centre -o '${to}/${w}w.${f}[strip,Q=${quality(f)}]'`,
        ),
      ),
    ],
  },
  'sharp-cli': {
    installed: (): Promise<boolean> => answers(sharpCli, ['--version'], /^\d/),
    commands: (path: string, to: string, formats: readonly string[]) =>
      [...ladder, ...squares].flatMap((w, at) =>
        formats.map((f) => {
          const size = at < ladder.length ? `${w}` : `${w} ${w}`;
          return `${sharpCli} -i '${path}' -o '${to}/${w}w.${f}' -q ${quality(f)} resize ${size}`;
        }),
      ),
  },
  'squoosh-cli': {
    installed: (): Promise<boolean> => answers('sh', ['-c', `${squoosh} --help`], /Usage/),
    // One command makes all formats of a size; `cqLevel` 31 is what others call quality 50.
    commands: (path: string, to: string, formats: readonly string[]) => {
      const encoders = {
        avif: `--avif '{"cqLevel":31}'`,
        webp: `--webp '{"quality":78}'`,
        jpg: `--mozjpeg '{"quality":82}'`,
      };
      const wanted = formats.map((format) => encoders[format as keyof typeof encoders]).join(' ');
      const sized = (name: string, size: object) =>
        `${squoosh} --resize '${JSON.stringify({ enabled: true, ...size })}' ${wanted} -d '${to}/${name}' '${path}'`;
      return [
        ...ladder.map((width) => sized(`${width}w`, { width })),
        ...squares.map((side) => sized(`${side}w`, { width: side, height: side, fitMethod: 'contain' })),
      ];
    },
  },
} as const;

/** It runs under Node.js 20 alone, and with a switch, so it is named by a variable. */
const squoosh = process.env.SQUOOSH ?? 'squoosh-cli';

/** Installed with the studies, because nothing else needs it. */
const sharpCli = fileURLToPath(new URL('studies/node_modules/.bin/sharp', import.meta.url));

const quality = (format: string) => ({ avif: 50, webp: 78, jpg: 82 })[format] ?? 80;

const answers = async (program: string, args: string[], expected: RegExp): Promise<boolean> => {
  try {
    return expected.test((await run(program, args)).stdout);
  } catch {
    return false;
  }
};

export const compareTools = async (photos: readonly Photograph[]): Promise<string> => {
  const rows: string[][] = [];
  const absent: string[] = [];
  for (const [name, { installed, commands }] of Object.entries(tools)) {
    if (!(await installed())) {
      absent.push(name);
      continue;
    }
    for (const photo of photos)
      for (const formats of [
        ['webp', 'jpg'],
        ['avif', 'webp', 'jpg'],
      ]) {
        const folder = await mkdtemp(join(tmpdir(), 'darkroom-bench-'));
        try {
          const timed = await timedShell(commands(photo.path, folder, formats));
          rows.push([photo.name, name, formats.join(' '), ...timed, await bytesIn(folder)]);
        } finally {
          await rm(folder, { recursive: true });
        }
      }
  }
  const note = absent.length > 0 ? `\nnot installed, not compared: ${absent.join(', ')}` : '';
  return table(['photo', 'tool, one command per file', 'formats', 'CPU', 'wall', 'files'], rows) + note;
};

/** One command after the other. bash adds up the CPU of everything it started. */
export const timedShell = async (commands: readonly string[]): Promise<[string, string]> => {
  const script = `TIMEFORMAT='%R %U %S'; time { ${commands.map((command) => `${command} >/dev/null 2>&1 || true`).join('; ')}; }`;
  const { stderr } = await run('bash', ['-c', script], { maxBuffer: 1e7 });
  const [real = 0, user = 0, system = 0] = stderr.trim().split(/\s+/).map(Number);
  return [`${(user + system).toFixed(2)} s`, `${real.toFixed(2)} s`];
};

const bytesIn = async (folder: string): Promise<string> => {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return `${sizes.length} files, ${(sizes.reduce((sum, size) => sum + size, 0) / 1000).toFixed(0)} kB`;
};
