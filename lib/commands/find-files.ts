import fs, { type Dirent, type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { formats } from '../core/formats.ts';
import { unreadableFile } from './file-trouble.ts';
import { CommandEnd } from './shell.ts';

/** `name` is the path below the folder or glob that was asked for; for a file, its own name. */
export type FoundFile = {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Set where the file is not on this machine. */
  readonly remote?: RemoteFile;
};

export type RemoteFile = {
  /** Another text once the file has changed; its digest is unknown before it is fetched. */
  readonly state: string;
  /** Writes a copy to a path of this machine. */
  readonly copyTo: (path: string) => Promise<void>;
};

/** In a folder other files are ignored; a file that is named itself is not. */
export const pictureEndings = new Set(['.jpg', ...Object.keys(formats).map((format) => `.${format}`)]);

/** For a sentence. */
export const endings = [...pictureEndings].join(', ').replace(/, (?=[^,]*$)/, ' or ');

const isGlob = (text: string) => /[*?[{]/.test(text);

/** The files that the arguments name, each once: files as they are, pictures below folders, and matches of globs. */
export const findFiles = async (wanted: readonly string[]): Promise<readonly FoundFile[]> => {
  const found = new Map<string, FoundFile>();
  const complaints: string[] = [];
  for (const path of wanted) {
    const stats = statsOf(path);
    const files = stats ? await filesAt(path, stats) : isGlob(path) ? await matches(path) : undefined;
    if (files?.length) for (const file of files) found.set(file.path, found.get(file.path) ?? file);
    else if (files) complaints.push(`${path} holds no picture. Name another place, with files that end in ${endings}.`);
    else complaints.push(`${path} cannot be read: there is no such file. Check the path.`);
  }
  if (found.size === 0 || complaints.length > 0)
    throw new CommandEnd('failed', complaints[0] ?? 'Name a file, a folder or a glob.');
  return [...found.values()];
};

const filesAt = async (path: string, stats: Stats): Promise<readonly FoundFile[]> => {
  if (!stats.isDirectory()) return [{ path, name: lastOf(path), ...sizeOf(stats) }];
  return (await entriesBelow(path))
    .filter((entry) => entry.isFile() && pictureEndings.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: file, name: relative(path, file).replaceAll('\\', '/') }))
    .filter(({ name }) => !name.split('/').some((part) => part.startsWith('.')))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap((file) => {
      // It may be gone since the folder was read.
      const stats = statsOf(file.path);
      return stats ? [{ ...file, ...sizeOf(stats) }] : [];
    });
};

const entriesBelow = async (path: string): Promise<readonly Dirent[]> => {
  try {
    return await readdir(path, { recursive: true, withFileTypes: true });
  } catch (cause) {
    throw unreadableFile(path, cause);
  }
};

/** Undefined where there is nothing. */
export const statsOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw unreadableFile(path, cause);
  }
};

const sizeOf = ({ size, mtimeMs }: Stats) => ({ bytes: size, modifiedMs: mtimeMs });

const matches = async (glob: string): Promise<readonly FoundFile[]> => {
  // Node.js 20 has no glob; there the shell has to expand it.
  if (fs.globSync === undefined)
    throw new CommandEnd('failed', `${glob} cannot be expanded by this version of Node.js. Leave out the quotes.`);
  const paths = fs.globSync(glob).sort();
  const found = await Promise.all(
    paths.map((path) => {
      const stats = statsOf(path);
      return stats ? filesAt(path, stats) : [];
    }),
  );
  return found.flat();
};

const lastOf = (path: string): string => path.replaceAll('\\', '/').split('/').at(-1) ?? path;
