import { expect, test } from '@jest/globals';
import { concurrencyFor } from '../../../lib/adapters/aws/concurrency.ts';

test.each([
  ['an account that does not say', undefined, { maxConcurrentRenders: 5 }],
  ['a new account', { functions: 10, unreserved: 10 }, { maxConcurrentRenders: 5 }],
  ['the smallest', { functions: 3, unreserved: 3 }, { maxConcurrentRenders: 2 }],
  ['an account in between', { functions: 400, unreserved: 400 }, { maxConcurrentRenders: 10 }],
  ['a usual one', { functions: 1000, unreserved: 1000 }, { maxConcurrentRenders: 10, reservedConcurrency: 50 }],
  [
    'one that has deployed this',
    { functions: 1000, unreserved: 900 },
    { maxConcurrentRenders: 10, reservedConcurrency: 50 },
  ],
  ['one that keeps nearly all of its places', { functions: 1000, unreserved: 199 }, { maxConcurrentRenders: 10 }],
] as const)('%s gets %j: %j', (_, limit, expected) => expect(concurrencyFor(limit)).toEqual(expected));
