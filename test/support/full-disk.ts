import { type FileHandle, open } from 'node:fs/promises';

/** A disk with room for so many bytes: like a real one it takes what fits of a write, and only the next one fails. */
export type FullDisk = { readonly open: typeof open; room: number; keeps: (bytes: number) => number };

export const diskWithRoomFor = (room: number): FullDisk => {
  const disk: FullDisk = {
    room,
    /** Of what it says that it has taken. */
    keeps: (bytes) => bytes,
    open: async (...wanted: Parameters<typeof open>) => {
      const file = await open(...wanted);
      const write = async (bytes: Uint8Array, offset = 0, length = bytes.length - offset) => {
        if (disk.room === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        const fitting = Math.min(length, disk.room);
        disk.room -= fitting;
        await file.write(bytes, offset, disk.keeps(fitting));
        return { bytesWritten: fitting };
      };
      return new Proxy(file, {
        get: (_file, name) => (name === 'write' ? write : bound(file, name as keyof FileHandle)),
      });
    },
  };
  return disk;
};

const bound = (file: FileHandle, name: keyof FileHandle): unknown => {
  const member: unknown = file[name];
  return typeof member === 'function' ? member.bind(file) : member;
};
