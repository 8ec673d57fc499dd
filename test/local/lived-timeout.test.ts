import { setImmediate, setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { livedTimeout } from '../../lib/local/lived-timeout.ts';

/** Nothing of this process runs meanwhile, as in a container that is paused. */
const stopFor = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('it acts once its time is over', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  livedTimeout(resolve, 60);
  await promise;
});

test('the time in which the process was stopped does not count', async () => {
  let acted = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  livedTimeout(() => {
    acted++;
    resolve();
  }, 600);
  await setImmediate();
  stopFor(1000);
  // The loop of events goes round once: what is due is run.
  await setImmediate();
  await setImmediate();
  expect(acted).toBe(0);
  await promise;
  await setTimeout(50);
  expect(acted).toBe(1);
});

test('it does nothing after it was taken back', async () => {
  let acted = 0;
  const takeBack = livedTimeout(() => acted++, 60);
  takeBack();
  // One that began later is over, so the first would be too.
  const { promise, resolve } = Promise.withResolvers<void>();
  livedTimeout(resolve, 60);
  await promise;
  expect(acted).toBe(0);
});
