import { execFileSync } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The mirror that this machine installs its own packages from. */
const mirror = process.env.DEBIAN_MIRROR ?? 'http://deb.debian.org/debian';

/**
 * Stands for `node:24-bookworm-slim`, which cannot be pulled everywhere: a minimal Debian by debootstrap, with this Node, its npm
 * and the user `node`.
 */
export const makeBase = async (folder: string): Promise<void> => {
  execFileSync('debootstrap', ['--variant=minbase', 'bookworm', folder, mirror], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const local = join(folder, 'usr/local');
  await cp(process.execPath, join(local, 'bin/node'));
  for (const place of ['etc', 'lib/node_modules']) await mkdir(join(local, place), { recursive: true });
  await cp(npmFolder(), join(local, 'lib/node_modules/npm'), { recursive: true, verbatimSymlinks: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
  // Packages come from where this machine gets its own, by the certificates that it trusts.
  const cafile = npmSetting('cafile') ?? process.env.NODE_EXTRA_CA_CERTS;
  if (cafile !== undefined) await cp(cafile, join(local, 'etc/ca.pem'));
  const certificates = cafile === undefined ? '' : 'cafile=/usr/local/etc/ca.pem\n';
  await writeFile(join(local, 'etc/npmrc'), `registry=${npmSetting('registry') ?? ''}\n${certificates}`);
  execFileSync('chroot', [folder, 'useradd', '--create-home', '--uid', '1000', 'node']);
};

/** npm says it to every script that it runs. */
const npmFolder = (): string => {
  const cli = process.env.npm_execpath;
  if (cli === undefined) throw new Error('Start this test by npm run test:container.');
  return dirname(dirname(cli));
};

const npmSetting = (name: string): string | undefined => {
  const value = execFileSync('npm', ['config', 'get', name], { encoding: 'utf8' }).trim();
  return value === 'null' || value === 'undefined' ? undefined : value;
};
