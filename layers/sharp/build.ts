import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// Builds the sharp layer for a Lambda architecture, from its own lock file, on any machine and without Docker:
//   node layers/sharp/build.ts [arm64|x86_64]
// The CDK program does the same for the architecture that it is to deploy.

const here = fileURLToPath(new URL('.', import.meta.url));
const cpus = { arm64: 'arm64', x86_64: 'x64' } as const;

export type LayerArchitecture = keyof typeof cpus;

/** Does nothing when the layer is there already, made from the present lock file. */
export const buildLayer = (architecture: LayerArchitecture): void => {
  const folder = join(here, 'out', architecture);
  const nodejs = join(folder, 'nodejs');
  const stamp = join(folder, '..', `${architecture}.lock`);
  const lock = readFileSync(join(here, 'nodejs', 'package-lock.json'), 'utf8');
  const isStamped = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
  if (isStamped && wrongIn(nodejs, architecture) === undefined) return;

  rmSync(stamp, { force: true });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(nodejs, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(join(here, 'nodejs', file), join(nodejs, file));
  const target = ['--os=linux', `--cpu=${cpus[architecture]}`, '--libc=glibc'];
  const npm = ['ci', ...target, '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  // npm's output goes to standard error, because the CDK reads standard output.
  execFileSync('npm', npm, { cwd: nodejs, stdio: ['ignore', 'ignore', 'inherit'] });
  const wrong = wrongIn(nodejs, architecture);
  if (wrong !== undefined)
    throw new Error(
      `npm ci did not install sharp for linux-${cpus[architecture]}: ${wrong}. Older versions of npm install for the machine that they run on; this needs npm 10.4 or newer (npm --version).`,
    );
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
};

/** Why a folder is not a layer for exactly this architecture; undefined if it is one. */
const wrongIn = (nodejs: string, architecture: LayerArchitecture): string | undefined => {
  const folder = join(nodejs, 'node_modules', '@img');
  const found = existsSync(folder) ? readdirSync(folder) : [];
  const wanted = [`sharp-linux-${cpus[architecture]}`, `sharp-libvips-linux-${cpus[architecture]}`];
  const missing = wanted.filter((name) => !found.includes(name));
  const foreign = found.filter((name) => name.startsWith('sharp-') && !wanted.includes(name));
  if (missing.length > 0) return `${missing.map((name) => `@img/${name}`).join(' and ')} is missing`;
  return foreign.length > 0
    ? `${foreign.map((name) => `@img/${name}`).join(' and ')} does not belong there`
    : undefined;
};

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [wanted = 'arm64'] = process.argv.slice(2);
  if (!(wanted === 'arm64' || wanted === 'x86_64')) throw new Error('Name arm64 or x86_64.');
  buildLayer(wanted);
}
