import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './database.ts';

/**
 * While another process holds the write lock, SQLite waits inside the call and blocks the whole process. So a process
 * that answers requests lets SQLite wait for a moment only, and waits for the rest of the time by itself.
 */
export const waitBriefly = (database: Database): void => database.exec('PRAGMA busy_timeout = 20');

export const busyForMs = 10_000;
export const pauseMs = 50;

/** Repeats the work until the database is free, for a limited time. A failed attempt leaves nothing half done. */
export const whenFree = async <T>(work: () => T, waitMs: number = busyForMs): Promise<T> => {
  for (const began = performance.now(); ; await sleep(pauseMs))
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() - began >= waitMs) throw error;
    }
};

const [busy, locked] = [5, 6];

/** The extended codes of SQLite carry the plain one in their last byte. */
export const isBusy = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'errcode' in error &&
  [busy, locked].includes(Number(error.errcode) & 0xff);
