import { expect, test } from '@jest/globals';
import { sqsDepth } from '../../../lib/adapters/aws/sqs-depth.ts';
import { sqsTaskQueue } from '../../../lib/adapters/aws/sqs-task-queue.ts';
import { newQueue } from '../../system/aws/emulated.ts';

test('the depth of a queue is how many messages wait, or how many there are with those that are worked on', async () => {
  const { sqs, url, receive } = await newQueue();
  const depth = sqsDepth(sqs, url);
  expect(await depth()).toBe(0);
  const { send } = sqsTaskQueue(sqs, url);
  for (const letter of ['a', 'b']) await send({ render: { id: letter.repeat(26), version: 1 } });
  expect(await depth()).toBe(2);
  expect(await receive()).toBeDefined();
  expect([await depth(), await sqsDepth(sqs, url, 'all')()]).toEqual([1, 2]);
  sqs.destroy();
});
