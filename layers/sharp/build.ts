import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wrongInLayer } from './wrong-in-layer.ts';

// Builds the sharp layer for a Lambda architecture, from its own lock file, on any machine and without Docker:
//   node layers/sharp/build.ts [arm64|x86_64]
// The CDK program does the same for the architecture that it is to deploy.

const here = fileURLToPath(new URL('.', import.meta.url));
const cpus = { arm64: 'arm64', x86_64: 'x64' } as const;

export type LayerArchitecture = keyof typeof cpus;

/** Does nothing when the layer is there already, made from the present lock file and NOTICE. */
export const buildLayer = (architecture: LayerArchitecture): void => {
  const folder = join(here, 'out', architecture);
  const nodejs = join(folder, 'nodejs');
  const stamp = join(folder, '..', `${architecture}.lock`);
  const notice = join(here, '../../NOTICE');
  const made = readFileSync(join(here, 'nodejs', 'package-lock.json'), 'utf8') + readFileSync(notice, 'utf8');
  const isStamped = existsSync(stamp) && readFileSync(stamp, 'utf8') === made;
  if (isStamped && wrongIn(nodejs, architecture) === undefined) return;

  rmSync(stamp, { force: true });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(nodejs, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(join(here, 'nodejs', file), join(nodejs, file));
  // The licences go where the libraries go.
  copyFileSync(notice, join(nodejs, 'NOTICE'));
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
  writeFileSync(stamp, made);
};

/** Why a folder is not a layer for exactly this architecture; undefined if it is one. */
const wrongIn = (nodejs: string, architecture: LayerArchitecture): string | undefined => {
  const folder = join(nodejs, 'node_modules', '@img');
  return wrongInLayer(existsSync(folder) ? readdirSync(folder) : [], cpus[architecture]);
};

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [wanted = 'arm64'] = process.argv.slice(2);
  if (!(wanted === 'arm64' || wanted === 'x86_64')) throw new Error('Name arm64 or x86_64.');
  buildLayer(wanted);
}
