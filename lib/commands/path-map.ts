import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
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
      if (!data) throw new CommandEnd('failed', `Line ${at + 1} of ${file} is not one that "darkroom import" writes.`);
      return data;
    });
};

/** Appears whole, in place of the one before. */
export const writePathMap = (file: string, paths: readonly MappedPath[]): void => {
  const draft = `${file}.new`;
  try {
    writeFileSync(draft, paths.map((path) => `${JSON.stringify(path)}\n`).join(''));
    renameSync(draft, file);
  } catch (cause) {
    throw new CommandEnd('failed', `${file} cannot be written. Name another file by --map.`, { cause });
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
