import type { Instant } from '../../core/image.ts';
import type { Database } from './database.ts';

export type Waiting = {
  /** Messages in the queue. */
  readonly count: number;
  /** When the oldest fresh upload arrived. Tasks of bulk jobs do not count: they may wait for long. */
  readonly oldestUpload: Instant | undefined;
};

/** Reads two rows, however long the queue is. */
export const waiting = (database: Database): Waiting => {
  const count = database.prepare("SELECT count FROM counts WHERE name = 'message'").get();
  const oldest = database.prepare('SELECT min(sent_at) AS sentAt FROM messages WHERE urgent = 1').get()?.sentAt;
  return { count: Number(count?.count), oldestUpload: typeof oldest === 'number' ? oldest : undefined };
};
