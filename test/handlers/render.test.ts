import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SQSRecord } from 'aws-lambda';
import { renderHandler } from '../../lib/handlers/render.ts';
import type { RenderTask } from '../../lib/ports.ts';
import type { TaskOutcome } from '../../lib/work/work.ts';
import { sqsMessage } from '../support/sqs-message.ts';

const id = 'k2v7qmc4xw5tz3ehpj6ranl2yq';
const now = 1_000_000;
let calls: string[];
let outcomes: TaskOutcome[];
let canHide: boolean;
beforeEach(() => {
  calls = [];
  canHide = true;
});

const note = (call: string) => {
  calls.push(call);
  return canHide ? Promise.resolve() : Promise.reject(new Error('throttled'));
};
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const world = {
  clock: { now: () => now },
  log: silent,
  queue: {
    send: () => Promise.reject(new Error('nothing is sent here')),
    postpone: (receipt: string, ms: number) => note(`postpone ${receipt} ${ms}`),
    putBack: (receipt: string, ms: number) => note(`put back ${receipt} ${ms}`),
  },
};
const work = async (task: RenderTask): Promise<TaskOutcome> => {
  calls.push(`work ${JSON.stringify(task)}`);
  return outcomes.shift() ?? { end: 'sampled' };
};
const message = (name: string, body: unknown, receives = 1) =>
  sqsMessage({
    messageId: name,
    receiptHandle: name.toUpperCase(),
    body: JSON.stringify(body),
    attributes: { ApproximateReceiveCount: String(receives) },
  });
const handle = (...Records: SQSRecord[]) => renderHandler(world, work)({ Records });
const render = (version: number) => ({ render: { id, version } });
const cause = new Error('why');

describe('A batch of messages', () => {
  test('is worked off one after the other, and done messages are not named', async () => {
    outcomes = [
      { end: 'failed', error: { code: 'corrupt', message: 'Broken.' } },
      { end: 'ignored', why: 'done-before' },
    ];
    expect(await handle(message('a', render(1)), message('b', render(2)))).toEqual({ batchItemFailures: [] });
    expect(calls).toEqual([`work ${JSON.stringify(render(1))}`, `work ${JSON.stringify(render(2))}`]);
  });

  test.each([
    ['again', { end: 'again', tries: 2, trouble: 'render-memory', cause }, 1, 'postpone A 4000'],
    ['put back', { end: 'put-back', trouble: 'disk', cause }, 1, 'put back A 10000'],
    ['put back for the third time', { end: 'put-back', trouble: 'disk', cause }, 3, 'put back A 40000'],
    ['put back for the hundredth time', { end: 'put-back', trouble: 'disk', cause }, 100, 'put back A 900000'],
    ['held by another renderer', { end: 'leased', until: now + 5000 }, 1, 'put back A 6000'],
  ])('comes back in part: what is %s is hidden for a while and named', async (_what, outcome, receives, hidden) => {
    outcomes = [outcome as TaskOutcome, { end: 'sampled' }];
    const { batchItemFailures } = await handle(message('a', render(1), receives), message('b', render(2)));
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'a' }]);
    expect(calls[1]).toBe(hidden);
  });

  test('still names what comes back when it cannot be hidden', async () => {
    canHide = false;
    outcomes = [{ end: 'again', tries: 1, trouble: 'render-memory', cause } as TaskOutcome];
    expect(await handle(message('a', render(1)))).toEqual({ batchItemFailures: [{ itemIdentifier: 'a' }] });
  });

  test('has nothing to do for a message that is no task', async () => {
    expect(await handle(message('a', { Event: 's3:TestEvent' }), message('b', 'x'))).toEqual({ batchItemFailures: [] });
    expect(calls).toEqual([]);
  });
});
