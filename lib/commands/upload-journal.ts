import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
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
  readonly reason?: string | undefined;
};
/** A round of `--again`: null once it has ended. */
type Round = { readonly key: string; readonly again: string | null };

export type Journal = {
  readonly file: string;
  readonly find: (key: string) => Note | undefined;
  /** What the requests of a round of `--again` have in their keys that was begun and has not ended. */
  readonly unfinished: (round: string) => string | undefined;
  readonly begin: (round: string, again: string) => string;
  readonly finish: (round: string) => void;
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

/** A round of `--again` is repeated by the same words in the same folder, for the same place. */
export const roundKey = (wanted: readonly string[], place: readonly string[]): string =>
  digestOf(['again', ...wanted.map((one) => (one.startsWith('s3://') ? one : resolve(one))), ...place]);

export const openJournal = (file: string): Journal => {
  let read: Read;
  try {
    mkdirSync(dirname(file), { recursive: true });
    read = readNotes(file);
    // A kill may have cut the last line off: the next note must begin a new line.
    appendFileSync(file, '\n');
  } catch (cause) {
    throw unusable(file, cause);
  }
  const { notes, rounds } = read;
  const write = (line: Note | Round) => appendFileSync(file, `${JSON.stringify(line)}\n`);
  return {
    file,
    ...lookUps(read),
    begin: (key, again) => {
      write({ key, again });
      rounds.set(key, again);
      return again;
    },
    finish: (key) => {
      write({ key, again: null });
      rounds.delete(key);
    },
    note: (note) => {
      write(note);
      notes.set(note.key, note);
    },
  };
};

/** A journal in memory, without a file. */
export const readJournal = (file: string): Pick<Journal, 'find' | 'unfinished'> => {
  try {
    return lookUps(readNotes(file));
  } catch (cause) {
    throw unusable(file, cause);
  }
};

const unusable = (file: string, cause: unknown): CommandEnd =>
  new CommandEnd('failed', `The journal ${file} cannot be used. Name another file by --journal.`, { cause });

type Read = { readonly notes: Map<string, Note>; readonly rounds: Map<string, string> };

const lookUps = ({ notes, rounds }: Read): Pick<Journal, 'find' | 'unfinished'> => ({
  find: (key) => notes.get(key),
  unfinished: (key) => rounds.get(key),
});

/** The last line of each key counts. */
const readNotes = (file: string): Read => {
  const read: Read = { notes: new Map(), rounds: new Map() };
  for (const line of linesOf(file)) {
    const found = parsed(line);
    if (found === undefined) continue;
    if (!('again' in found)) read.notes.set(found.key, found);
    else if (found.again === null) read.rounds.delete(found.key);
    else read.rounds.set(found.key, found.again);
  }
  return read;
};

const parsed = (line: string): Note | Round | undefined => {
  try {
    const found: unknown = JSON.parse(line);
    return typeof found === 'object' && found !== null ? (found as Note | Round) : undefined;
  } catch {
    return undefined;
  }
};

/** Piece by piece: a journal of millions of files is longer than a string may be. */
function* linesOf(file: string): Generator<string> {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    const decoder = new StringDecoder('utf8');
    const piece = Buffer.alloc(1 << 20);
    let rest = '';
    for (let length = readSync(descriptor, piece); length > 0; length = readSync(descriptor, piece)) {
      const lines = (rest + decoder.write(piece.subarray(0, length))).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    yield rest;
  } finally {
    closeSync(descriptor);
  }
}

const digestOf = (facts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(facts)).digest('hex');
