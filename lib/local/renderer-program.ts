import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, extname, join, sep } from 'node:path';

export type RendererProgram = {
  readonly path: string;
  readonly node: string;
  /** Files and folders of its own code and packages, by the paths at which it looks for them. Each may be a link. */
  readonly readable: readonly string[];
};

/**
 * The files that a renderer reads: its program, the imports of that, and the folders of packages in which Node looks for
 * them. In the npm package, all of its code is in one folder.
 */
export const rendererProgram = async (path: string, node: string, sharp: string): Promise<RendererProgram> => {
  const root = dirname(dirname(path));
  const code = extname(path) === '.js' ? [dirname(path)] : [path, join(root, 'lib')];
  const own = [...code, join(root, 'package.json')];
  const folders = new Set<string>();
  for (const file of own) for (const folder of packageFolders(await realpath(file))) folders.add(folder);
  await addFoldersOf(packageOf(sharp), folders);
  const real = await Promise.all([...folders].map(realpathOf));
  return { path, node, readable: [...own, ...[...folders].filter((_, at) => real[at] !== undefined)] };
};

const packageFolder = 'node_modules';

/** Where Node looks for a package that the file imports, the nearest folder first. */
const packageFolders = (file: string): readonly string[] => {
  const above = dirname(file);
  const here = basename(above) === packageFolder ? [] : [join(above, packageFolder)];
  return above === dirname(above) ? here : [...here, ...packageFolders(above)];
};

/** The folder of packages up to its name, and what follows. */
const split = (file: string): readonly [string, string] => {
  const end = file.lastIndexOf(packageFolder) + packageFolder.length;
  return [file.slice(0, end), file.slice(end + 1)];
};

/** The folder of the package that holds the file. */
const packageOf = (file: string): string => {
  const [folder, inside] = split(file);
  const [scope = '', name = ''] = inside.split(sep);
  return scope.startsWith('@') ? join(folder, scope, name) : join(folder, scope);
};

/** Adds the folders that hold a package and all that it needs. With pnpm, each package is in a folder of its own. */
const addFoldersOf = async (one: string, folders: Set<string>, seen = new Set<string>()): Promise<void> => {
  if (seen.has(one)) return;
  seen.add(one);
  // A package that is linked into the folder of packages is a folder of its own.
  folders.add(one.includes(packageFolder) ? split(one)[0] : one);
  const manifest = join(one, 'package.json');
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(await readFile(manifest, 'utf8'));
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const places = await Promise.all(packageFolders(manifest).map((folder) => realpathOf(join(folder, name))));
    const found = places.find((place) => place !== undefined);
    if (found !== undefined) await addFoldersOf(found, folders, seen);
  }
};

/** Undefined if there is nothing. */
const realpathOf = async (path: string): Promise<string | undefined> => {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
};
