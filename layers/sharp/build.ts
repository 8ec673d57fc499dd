import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Builds the sharp layer for a Lambda architecture, from its own lock file, on any machine and without Docker:
//   node layers/sharp/build.ts [arm64|x86_64]

const here = fileURLToPath(new URL('.', import.meta.url));
const cpus = { arm64: 'arm64', x86_64: 'x64' } as const;

const build = (architecture: keyof typeof cpus): void => {
  const folder = join(here, 'out', architecture);
  const nodejs = join(folder, 'nodejs');
  const stamp = join(folder, '..', `${architecture}.lock`);
  const lock = readFileSync(join(here, 'nodejs', 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(nodejs, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(join(here, 'nodejs', file), join(nodejs, file));
  const target = ['--os=linux', `--cpu=${cpus[architecture]}`, '--libc=glibc'];
  const npm = ['ci', ...target, '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync('npm', npm, { cwd: nodejs, stdio: ['ignore', 'ignore', 'inherit'] });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
};

const [wanted = 'arm64'] = process.argv.slice(2);
if (!(wanted === 'arm64' || wanted === 'x86_64')) throw new Error('Name arm64 or x86_64.');
build(wanted);
