import type { Database } from './database.ts';

/** Whether the catalogue holds any image, a deleted one included. */
export const knowsAnyImage = (database: Database): boolean =>
  database.prepare('SELECT 1 FROM images LIMIT 1').get() !== undefined;
