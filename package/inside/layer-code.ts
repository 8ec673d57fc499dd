import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { type Architecture, Code } from 'aws-cdk-lib/aws-lambda';
import { wrongInLayer } from '../../layers/sharp/wrong-in-layer.ts';

// In the package this replaces lib/infra/layer-code.ts.

const layer = fileURLToPath(new URL('../layer', import.meta.url));
const cpus: Readonly<Record<string, 'arm64' | 'x64'>> = { arm64: 'arm64', x86_64: 'x64' };

/**
 * sharp for the architecture, as the lock file in the package names it. npm fetches it while the template is made, unless
 * the folder of the CDK's output has it from before; the lock file holds the digest of each file.
 */
export const layerCode = ({ name }: Architecture): Code => {
  const cpu = cpus[name];
  if (cpu === undefined) throw new Error(`There is no sharp for ${name}; there is for arm64 and x86_64.`);
  const lock = readFileSync(join(layer, 'nodejs', 'npm-shrinkwrap.json'));
  const notice = readFileSync(join(layer, '../NOTICE'));
  return Code.fromAsset(layer, {
    // Known before npm has run, so that it runs only once for each output folder.
    assetHashType: AssetHashType.CUSTOM,
    assetHash: createHash('sha256').update(lock).update(notice).update(cpu).digest('hex'),
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      local: {
        tryBundle: (folder) => {
          cpSync(layer, folder, { recursive: true });
          // The deployed code needs the licences with it.
          cpSync(join(layer, '../NOTICE'), join(folder, 'nodejs/NOTICE'));
          install(join(folder, 'nodejs'), cpu);
          return true;
        },
      },
    },
  });
};

const install = (nodejs: string, cpu: 'arm64' | 'x64'): void => {
  const target = ['--os=linux', `--cpu=${cpu}`, '--libc=glibc'];
  const npm = ['ci', ...target, '--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  // The output of npm goes to standard error, because the CDK reads standard output. On Windows npm is a script of the shell.
  execFileSync('npm', npm, {
    cwd: nodejs,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  const wrong = wrongInLayer(readdirSync(join(nodejs, 'node_modules', '@img')), cpu);
  if (wrong !== undefined)
    throw new Error(
      `npm ci did not install sharp for linux-${cpu}: ${wrong}. Older versions of npm install for the machine that they run on; this needs npm 10.4 or newer (npm --version).`,
    );
};
