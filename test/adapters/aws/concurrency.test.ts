import { expect, test } from '@jest/globals';
import { concurrencyFor } from '../../../lib/adapters/aws/concurrency.ts';

const renders = { maxConcurrentRenders: 10 };
const reserves = { maxConcurrentRenders: 10, reservedConcurrency: 50 };

test.each([
  ['an account that does not say', undefined, { maxConcurrentRenders: 5 }],
  ['a new account', { functions: 10, unreserved: 10, ours: 0 }, { maxConcurrentRenders: 5 }],
  ['the smallest', { functions: 3, unreserved: 3, ours: 0 }, { maxConcurrentRenders: 2 }],
  ['an account in between', { functions: 400, unreserved: 400, ours: 0 }, renders],
  ['a usual one', { functions: 1000, unreserved: 1000, ours: 0 }, reserves],
  ['one that has deployed this', { functions: 1000, unreserved: 900, ours: 100 }, reserves],
  ['one with just enough places', { functions: 1000, unreserved: 200, ours: 0 }, reserves],
  ['one with 150 left after a deploy', { functions: 1000, unreserved: 150, ours: 100 }, reserves],
  ['one with 150 left before it', { functions: 1000, unreserved: 150, ours: 0 }, renders],
  [
    'one that does not say what this stack has reserved',
    { functions: 1000, unreserved: 150, ours: undefined },
    renders,
  ],
  ['one that keeps nearly all of its places', { functions: 1000, unreserved: 199, ours: 0 }, renders],
] as const)('%s gets %j: %j', (_, limit, expected) => expect(concurrencyFor(limit)).toEqual(expected));

test.each([200, 250, 299])(
  'A second deploy and a third choose what the first chose, with %i places unreserved',
  (places) => {
    let ours = 0;
    for (let deploy = 0; deploy < 3; deploy++) {
      const { reservedConcurrency = 0 } = concurrencyFor({ functions: 1000, unreserved: places - ours, ours });
      expect(reservedConcurrency).toBe(50);
      ours = 2 * reservedConcurrency;
    }
  },
);
