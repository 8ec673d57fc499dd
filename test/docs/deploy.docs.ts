import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readSettings } from '../../lib/local/settings.ts';
import { freePort } from '../support/free-port.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

// What is in deploy/, but for nginx and Prometheus. systemd-analyze is in Debian's package systemd.

const root = join(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(root, 'deploy', name), 'utf8');

const page = readFileSync(join(root, 'docs/one-box.md'), 'utf8');

test('systemd finds nothing to complain about in its unit', async () => {
  const folder = await temporaryFolder();
  const unit = join(folder.path, 'darkroom.service');
  // Elsewhere than where the unit expects it, there is no Darkroom to start.
  await writeFile(unit, read('darkroom.service').replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
  await folder.remove();
  expect([status, stderr.split('\n').filter((line) => line.includes('darkroom.service'))]).toEqual([0, []]);
});

test('the systemd unit exposes as little as docs/one-box.md says', () => {
  const unit = join(root, 'deploy/darkroom.service');
  const said = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], {
    encoding: 'utf8',
  });
  const exposure = /Overall exposure level for darkroom.service: ([\d.]+)/.exec(said)?.[1];
  expect(Number(exposure)).toBeLessThanOrEqual(1.2);
  expect(page).toContain(`an exposure of ${exposure}`);
});

test('the steps of the Dockerfile, in a clean folder, make a Darkroom that takes an upload with the settings of the compose file', async () => {
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
  const [all = 0, node = 0, packages = 0] = saidOfWeight();
  expect(Math.abs(all - node - packages)).toBeLessThanOrEqual(1);
  for (const [said, folder] of [
    [packages, join(app, 'node_modules')],
    [node, join(root, 'node_modules', `node-${process.platform}-${process.arch}`)],
  ] as const)
    expect(Math.abs(megabytesIn(folder) - said)).toBeLessThanOrEqual(said / 10);
  expect(run).toMatch(/^USER node$/m);
  const command = [...run.matchAll(/^(?:ENTRYPOINT|CMD) (\[.*\])$/gm)].flatMap((match) => JSON.parse(match[1] ?? ''));
  expect(command).toEqual(['node', 'bin/darkroom.ts', 'serve']);

  const inherited = Object.entries(process.env).filter(([name]) => !/^(DARKROOM_|NODE_)/.test(name));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const key = 'the-key-of-the-container';
  const env = {
    ...Object.fromEntries(inherited),
    ...composed({ DARKROOM_PUBLIC_URL: url, DARKROOM_API_KEY: key }),
    DARKROOM_DATA: join(folder.path, 'data'),
    DARKROOM_PORT: `${port}`,
  };
  const service = spawn(process.execPath, command.slice(1), { cwd: app, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(service, 'close');
  try {
    let said = '';
    service.stdout?.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
    });
    expect(await until(() => /ready: (\S+)\n/.exec(said)?.[1])).toBe(url);
    const picture = join(folder.path, 'photo.jpg');
    await writeFile(picture, await bytesOf(noise(300, 200).jpeg()));
    const uploaded = execFileSync(process.execPath, ['bin/darkroom.ts', 'upload', picture, '--url', url], {
      cwd: app,
      env: { ...Object.fromEntries(inherited), DARKROOM_API_KEY: key } as NodeJS.ProcessEnv,
      encoding: 'utf8',
    });
    expect(uploaded).toContain('manifest.json');
  } finally {
    service.kill('SIGTERM');
    await closed;
    await folder.remove();
  }
});

/** The environment in the compose file, with these variables around it. Each that it refers to has to be among them. */
const composed = (variables: Readonly<Record<string, string>>): Record<string, string> => {
  const lines = [...read('compose.yml').matchAll(/^ {6}(DARKROOM_\w+): (.*)$/gm)];
  const fill = (text: string) => text.replace(/\$\{(\w+):\?[^}]*\}/g, (_, name) => variables[name] ?? `no ${name}`);
  return Object.fromEntries(lines.map(([, name = '', text = '']) => [name, fill(text)]));
};

test('the compose file names what the Dockerfile has, and gives a service the time that it takes to stop', () => {
  const [compose, dockerfile] = [read('compose.yml'), read('Dockerfile')];
  expect(dockerfile).toMatch(/^EXPOSE 8787$/m);
  expect(compose).toContain("ports: ['127.0.0.1:8787:8787']");
  const [, folder] = /^VOLUME (\S+)$/m.exec(dockerfile) ?? [];
  expect(dockerfile).toContain(`ENV DARKROOM_DATA=${folder}`);
  expect(compose).toContain(`volumes: ['darkroom:${folder}']`);
  expect(compose).toMatch(/^volumes:\n {2}darkroom:$/m);
  const settings = readSettings(
    composed({ DARKROOM_PUBLIC_URL: 'https://a.example', DARKROOM_API_KEY: 'k'.repeat(16) }),
  );
  expect(settings).toMatchObject({ host: '0.0.0.0', port: 8787, publicUrl: 'https://a.example' });
  // Answers under way may take 5 seconds more, and events one.
  const [, seconds] = /stop_grace_period: (\d+)s/.exec(compose) ?? [];
  expect(Number(seconds) * 1000).toBeGreaterThanOrEqual(settings.stopMs + 6000);
});

/** What a production install weighs by docs/one-box.md: as a whole, Node, and the packages, in MB. */
const saidOfWeight = (): readonly number[] => {
  const said = /takes (\d+) MB, of which (\d+) are Node itself; the image has Node already,\s+and (\d+) MB of packages/;
  return (said.exec(page) ?? []).slice(1).map(Number);
};

const megabytesIn = (folder: string): number =>
  Number.parseInt(execFileSync('du', ['-sm', folder], { encoding: 'utf8' }), 10);
