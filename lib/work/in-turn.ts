import type { Ports } from '../ports.ts';

/** A little longer than a function may run, so that the turn of a killed run ends. */
const turnMs = 15 * 60_000;

/** Works while it has the turn of this name (a lease). Resolves to undefined, and does nothing, while another run holds it. */
export const inTurn = async <Result>(
  { turns, clock }: Pick<Ports, 'turns' | 'clock'>,
  name: string,
  work: () => Promise<Result>,
): Promise<Result | undefined> => {
  const now = clock.now();
  const until = now + turnMs;
  if (!(await turns.take(name, now, until))) return undefined;
  try {
    return await work();
  } finally {
    await turns.giveBack(name, until);
  }
};
