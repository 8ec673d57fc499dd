import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Permission bits that our folders and files must not have. Bits that the owner has removed stay removed. */
const othersAndGroup = 0o077;
/** The group may look, so that a web server in it can serve the variants. */
const othersAndWritingGroup = 0o027;

/** Takes away the permission of others to read a data folder that an earlier release, or a copy, has left open. */
export const tighten = async (data: string): Promise<void> => {
  if (process.platform === 'win32') return;
  await without(othersAndWritingGroup, data);
  for (const entry of await readdir(data, { withFileTypes: true })) {
    if (entry.name === 'public' && entry.isDirectory()) await without(othersAndWritingGroup, join(data, entry.name));
    else if (isOurs(entry.name)) await without(othersAndGroup, join(data, entry.name));
  }
};

const isOurs = (name: string): boolean =>
  name === 'private' || name === 'secret' || name.startsWith('darkroom.db') || name.startsWith('lock.db');

const without = async (bits: number, path: string): Promise<void> => {
  const { mode } = await stat(path);
  if ((mode & bits) !== 0) await chmod(path, mode & 0o7777 & ~bits);
};
