import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { Done, Order } from '../../../lib/client/element/workshop.ts';

test('the worker answers each order with its digest, or with the trouble that it had', async () => {
  const answers: ((done: Done) => void)[] = [];
  const scope = globalThis as unknown as {
    onmessage: (event: { readonly data: Order }) => void;
    postMessage: (done: Done) => void;
  };
  scope.postMessage = (done) => answers.shift()?.(done);
  await import('../../../lib/client/element/worker.ts');
  const answerTo = (data: Order): Promise<Done> =>
    new Promise((resolve) => {
      answers.push(resolve);
      scope.onmessage({ data });
    });
  const sha256 = createHash('sha256').update('a picture').digest('base64');
  expect(await answerTo({ number: 7, file: new Blob(['a picture']) })).toEqual({ number: 7, result: sha256 });
  const unreadable = { arrayBuffer: () => Promise.reject(new Error('It has changed.')), stream: () => undefined };
  expect(await answerTo({ number: 8, file: unreadable as never })).toEqual({
    number: 8,
    trouble: expect.any(String),
  });
  const shrink = { type: 'image/jpeg', maxSide: 10, least: { width: 1, height: 1 }, quality: 0.8 };
  // Node has no pictures, which is trouble of an order to shrink one.
  expect(await answerTo({ number: 9, file: new Blob(['a picture']), shrink })).toEqual({
    number: 9,
    trouble: expect.any(String),
  });
});
