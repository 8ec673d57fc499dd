import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../adapters/local/error-code.ts';
import { Unusable } from '../core/unusable.ts';
import type { StoredObject } from '../ports.ts';

export type MoveJournal = Awaited<ReturnType<typeof openMoveJournal>>;

/** What was copied and compared, one line each. A line that a kill cut off does not count. */
export const openMoveJournal = async (data: string, place: string) => {
  const path = join(data, 'moving.jsonl');
  const done = new Map<string, string>();
  const [first, ...rest] = (await textOf(path)).split('\n').slice(1).map(parsed);
  if (typeof first === 'string' && first !== place)
    throw new Unusable(
      `A move to ${first} has begun. Continue it; or remove ${path} and what was copied to begin another.`,
    );
  for (const line of rest) if (Array.isArray(line)) done.set(line[0], line[1]);
  // After the newline, so that the next line is whole although this one may be cut off.
  const write = (line: unknown) => appendFile(path, `\n${JSON.stringify(line)}`, { mode: 0o600 });
  const stateOf = ({ bytes, modifiedAt }: StoredObject) => `${bytes} ${modifiedAt}`;
  return {
    found: done.size,
    hasBegun: first !== undefined,
    begin: () => write(place),
    keys: () => done.keys(),
    has: (object: StoredObject) => done.get(object.key) === stateOf(object),
    add: async (object: StoredObject): Promise<void> => {
      done.set(object.key, stateOf(object));
      await write([object.key, stateOf(object)]);
    },
    remove: () => rm(path, { force: true }),
  };
};

/** Undefined for a line that was cut off. */
const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const textOf = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
};
