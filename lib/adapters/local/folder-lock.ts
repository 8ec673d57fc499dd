import { DatabaseSync } from 'node:sqlite';

/**
 * Locks a data folder until the process ends. The operating system releases the lock, also when the process is killed.
 * False if another process has the lock.
 */
export const lockFolder = (path: string): boolean => {
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    // Nothing is ever written, and the journal is in memory, so a folder on a full disk can be locked too.
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    held.push(lock);
    return true;
  } catch (error) {
    lock.close();
    if (isBusy(error)) return false;
    throw error;
  }
};

// Without a reference the database would be garbage-collected, and the lock with it.
const held: DatabaseSync[] = [];

const sqliteBusy = 5;
const isBusy = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'errcode' in error && error.errcode === sqliteBusy;
