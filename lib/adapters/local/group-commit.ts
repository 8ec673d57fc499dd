import { busyForMs, isBusy, pauseMs } from './busy.ts';
import { type Database, transaction } from './database.ts';

/**
 * Group commit: pieces of work that arrive while the disk is busy share one transaction, and so one wait for the disk.
 * A durable commit costs the same for one row as for a hundred. Each piece is all or nothing by itself, and one that
 * fails does not affect the others. While another process holds the lock, the pieces wait without blocking this
 * process. Resolves when the commit is durable. docs/decisions.md#group-commit
 */
export const groupCommit = (database: Database): (<T>(work: () => T) => Promise<T>) => {
  const begin = database.prepare('SAVEPOINT piece');
  const keep = database.prepare('RELEASE piece');
  const undo = database.prepare('ROLLBACK TO piece');
  let waiting: Piece[] = [];

  const commit = (): void => {
    const group = waiting;
    waiting = [];
    try {
      const outcomes = transaction(database, () => group.map((piece) => piece.run()));
      for (const settle of outcomes) settle();
    } catch (error) {
      const patient = isBusy(error) ? group.filter(({ since }) => performance.now() - since < busyForMs) : [];
      for (const piece of group) if (!patient.includes(piece)) piece.reject(error);
      if (patient.length === 0) return;
      waiting = patient;
      setTimeout(commit, pauseMs);
    }
  };

  return <T>(work: () => T) =>
    new Promise<T>((resolve, reject) => {
      const run = () => {
        begin.run();
        try {
          const result = work();
          keep.run();
          return () => resolve(result);
        } catch (error) {
          undo.run();
          keep.run();
          return () => reject(error);
        }
      };
      // By then, everything that has arrived is read from its sockets.
      if (waiting.length === 0) setImmediate(commit);
      waiting.push({ run, reject, since: performance.now() });
    });
};

/** `run` returns the function to call once the whole group is durable. */
type Piece = {
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
};
