import type { Instant } from '../../core/image.ts';
import type { Database } from './database.ts';

export type Waiting = {
  /** Messages in the queue. */
  readonly count: number;
  /** When the oldest fresh upload arrived. Tasks of bulk jobs do not count: they may wait for long. */
  readonly oldestUpload: Instant | undefined;
};

/** What waits in the queue, read from two rows, however long the queue is. */
export const waitingIn = (database: Database): (() => Waiting) => {
  const counted = database.prepare("SELECT count FROM counts WHERE name = 'message'");
  const oldest = database.prepare('SELECT min(sent_at) AS sentAt FROM messages WHERE urgent = 1');
  return () => {
    const sentAt = oldest.get()?.sentAt;
    return {
      count: Number(counted.get()?.count),
      oldestUpload: typeof sentAt === 'number' ? sentAt : undefined,
    };
  };
};
