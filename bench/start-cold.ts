import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { table } from './table.ts';

const usage = `node bench/start-cold.ts [--rounds N]      (after npm run build:package)

Runs "npx darkroom-images serve" in an empty folder with an empty cache of npm, and takes the seconds until the address is printed: with
the package as it is, and with a range of the CDK among its peers. They take turns (3 rounds), so that other load falls on both.`;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, help: { type: 'boolean' } },
});

const built = new URL('../dist/darkroom-images', import.meta.url).pathname;

const main = async (): Promise<void> => {
  const place = await mkdtemp(join(tmpdir(), 'darkroom-bench-'));
  try {
    const packages = {
      'as it is': await pack(place, 'plain', {}),
      'with a range of the CDK': await pack(place, 'ranged', {
        peerDependencies: { 'aws-cdk-lib': '^2.276.0', constructs: '^10.5.0' },
      }),
    };
    const seconds = new Map<string, number[]>(Object.keys(packages).map((name) => [name, []]));
    for (let round = 0; round < Number(values.rounds); round++)
      for (const [name, file] of Object.entries(packages)) seconds.get(name)?.push(await startCold(place, file));
    const rows = [...seconds].map(([name, taken]) => [name, taken.map((one) => one.toFixed(1)).join(', ')]);
    process.stdout.write(`${table(['package', 'seconds to the address'], rows)}\n`);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
};

const pack = async (place: string, name: string, more: object): Promise<string> => {
  const folder = join(place, name);
  await cp(built, folder, { recursive: true });
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...manifest, ...more }));
  const { stdout } = await promisify(execFile)('npm', ['pack', '--silent'], { cwd: folder });
  return join(folder, stdout.trim());
};

const startCold = async (place: string, file: string): Promise<number> => {
  const cache = await mkdtemp(join(place, 'cache-'));
  const empty = join(cache, 'empty');
  await mkdir(empty);
  const began = performance.now();
  const child = spawn('npx', ['--yes', '--package', file, 'darkroom-images', 'serve'], {
    cwd: empty,
    env: { ...process.env, DARKROOM_PORT: '0', npm_config_cache: join(cache, 'npm') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let said = '';
  for await (const chunk of child.stdout) {
    said += chunk;
    if (said.includes('Darkroom is ready')) break;
  }
  const taken = (performance.now() - began) / 1000;
  child.kill('SIGTERM');
  await closed;
  return taken;
};

if (values.help) process.stdout.write(`${usage}\n`);
else await main();
