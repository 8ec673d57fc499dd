import type { Check } from '../core/health.ts';
import type { Ports } from '../ports.ts';

type World = Pick<Ports, 'catalogue' | 'originals' | 'clock' | 'log'>;

/** The result is cached this long: the call needs no key, so it must cost next to nothing however often it comes. */
const freshMs = 5000;

/** No image has it. */
const noId = 'a'.repeat(26);

/** Whether the catalogue and the store of originals answer. */
export const lookAtStores = (world: World): (() => Promise<readonly Check[]>) => {
  const { catalogue, originals, clock } = world;
  let seen: { readonly at: number; readonly checks: Promise<readonly Check[]> } | undefined;
  const look = () =>
    Promise.all([
      answers(world, 'catalogue', () => catalogue.find(noId)),
      answers(world, 'originals', () => originals.list(`originals/${noId}/`)[Symbol.asyncIterator]().next()),
    ]);
  return () => {
    const now = clock.now();
    if (!seen || seen.at + freshMs <= now) seen = { at: now, checks: look() };
    return seen.checks;
  };
};

const answers = async ({ log }: World, name: string, ask: () => Promise<unknown>): Promise<Check> => {
  try {
    await ask();
    return { name, ok: true, needed: true };
  } catch (error) {
    log.error(`the ${name} cannot be reached`, { error });
    return { name, ok: false, needed: true, detail: 'does not answer' };
  }
};
