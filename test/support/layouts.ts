import { existsSync, realpathSync } from 'node:fs';
import { cp, mkdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RendererProgram, rendererProgram } from '../../lib/local/renderer-program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A renderer that makes a picture when it starts, and ends when its connection is closed. */
const small = `import { Socket } from 'node:net';
import sharp from 'sharp';
await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).png().toBuffer();
for await (const _ of new Socket({ fd: 3 }));
process.exit(0);
`;

const programIn = async (folder: string, text: string): Promise<RendererProgram> => {
  const path = join(folder, 'bin/render-worker.ts');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return rendererProgram(path, process.execPath, await realpath(createRequire(path).resolve('sharp')));
};

const ownCode = async (folder: string): Promise<void> => {
  await mkdir(join(folder, 'lib'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
};

/** Puts a package, and each that it needs, into a folder of its own in the store, and a link into the folder of packages. */
const linkPackage = async (name: string, asked: string, store: string, packages: string): Promise<void> => {
  const real = packageSeenFrom(asked, name);
  if (real === undefined) return;
  const own = join(store, name.replace('/', '+'), 'node_modules');
  const isNew = await mkdir(own, { recursive: true });
  if (isNew !== undefined) {
    const filter = (path: string) => !path.slice(real.length).includes('node_modules');
    await cp(real, join(own, name), { recursive: true, filter });
    const { dependencies, optionalDependencies } = JSON.parse(await readFile(join(real, 'package.json'), 'utf8'));
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies }))
      await linkPackage(needed, join(real, 'package.json'), store, own);
  }
  const link = join(packages, name);
  if (link === join(own, name)) return;
  await mkdir(dirname(link), { recursive: true });
  await symlink(join(own, name), link);
};

/** Undefined for a package of another system. */
const packageSeenFrom = (file: string, name: string): string | undefined => {
  for (const folder of createRequire(file).resolve.paths(name) ?? []) {
    const found = join(folder, name);
    if (existsSync(found)) return realpathSync(found);
  }
  return undefined;
};

/** A program that has our code and our packages, by links. */
export const besideOurs = async (folder: string, text: string): Promise<RendererProgram> => {
  for (const name of ['lib', 'package.json', 'node_modules']) await symlink(join(root, name), join(folder, name));
  return programIn(folder, text);
};

/** Ways in which the packages of a program lie, each made in an empty folder. */
export const layouts: Readonly<Record<string, (folder: string) => Promise<RendererProgram>>> = {
  'a folder of packages that is a link': async (folder) => {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await ownCode(folder);
    return programIn(folder, small);
  },
  'code and a folder of packages that are links': async (folder) =>
    besideOurs(folder, await readFile(join(root, 'bin/render-worker.ts'), 'utf8')),
  'a folder of packages above the program': async (folder) => {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await ownCode(join(folder, 'services/pictures'));
    return programIn(join(folder, 'services/pictures'), small);
  },
  'packages that are links to each other (pnpm)': async (folder) => {
    const packages = join(folder, 'node_modules');
    await linkPackage('sharp', join(root, 'package.json'), join(packages, '.store'), packages);
    await ownCode(folder);
    return programIn(folder, small);
  },
  'packages that are links into a store elsewhere (pnpm)': async (folder) => {
    const app = join(folder, 'app');
    await linkPackage('sharp', join(root, 'package.json'), join(folder, 'store'), join(app, 'node_modules'));
    await ownCode(app);
    return programIn(app, small);
  },
};
