import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/temporary-folder.ts';

export const root = join(import.meta.dirname, '../..');
export const built = join(root, 'dist');

export const packageNames = ['darkroom-images', 'darkroom-images-client'] as const;
export type PackageName = (typeof packageNames)[number];

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A project folder without a checkout of Darkroom. */
export type Project = {
  readonly path: string;
  readonly write: (files: Readonly<Record<string, string | Uint8Array>>) => Promise<void>;
  /** Runs a program of Node, such as one in `node_modules/.bin`, to its end. */
  readonly node: (...args: readonly string[]) => Promise<Ended>;
  /** Runs any other program, named by its path from the project. */
  readonly program: (path: string, ...args: readonly string[]) => Promise<Ended>;
  readonly npm: (...args: readonly string[]) => Promise<Ended>;
  /** Runs a program of a package that is fetched for it. */
  readonly npx: (...args: readonly string[]) => Promise<Ended>;
  /** Installs one of our packages, as `npm pack` makes it. */
  readonly install: (name: PackageName, ...others: readonly string[]) => Promise<void>;
  /** Links a package from the checkout, to save the time of fetching it. */
  readonly borrow: (...names: readonly string[]) => Promise<void>;
  readonly remove: () => Promise<void>;
};

/** The environment of the project, without the variables of Darkroom and of the npm script that runs the tests. */
export const environment = (): Record<string, string> => {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(npm_|DARKROOM_|NODE_OPTIONS$)/.test(entry[0]),
  );
  const variables = Object.fromEntries(inherited);
  return { ...variables, PATH: `${dirname(process.execPath)}${delimiter}${variables.PATH}` };
};

const run = async (program: string, args: readonly string[], cwd: string): Promise<Ended> => {
  const child = spawn(program, args, { cwd, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
};

export type Packed = {
  readonly file: string;
  readonly bytes: number;
  readonly unpackedBytes: number;
  readonly files: readonly string[];
};

/** What `npm publish` would upload. */
export const pack = async (name: PackageName, into: string): Promise<Packed> => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', into], {
    cwd: join(built, name),
    env: environment(),
  });
  const [packed] = Object.values(JSON.parse(stdout)) as [
    { filename: string; size: number; unpackedSize: number; files: readonly { path: string }[] },
  ];
  const { filename, size, unpackedSize, files } = packed;
  return { file: join(into, filename), bytes: size, unpackedBytes: unpackedSize, files: files.map(({ path }) => path) };
};

/** Where the global set-up has packed a package. */
export const packedFile = (name: PackageName): string => {
  const file = process.env[packedVariable(name)];
  if (file === undefined) throw new Error('This needs the set-up of npm run test:package.');
  return file;
};
export const packedVariable = (name: PackageName): string => `TESTED_${name.replaceAll('-', '_').toUpperCase()}`;

export const project = async (manifest: object = {}): Promise<Project> => {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'app');
  await mkdir(path);
  const npm = (...args: readonly string[]) => run('npm', args, path);
  const write: Project['write'] = async (files) => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), content);
    }
  };
  await write({ 'package.json': JSON.stringify({ name: 'app', version: '1.0.0', private: true, ...manifest }) });
  return {
    path,
    write,
    npm,
    npx: (...args) => run('npx', ['--yes', '--loglevel=error', ...args], path),
    node: (...args) => run(process.execPath, args, path),
    program: (file, ...args) => run(join(path, file), args, path),
    install: async (name, ...others) => {
      const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
      const { code, stderr } = await npm('install', ...quietly, packedFile(name), ...others);
      if (code !== 0) throw new Error(`npm install ${name} ends with ${code}: ${stderr}`);
    },
    borrow: async (...names) => {
      for (const name of names) {
        const there = join(path, 'node_modules', name);
        // npm may have brought it as the peer of another one.
        await rm(there, { recursive: true, force: true });
        await mkdir(dirname(there), { recursive: true });
        await symlink(join(root, 'node_modules', name), there, 'junction');
      }
    },
    remove: folder.remove,
  };
};

export const readJson = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
