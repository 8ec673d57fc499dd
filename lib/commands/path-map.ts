import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { unwritable } from './out-folder.ts';
import { CommandEnd } from './shell.ts';

/** What became of a picture of another system: a line of JSON in the file that `import` writes and `compare` reads. */
const line = z.object({ old: z.string(), id: z.string(), version: z.number(), url: z.string(), manifest: z.string() });
export type MappedPath = z.output<typeof line>;

export const readPathMap = (file: string): readonly MappedPath[] => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandEnd('failed', `${file} cannot be read. "darkroom import" writes such a file.`, { cause });
  }
  return text
    .split('\n')
    .filter((one) => one !== '')
    .map((one, at) => {
      const { data } = line.safeParse(parsed(one));
      if (!data)
        throw new CommandEnd(
          'failed',
          `Line ${at + 1} of ${file} is not one that "darkroom import" writes. Take it out, or run the import again.`,
        );
      return data;
    });
};

const draftOf = (file: string): string => `${file}.new`;

const unwritableMap = (file: string, cause: unknown): CommandEnd =>
  new CommandEnd('failed', `${unwritable(file, cause)} Name another file by --map.`, { cause });

/** Before any work, so that trouble with the file does not come after it. The map that is there stays as it is. */
export const checkPathMap = (file: string): void => {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    writeFileSync(draftOf(file), '');
    rmSync(draftOf(file));
  } catch (cause) {
    throw unwritableMap(file, cause);
  }
};

/** Appears whole, in place of the one before. */
export const writePathMap = (file: string, paths: readonly MappedPath[]): void => {
  try {
    writeFileSync(draftOf(file), paths.map((path) => `${JSON.stringify(path)}\n`).join(''));
    renameSync(draftOf(file), file);
  } catch (cause) {
    throw unwritableMap(file, cause);
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
