import type { Check } from '../core/health.ts';
import type { Ports } from '../ports.ts';

type World = Pick<Ports, 'catalogue' | 'originals' | 'clock' | 'log'>;

/** The result is cached this long: the call needs no key, so it must cost next to nothing however often it comes. */
const freshMs = 5000;

/** No image has it. */
const noId = 'a'.repeat(26);

/**
 * Whether the catalogue, the store of originals and the queue answer. Without the queue, tickets are good all the same.
 * `depth` says how many tasks wait.
 */
export const lookAtStores = (world: World, depth: () => Promise<number>): (() => Promise<readonly Check[]>) => {
  const { catalogue, originals, clock } = world;
  let seen: { readonly at: number; readonly checks: Promise<readonly Check[]> } | undefined;
  const look = () =>
    Promise.all([
      answers(world, 'catalogue', true, () => catalogue.find(noId)),
      answers(world, 'originals', true, () => originals.list(`originals/${noId}/`)[Symbol.asyncIterator]().next()),
      answers(world, 'queue', false, depth, (count) => `about ${count} waiting`),
    ]);
  return () => {
    const now = clock.now();
    if (!seen || seen.at + freshMs <= now) seen = { at: now, checks: look() };
    return seen.checks;
  };
};

const answers = async <Found>(
  { log }: World,
  name: string,
  needed: boolean,
  ask: () => Promise<Found>,
  detailOf: (found: Found) => string | undefined = () => undefined,
): Promise<Check> => {
  try {
    return { name, ok: true, needed, detail: detailOf(await ask()) };
  } catch (error) {
    log.error(`the ${name} cannot be reached`, { error });
    return { name, ok: false, needed, detail: 'does not answer' };
  }
};
