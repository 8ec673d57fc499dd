import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../adapters/local/error-code.ts';
import { CommandEnd, type Shell } from './shell.ts';

/**
 * The state of a file. `ticket`: an image was added for it; `sent`: the store has the file; `ready` and `failed` are
 * final; `expired`: the ticket ended before the file was there, and the next attempt asks for another image.
 */
export type Note = {
  readonly key: string;
  readonly path: string;
  readonly attempt: number;
  readonly state: 'ticket' | 'sent' | 'ready' | 'failed' | 'expired';
  readonly id: string;
  readonly version: number;
  readonly reason?: string;
};

export type Journal = {
  readonly file: string;
  readonly find: (key: string) => Note | undefined;
  /** When it returns, the note is not lost if this process is killed. */
  readonly note: (note: Note) => void;
};

/** One journal for each service: a folder of its own would be found again from one working folder only. */
export const journalFile = ({ variables, homeFolder }: Shell, url: string): string => {
  const state = variables.XDG_STATE_HOME || join(homeFolder, '.local', 'state');
  const name = new URL(url).host.replace(/[^A-Za-z0-9.-]/g, '_');
  return join(state, 'darkroom', `uploads-${name}-${digestOf([url]).slice(0, 8)}.jsonl`);
};

/** The file at this path or address, with this content, for this place. */
export const journalKey = (file: { path: string; content: string }, target: readonly (string | undefined)[]): string =>
  digestOf([file.path, file.content, ...target]);

/** The same for the same attempt, also after a kill: the service answers a repeat with the image of the first request. */
export const keyOfAttempt = (key: string, attempt: number): string => digestOf(['upload', key, attempt]);

export const openJournal = (file: string): Journal => {
  const notes = new Map<string, Note>();
  try {
    mkdirSync(dirname(file), { recursive: true });
    for (const note of notesIn(file)) notes.set(note.key, note);
    // A kill may have cut the last line off: the next note must begin a new line.
    appendFileSync(file, '\n');
  } catch (cause) {
    throw unusable(file, cause);
  }
  return {
    file,
    find: (key) => notes.get(key),
    note: (note) => {
      appendFileSync(file, `${JSON.stringify(note)}\n`);
      notes.set(note.key, note);
    },
  };
};

/** A journal in memory, without a file. */
export const readJournal = (file: string): Pick<Journal, 'find'> => {
  try {
    const notes = new Map(notesIn(file).map((note) => [note.key, note]));
    return { find: (key) => notes.get(key) };
  } catch (cause) {
    throw unusable(file, cause);
  }
};

const unusable = (file: string, cause: unknown): CommandEnd =>
  new CommandEnd('failed', `The journal ${file} cannot be used. Name another file by --journal.`, { cause });

const notesIn = (file: string): readonly Note[] => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Note];
    } catch {
      return [];
    }
  });
};

const digestOf = (facts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(facts)).digest('hex');
