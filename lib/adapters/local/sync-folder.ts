import { open } from 'node:fs/promises';

/** Without it a name may be lost in a power cut though the bytes were not. Windows has no such call, and no such need. */
export const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
