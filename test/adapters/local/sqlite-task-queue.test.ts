import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../../lib/adapters/local/database.ts';
import { type SqliteTaskQueue, sqliteTaskQueue } from '../../../lib/adapters/local/sqlite-task-queue.ts';
import { taskQueueContract } from '../../contracts/task-queue.ts';

taskQueueContract('SQLite', async () => {
  const database = openDatabase(':memory:');
  const queue = sqliteTaskQueue(database, { clock: { now: Date.now }, maxReceives: 3 });
  return {
    queue,
    receive: async () => queue.receive(60_000),
    remove: async (handle) => queue.remove(handle),
    close: async () => database.close(),
  };
});

describe('SQLite as a queue with dead letters', () => {
  let now: number;
  let database: Database;
  let queue: SqliteTaskQueue;
  const job = { id: 'a'.repeat(26), version: 1 };
  beforeEach(() => {
    now = 1_790_000_000_000;
    database = openDatabase(':memory:');
    queue = sqliteTaskQueue(database, { clock: { now: () => now }, maxReceives: 3 });
  });

  test('hides a received message until the visibility timeout has passed', async () => {
    await queue.send({ render: job });
    expect(await queue.receive(1000)).toMatchObject({ receives: 1 });
    now += 999;
    expect(await queue.receive(1000)).toBeUndefined();
    now += 1;
    expect(await queue.receive(1000)).toMatchObject({ receives: 2 });
  });

  test('makes a letter dead after the last receive, and hands it out only when dead letters are asked for', async () => {
    await queue.send({ render: job });
    for (let receives = 1; receives <= 3; receives++) {
      expect(await queue.receive(1000)).toMatchObject({ receives });
      expect(await queue.receiveDead(1000)).toBeUndefined();
      now += 1000;
    }
    expect(await queue.receive(1000)).toBeUndefined();
    const dead = await queue.receiveDead(1000);
    expect(dead).toMatchObject({ receives: 3 });
    await queue.remove(dead?.handle ?? '');
    now += 1000;
    expect(await queue.receiveDead(1000)).toBeUndefined();
    expect(queue.depth()).toBe(0);
  });

  test('does not count the receive of what is put back', async () => {
    await queue.send({ render: job });
    for (let time = 1; time <= 10; time++) {
      const message = await queue.receive(1000);
      expect(message).toMatchObject({ receives: 1 });
      await queue.putBack(message?.handle ?? '', 0);
    }
    expect(await queue.receiveDead(1000)).toBeUndefined();
  });

  test('shows everything to a host that starts after the clock was set back', async () => {
    await queue.send({ render: job });
    now -= 600_000;
    const later = sqliteTaskQueue(database, { clock: { now: () => now }, maxReceives: 3 });
    await later.releaseAll();
    expect(await later.receive(1000)).toBeDefined();
  });

  test('ignores a handle from before the message went to another receiver', async () => {
    await queue.send({ render: job });
    const first = await queue.receive(1000);
    now += 1000;
    const second = await queue.receive(1000);
    await queue.remove(first?.handle ?? '');
    await queue.postpone(first?.handle ?? '', 0);
    expect(await queue.receive(1000)).toBeUndefined();
    await queue.remove(second?.handle ?? '');
    expect(queue.depth()).toBe(0);
  });

  test('holds one message about a version, however often it is sent while it waits', async () => {
    await queue.send({ render: job });
    await queue.send({ render: job });
    await queue.receive(1000);
    await queue.send({ render: job });
    await queue.send({ render: { ...job, version: 2 } });
    expect(queue.depth()).toBe(2);
  });

  test('hands out uploads before the work that can wait, however long that has waited', async () => {
    await queue.send({ render: job });
    now += 1000;
    await queue.put({ render: { ...job, version: 2 } }, 'urgent');
    expect((await queue.receive(1000))?.task).toEqual({ render: { ...job, version: 2 } });
    expect((await queue.receive(1000))?.task).toEqual({ render: job });
  });

  test('shows everything again that was being worked on when it is told that all workers are gone', async () => {
    await queue.send({ render: job });
    await queue.send({ render: { ...job, version: 2 } });
    await queue.receive(60_000);
    await queue.releaseAll();
    expect(await queue.receive(60_000)).toBeDefined();
    expect(await queue.receive(60_000)).toBeDefined();
    expect(await queue.receive(60_000)).toBeUndefined();
  });
});
