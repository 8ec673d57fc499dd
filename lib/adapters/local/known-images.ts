import type { Database } from './database.ts';

/** Asks whether the catalogue holds any image, a deleted one included. */
export const anyImageIn = (database: Database): (() => boolean) => {
  const first = database.prepare('SELECT 1 FROM images LIMIT 1');
  return () => first.get() !== undefined;
};
