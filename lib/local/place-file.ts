import { copyFile, link, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../adapters/local/error-code.ts';
import { syncFolder } from '../adapters/local/sync-folder.ts';

/**
 * Puts a file that never changes under a second name: as a hard link, which takes no room, or as a copy where the other
 * name is on another disk. A file that is there already is replaced.
 */
export const placeFile = async (from: string, to: string): Promise<void> => {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const draft = `${to}.partial`;
  await rm(draft, { force: true });
  try {
    await link(from, draft);
  } catch (error) {
    if (!cannotLink.includes(errorCode(error) ?? '')) throw error;
    await copyFile(from, draft);
  }
  await syncFile(draft);
  await rename(draft, to);
  // A rename of one link of a file onto another one of it does nothing.
  await rm(draft, { force: true });
  await syncFolder(dirname(to));
};

/** As a file of its own, which a change of the other one does not reach. */
export const placeCopy = async (from: string, to: string): Promise<void> => {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const draft = `${to}.partial`;
  await copyFile(from, draft);
  await syncFile(draft);
  await rename(draft, to);
  await syncFolder(dirname(to));
};

/** A file with this content, whole or not at all. */
export const writeWhole = async (to: string, content: string | Uint8Array): Promise<void> => {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const draft = `${to}.partial`;
  await writeFile(draft, content, { mode: 0o600, flush: true });
  await rename(draft, to);
  await syncFolder(dirname(to));
};

const cannotLink = ['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP'];

export const syncFile = async (path: string): Promise<void> => {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
};
