import fs, { type Dirent, lstatSync, type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { formats } from '../core/formats.ts';
import { unreadableFile } from './file-trouble.ts';
import { CommandEnd } from './shell.ts';

/** `name` is the path below the folder or glob that was asked for; for a file, its own name. */
export type FoundFile = {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Set where it is known already why the file cannot be read; each command reports it as failed. */
  readonly refused?: string;
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
    else
      complaints.push(
        `${path} cannot be read: ${isMangled(path) ? mangled : 'there is no such file. Check the path.'}`,
      );
  }
  if (found.size === 0 || complaints.length > 0)
    throw new CommandEnd('failed', complaints[0] ?? 'Name a file, a folder or a glob.');
  return [...found.values()];
};

const filesAt = async (path: string, stats: Stats): Promise<readonly FoundFile[]> => {
  if (!stats.isDirectory()) return [fileAt(path, lastOf(path), stats)];
  const found = await entriesBelow(path);
  return found.map((file) => ({ ...file, name: slashed(relative(path, file.path)) })).sort(byPath);
};

/** Without what is hidden. A link to a file counts as the file; folders behind links are left out, as they may lead in circles. */
const entriesBelow = async (folder: string, found: FoundFile[] = []): Promise<readonly FoundFile[]> => {
  for (const entry of await entriesOf(folder)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && statsOf(path)) await entriesBelow(path, found);
    else if (entry.isDirectory()) found.push(...entryWithout(path));
    else if (pictureEndings.has(extname(entry.name).toLowerCase())) found.push(...entryAt(path));
  }
  return found;
};

const entryAt = (path: string): readonly FoundFile[] => {
  try {
    const stats = statsOf(path);
    if (!stats) return entryWithout(path);
    return stats.isFile() ? [fileAt(path, lastOf(path), stats)] : [];
  } catch (error) {
    if (error instanceof CommandEnd) return [refusedFile(path, error.message)];
    throw error;
  }
};

/** What a folder names and nothing can be found under. It may be gone since the folder was read. */
const entryWithout = (path: string): readonly FoundFile[] => {
  if (isMangled(path)) return [refusedFile(path, `${path} cannot be read: ${mangled}`)];
  if (!lstatSync(path, { throwIfNoEntry: false })) return [];
  return [refusedFile(path, `${path} cannot be read: it is a link that leads to no file. Mend or delete the link.`)];
};

/** Node.js puts this character in the place of bytes that are no UTF-8, and finds no file under the name that results. */
const isMangled = (path: string): boolean => path.includes('\ufffd');
const mangled = 'its name or that of a folder above it is not UTF-8. Rename it.';

const byPath = (a: FoundFile, b: FoundFile): number => (a.path < b.path ? -1 : 1);

const fileAt = (path: string, name: string, { size, mtimeMs }: Stats): FoundFile => ({
  path,
  name,
  bytes: size,
  modifiedMs: mtimeMs,
});

const refusedFile = (path: string, refused: string): FoundFile => ({
  path,
  name: lastOf(path),
  bytes: 0,
  modifiedMs: 0,
  refused,
});

const entriesOf = async (path: string): Promise<readonly Dirent[]> => {
  try {
    return await readdir(path, { withFileTypes: true });
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

const matches = async (glob: string): Promise<readonly FoundFile[]> => {
  // Node.js 20 has no glob; there the shell has to expand it.
  if (fs.globSync === undefined)
    throw new CommandEnd('failed', `${glob} cannot be expanded by this version of Node.js. Leave out the quotes.`);
  const paths = fs.globSync(glob).sort();
  const found = await Promise.all(
    paths.map((path) => {
      const stats = statsOf(path);
      return stats ? filesAt(path, stats) : entryWithout(path);
    }),
  );
  return found.flat();
};

/** Elsewhere than on Windows a backslash is a part of a name. */
const slashed = (path: string): string => (sep === '\\' ? path.replaceAll('\\', '/') : path);

const lastOf = (path: string): string => slashed(path).split('/').at(-1) ?? path;
