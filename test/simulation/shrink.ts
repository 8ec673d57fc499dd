import { allKinds, type FaultKind } from './faults.ts';
import { tellStory } from './universe.ts';

/** A story as it is kept: enough to run it again. */
export type Recipe = {
  readonly seed: number;
  readonly uploads: readonly number[];
  readonly kinds: readonly FaultKind[];
  readonly limit: number;
};

const mostTries = 300;

/** The shortest story found that breaks the same promise: fewer clients, fewer kinds of faults, fewer faults. */
export const shrink = async (seed: number, uploads: number, invariant: string): Promise<Recipe> => {
  let tries = 0;
  const breaks = async (one: Recipe): Promise<boolean> =>
    tries++ < mostTries && (await tellStory(one)).broken?.invariant === invariant;

  let best: Recipe = { seed, uploads: [...Array(uploads).keys()], kinds: allKinds, limit: 1_000_000 };
  const attempt = async (next: Recipe): Promise<boolean> => {
    if (!(await breaks(next))) return false;
    best = next;
    return true;
  };

  for (let size = Math.ceil(uploads / 2); size >= 1; size = Math.floor(size / 2))
    for (let from = 0; from < best.uploads.length; )
      if (!(await attempt({ ...best, uploads: best.uploads.filter((_, at) => at < from || at >= from + size) })))
        from += size;
  for (const kind of best.kinds) await attempt({ ...best, kinds: best.kinds.filter((one) => one !== kind) });
  for (let limit = 1; limit < best.limit && limit <= 1024; limit *= 2) if (await attempt({ ...best, limit })) break;
  while (best.limit <= 1024 && best.limit > 1 && (await attempt({ ...best, limit: best.limit - 1 })));
  return best;
};

/** The log of a story with short names, and without lines about other images. */
export const asText = async (recipe: Recipe): Promise<string> => {
  const lines: string[] = [];
  const { broken } = await tellStory({ ...recipe, tell: (line) => lines.push(line) });
  const names = new Map<string, string>();
  const nameOf = (id: string): string => {
    const name = names.get(id) ?? `image-${names.size + 1}`;
    names.set(id, name);
    return name;
  };
  const subject = /[a-z2-7]{26}/.exec(broken?.detail ?? '')?.[0];
  const told = lines
    .filter((line) => subject === undefined || line.includes(subject) || !/[a-z2-7]{26}/.test(line))
    .filter((line) => !/: (receive|take the turn|give the turn|list )/.test(line))
    .map((line) => line.replace(/[a-z2-7]{26}/g, nameOf));
  return [...told, broken ? `BROKEN  ${broken.detail.replace(/[a-z2-7]{26}/g, nameOf)}` : 'Every promise holds.'].join(
    '\n',
  );
};
