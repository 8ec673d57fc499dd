import { mkdir } from 'node:fs/promises';
import { fileTrouble } from './file-trouble.ts';
import { CommandEnd } from './shell.ts';

/** Makes the folder that `--out` names before any work, so that trouble with it is told once. */
export const makeOutFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new CommandEnd('failed', `${unwritable(folder, cause)} Name another folder by --out.`, { cause });
  }
};

export const unwritable = (path: string, cause: unknown): string =>
  `${path} cannot be written: ${fileTrouble(cause) ?? String(cause)}.`;
