import { open } from 'node:fs/promises';

/** Without it a power cut may lose the name of a file whose bytes are safe. Windows has no such call and does not need it. */
export const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
