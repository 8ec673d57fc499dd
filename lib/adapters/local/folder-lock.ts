import { DatabaseSync } from 'node:sqlite';

/**
 * Makes a data folder ours until the process ends, however it ends: the operating system lets go of the lock with the
 * process. False when another process has it.
 */
export const lockFolder = (path: string): boolean => {
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    // Nothing is ever written, and with a journal in memory nothing is needed of the disk: a full one can be locked too.
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    held.push(lock);
    return true;
  } catch (error) {
    lock.close();
    if (isBusy(error)) return false;
    throw error;
  }
};

// A database that nobody refers to would be closed, and the lock with it.
const held: DatabaseSync[] = [];

const sqliteBusy = 5;
const isBusy = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'errcode' in error && error.errcode === sqliteBusy;
