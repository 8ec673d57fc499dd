import { statfs } from 'node:fs/promises';

/** How much more can be written to the disk that a folder is on. */
export type Disk = { freeBytes(folder: string): Promise<number> };

export const realDisk: Disk = {
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};
