import type { Instant } from '../../core/image.ts';
import type { Database } from './database.ts';

/** How many messages are in the queue, and since when the oldest fresh upload is; a bulk job may wait for long. */
export const waiting = (database: Database): { readonly count: number; readonly oldestUpload: Instant | undefined } => {
  const row = database
    .prepare('SELECT count(*) AS count, min(CASE urgent WHEN 1 THEN sent_at END) AS oldest FROM messages')
    .get();
  return { count: Number(row?.count), oldestUpload: row?.oldest === null ? undefined : Number(row?.oldest) };
};
