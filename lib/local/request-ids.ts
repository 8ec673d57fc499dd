import type { ServerResponse } from 'node:http';
import type { Chance } from '../ports.ts';

/** Random bytes are drawn for many ids at once, because a draw takes longer than all else that an id needs. */
export const requestIds = (chance: Chance): (() => string) => {
  let drawn = Buffer.alloc(0);
  let used = 0;
  return () => {
    if (used === drawn.length) [drawn, used] = [Buffer.from(chance.bytes(idBytes * 256)), 0];
    used += idBytes;
    return drawn.toString('base64url', used - idBytes, used);
  };
};
const idBytes = 12;

/** Not read from the headers of the answer: those of a remembered picture are written as a list, which Node does not keep. */
const ids = new WeakMap<ServerResponse, string>();

export const noteRequestId = (response: ServerResponse, id: string): void => void ids.set(response, id);
export const requestIdOf = (response: ServerResponse): string | undefined => ids.get(response);
