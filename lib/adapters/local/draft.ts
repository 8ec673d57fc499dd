import type { FileHandle } from 'node:fs/promises';

/** A file that is being written. A write that resolves is complete; a full disk rejects. */
export type Draft = { write(bytes: Uint8Array): Promise<void> };

/**
 * Fills a new file and makes it durable. On a full disk the system may write only a part, without an error. So the rest
 * is offered again, and the size is checked before the file counts as written.
 */
export const fillFile = async (file: FileHandle, fill: (draft: Draft) => Promise<void>): Promise<void> => {
  let size = 0;
  const write = async (bytes: Uint8Array): Promise<void> => {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, written, bytes.length - written);
      if (bytesWritten === 0) throw trouble('ENOSPC', 'The disk takes no more bytes.');
      written += bytesWritten;
      size += bytesWritten;
    }
  };
  await fill({ write });
  await file.sync();
  const stored = (await file.stat()).size;
  if (stored !== size) throw trouble('EIO', `The disk has kept ${stored} of ${size} bytes.`);
};

const trouble = (code: 'ENOSPC' | 'EIO', message: string): Error => Object.assign(new Error(message), { code });
