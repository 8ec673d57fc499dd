import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RenderTask, TaskQueue } from '../../lib/ports.ts';

type Received = { readonly handle: string; readonly task: RenderTask };
type Subject = {
  readonly queue: TaskQueue;
  /** The next visible message, which then is invisible for longer than a test takes. */
  readonly receive: () => Promise<Received | undefined>;
  readonly remove: (handle: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** What every queue of render jobs promises. */
export const taskQueueContract = (name: string, open: () => Promise<Subject>): void => {
  describe(`${name} as a job queue`, () => {
    let subject: Subject;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.close());

    const job = (letter: string, version = 1) => ({ id: letter.repeat(26), version });
    const jobsUntilEmpty = async () => {
      const jobs: unknown[] = [];
      for (let next = await subject.receive(); next; next = await subject.receive()) jobs.push(next.task);
      return jobs;
    };

    test('hands out every job that was sent, each to one receiver', async () => {
      await subject.queue.send({ render: job('a') });
      await subject.queue.send({ render: job('b', 7) });
      const jobs = await jobsUntilEmpty();
      expect(jobs).toHaveLength(2);
      expect(jobs).toEqual(expect.arrayContaining([{ render: job('a') }, { render: job('b', 7) }]));
    });

    test('has nothing to hand out when nothing was sent', async () => {
      expect(await subject.receive()).toBeUndefined();
    });

    test('lets a postponed job come back', async () => {
      await subject.queue.send({ render: job('a') });
      const first = await subject.receive();
      await subject.queue.postpone(first?.handle ?? '', 0);
      const second = await subject.receive();
      expect(second?.task).toEqual(first?.task);
    });

    test('keeps a postponed job back until its time has come', async () => {
      await subject.queue.send({ render: job('a') });
      await subject.queue.postpone((await subject.receive())?.handle ?? '', 60_000);
      expect(await subject.receive()).toBeUndefined();
    });

    test('lets a job that was put back come back, when its time has come', async () => {
      await subject.queue.send({ render: job('a') });
      const first = await subject.receive();
      await subject.queue.putBack(first?.handle ?? '', 0);
      const second = await subject.receive();
      expect(second?.task).toEqual(first?.task);
      await subject.queue.putBack(second?.handle ?? '', 60_000);
      expect(await subject.receive()).toBeUndefined();
    });

    test('forgets a job that is done with', async () => {
      await subject.queue.send({ render: job('a') });
      const received = await subject.receive();
      await subject.remove(received?.handle ?? '');
      expect(await subject.receive()).toBeUndefined();
    });
  });
};
