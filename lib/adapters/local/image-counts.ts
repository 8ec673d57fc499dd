import type { Database } from './database.ts';

/** How many images there are of each status; reads as many rows as there are statuses. */
export const imageCounts = (database: Database): ReadonlyMap<string, number> =>
  new Map(
    database
      .prepare("SELECT substr(name, 7) AS status, count FROM counts WHERE name LIKE 'image %'")
      .all()
      .map(({ status, count }) => [String(status), Number(count)]),
  );
