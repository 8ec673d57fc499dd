import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { bytesOf, noise } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

// What is in deploy/, but for nginx and Prometheus. systemd-analyze is in Debian's package systemd.

const root = join(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(root, 'deploy', name), 'utf8');

test('the systemd unit exposes as little as docs/one-box.md says', () => {
  const unit = join(root, 'deploy/darkroom.service');
  const said = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], {
    encoding: 'utf8',
  });
  const exposure = /Overall exposure level for darkroom.service: ([\d.]+)/.exec(said)?.[1];
  expect(Number(exposure)).toBeLessThanOrEqual(1.5);
  expect(readFileSync(join(root, 'docs/one-box.md'), 'utf8')).toContain(`an exposure of ${exposure}`);
});

test('the steps of the Dockerfile, in a clean folder, make a Darkroom that takes an upload', async () => {
  const folder = await temporaryFolder();
  const app = join(folder.path, 'app');
  await mkdir(app);
  const [install = '', run = ''] = read('Dockerfile')
    .split(/^FROM .*$/m)
    .slice(1);
  for (const line of install.split('\n')) {
    const [instruction, ...words] = line.split(' ');
    if (instruction === 'COPY') {
      const to = words.pop() ?? '';
      for (const from of words) await cp(join(root, from), join(app, to === './' ? from : to), { recursive: true });
    }
    if (instruction === 'RUN') execFileSync('sh', ['-c', words.join(' ')], { cwd: app });
  }
  expect(await readdir(join(app, 'node_modules'))).not.toContain('jest');
  expect(run).toMatch(/^USER node$/m);
  const command = [...run.matchAll(/^(?:ENTRYPOINT|CMD) (\[.*\])$/gm)].flatMap((match) => JSON.parse(match[1] ?? ''));
  expect(command).toEqual(['node', 'bin/darkroom.ts', 'serve']);

  const inherited = Object.entries(process.env).filter(([name]) => !/^(DARKROOM_|NODE_)/.test(name));
  const env = { ...Object.fromEntries(inherited), DARKROOM_DATA: join(folder.path, 'data'), DARKROOM_PORT: '0' };
  const service = spawn(process.execPath, command.slice(1), { cwd: app, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(service, 'close');
  try {
    let said = '';
    service.stdout?.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
    });
    const url = await until(() => /ready: (\S+)\n/.exec(said)?.[1]);
    const picture = join(folder.path, 'photo.jpg');
    await writeFile(picture, await bytesOf(noise(300, 200).jpeg()));
    const uploaded = execFileSync(process.execPath, ['bin/darkroom.ts', 'upload', picture, '--url', url], {
      cwd: app,
      env: Object.fromEntries(inherited) as NodeJS.ProcessEnv,
      encoding: 'utf8',
    });
    expect(uploaded).toContain('manifest.json');
  } finally {
    service.kill('SIGTERM');
    await closed;
    await folder.remove();
  }
});
