import { randomBytes, randomUUID } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../adapters/local/error-code.ts';
import { syncFolder } from '../adapters/local/sync-folder.ts';
import { Unusable } from '../core/unusable.ts';

/** 256 bits in base64url. */
const shape = /^[A-Za-z0-9_-]{43}$/;

/**
 * Signs tickets and download URLs; stored, so that they survive a restart. The file appears whole or not at all: a
 * truncated secret could be guessed.
 */
export const signingSecret = async (path: string): Promise<string> => {
  const kept = await read(path);
  if (kept === undefined) return make(path);
  if (!shape.test(kept))
    throw new Unusable(
      `The file ${path} does not hold a secret that Darkroom has made. Put it back from a backup; or remove it and start again, which makes a new one and ends every ticket and download URL that was given out.`,
    );
  return kept;
};

const read = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'EISDIR')
      throw new Unusable(
        `${path} is a folder, where the file with the secret of the tickets should be. Move it away and start again.`,
      );
    throw error;
  }
};

const make = async (path: string): Promise<string> => {
  const fresh = randomBytes(32).toString('base64url');
  const draft = `${path}.${randomUUID()}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(fresh);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path);
    await syncFolder(dirname(path));
  } finally {
    await rm(draft, { force: true });
  }
  return fresh;
};
