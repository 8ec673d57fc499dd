import { describe, expect, test } from '@jest/globals';
import type { ReadyImage } from '../../../lib/client/darkroom.ts';
import {
  canRetry,
  isUnderWay,
  type Kept,
  maxOnlineAttempts,
  type Remembered,
  retryPauseMs,
  type Stage,
  type UploadsNeeds,
  uploads,
  wouldBeLost,
} from '../../../lib/client/element/uploads.ts';
import { DarkroomError } from '../../../lib/client/error.ts';
import { until } from '../../support/until.ts';

const unreachable = () => new DarkroomError('unreachable', 'no network');
const jpeg = (name: string) => new File([name], name);

/** A list of uploads over a service that does at once what a test does not override. */
const listOver = (over: Partial<UploadsNeeds> = {}, kept: readonly Kept[] = []) => {
  const seen: string[] = [];
  let stored: readonly Kept[] = kept;
  let ids = 0;
  const list = uploads({
    parallel: () => 3,
    admit: async (file) => async () => ({ body: file, request: { contentType: 'image/jpeg', bytes: file.size } }),
    ticket: async () => ({
      id: `id${ids++}`,
      version: 1,
      status: 'pending',
      upload: { method: 'PUT', url: '', headers: {}, expiresAt: '' },
      watch: { token: 'token', expiresAt: '' },
      links: { self: '' },
    }),
    put: async (_ticket, _body, { onProgress }) => onProgress(1),
    untilReady: async ({ id }) => ({ id }) as ReadyImage,
    network: { isOnline: () => true, back: async () => undefined },
    memory: {
      read: () => stored,
      write: (all) => {
        stored = all;
      },
    },
    newKey: () => `key${ids}`,
    added: () => void seen.push('added'),
    changed: ({ stage }) => void seen.push(stage.at),
    removed: () => void seen.push('removed'),
    ...over,
  });
  const stages = () => list.all().map(({ stage }) => stage.at);
  return {
    list,
    seen,
    stages,
    stored: () => stored,
    settled: () =>
      until(
        () => !list.all().some(isUnderWay),
        () => `${stages()}`,
      ),
  };
};

const held = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { gate: promise, open: resolve };
};
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

test('files are told of before any of them is under way, and one that the page takes away at once is not sent', async () => {
  const told: string[] = [];
  const { list, settled } = listOver({
    added: (uploads) => {
      told.push(`added ${uploads.map(({ name }) => name)}`);
      list.remove(uploads[1]?.number ?? -1);
    },
    changed: ({ name }) => void told.push(name),
    removed: ({ name }) => void told.push(`removed ${name}`),
  });
  list.add([jpeg('a'), jpeg('b')]);
  await settled();
  expect(told.slice(0, 2)).toEqual(['added a,b', 'removed b']);
  expect([...new Set(told.slice(2))]).toEqual(['a']);
});

test('a file that the page cancels as soon as it is told of it stays cancelled', async () => {
  const { list, settled } = listOver({ added: (uploads) => list.cancel(uploads[0]?.number ?? -1) });
  list.add([jpeg('a'), jpeg('b')]);
  await settled();
  expect(list.all().map(({ stage }) => stage.at)).toEqual(['cancelled', 'ready']);
});

test('a cancel comes too late for a picture that is ready, and one of an upload that is not in the list does nothing', async () => {
  const { list, seen, stages, settled } = listOver();
  list.add([jpeg('a')]);
  await settled();
  const before = seen.length;
  list.cancel(list.all()[0]?.number ?? -1);
  list.cancel(99);
  list.retry(99);
  list.remove(99);
  expect([stages(), seen.length]).toEqual([['ready'], before]);
});

test('what was cancelled after a reload, without its file, cannot be tried again', async () => {
  const { gate } = held();
  const kept = { id: 'id', version: 1, token: 'token', name: 'a', bytes: 1 };
  const { list, stages } = listOver({ untilReady: () => gate as never }, [kept]);
  list.resume(async () => true);
  await until(() => `${stages()}` === 'processing');
  list.cancel(0);
  expect(list.all().map(canRetry)).toEqual([false]);
  list.retry(0);
  expect(stages()).toEqual(['cancelled']);
});

test('an upload goes from its file to its picture, step by step', async () => {
  const { list, seen, settled, stored } = listOver();
  list.add([jpeg('a')]);
  await settled();
  expect([...new Set(seen)]).toEqual(['added', 'waiting', 'checking', 'uploading', 'processing', 'ready']);
  expect(list.all()[0]).toMatchObject({ name: 'a', id: 'id0', stage: { at: 'ready' } });
  expect(stored()).toEqual([]);
});

test('of forty files, three are on their way at once', async () => {
  let [now, most, sent] = [0, 0, 0];
  const { list, settled, stages } = listOver({
    put: async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
      sent++;
    },
  });
  list.add(Array.from({ length: 40 }, (_, index) => jpeg(`${index}`)));
  await settled();
  expect({ most, sent }).toEqual({ most: 3, sent: 40 });
  expect(new Set(stages())).toEqual(new Set(['ready']));
});

test('a refused file says why, is not sent and cannot be tried again; the others go on', async () => {
  const { list, settled, stages } = listOver({
    admit: async (file) => {
      if (file.name === 'bad') throw new DarkroomError('not-an-image', 'Not a picture.');
      return async () => ({ body: file, request: { contentType: 'image/jpeg', bytes: 1 } });
    },
  });
  list.add([jpeg('bad'), jpeg('good')]);
  await settled();
  expect(stages()).toEqual(['failed', 'ready']);
  expect(list.all().map(canRetry)).toEqual([false, false]);
});

test('a refused file says why while those before it are still on their way', async () => {
  const { gate, open } = held();
  const { list, settled, stages } = listOver({
    parallel: () => 1,
    admit: async (file) => {
      if (file.name === 'bad') throw new DarkroomError('not-an-image', 'Not a picture.');
      return async () => ({ body: file, request: { contentType: 'image/jpeg', bytes: 1 } });
    },
    put: () => gate,
  });
  list.add([jpeg('first'), jpeg('second'), jpeg('bad')]);
  await until(
    () => stages()[2] === 'failed',
    () => `${stages()}`,
  );
  expect(stages().slice(0, 2)).not.toContain('ready');
  open();
  await settled();
  expect(stages()).toEqual(['ready', 'ready', 'failed']);
});

describe('without a network', () => {
  test('an upload waits for it and is sent again', async () => {
    let cuts = 3;
    const { list, seen, settled, stages } = listOver({
      put: async () => {
        if (cuts-- > 0) throw unreachable();
      },
      network: { isOnline: () => false, back: async () => undefined },
    });
    list.add([jpeg('a')]);
    await settled();
    expect(seen.filter((stage) => stage === 'offline')).toHaveLength(3);
    expect(stages()).toEqual(['ready']);
  });

  test('a file that had arrived before the answer was lost is not sent as another', async () => {
    let attempts = 0;
    const { list, settled, stages } = listOver({
      put: async () => {
        if (attempts++ === 0) throw unreachable();
        throw new DarkroomError('upload-refused', 'there is one already', { status: 412 });
      },
      network: { isOnline: () => false, back: async () => undefined },
    });
    list.add([jpeg('a')]);
    await settled();
    expect(stages()).toEqual(['ready']);
    expect(attempts).toBe(2);
  });

  test('a ticket that ended meanwhile is replaced by another', async () => {
    const puts: string[] = [];
    const { list, settled, stages } = listOver({
      put: async ({ id }) => {
        puts.push(id);
        if (puts.length === 1) throw unreachable();
        if (id === 'id0') throw new DarkroomError('upload-refused', 'expired', { status: 403 });
      },
      network: { isOnline: () => false, back: async () => undefined },
    });
    list.add([jpeg('a')]);
    await settled();
    expect(puts).toEqual(['id0', 'id0', 'id1']);
    expect(stages()).toEqual(['ready']);
  });

  test('what has been uploaded is waited for, however long the service is away', async () => {
    let asked = 0;
    const { list, settled, stages, seen } = listOver({
      untilReady: async () => {
        if (asked++ < 50) throw unreachable();
        return {} as ReadyImage;
      },
    });
    list.add([jpeg('a')]);
    await settled();
    expect(stages()).toEqual(['ready']);
    expect(seen).toContain('offline');
  });

  test.each([
    ['a service that is starting again', new DarkroomError('unavailable', 'Starting.', { status: 503 })],
    ['a proxy before it', new DarkroomError('unexpected-answer', 'No answer of Darkroom.', { status: 502 })],
    ['a limit of requests', new DarkroomError('too-many-requests', 'Later.', { status: 429 })],
  ])('what has been uploaded is waited for in spite of %s', async (_, error) => {
    let looks = 0;
    let tickets = 0;
    const { list, settled, stages, seen } = listOver({
      newKey: () => `key${tickets++}`,
      untilReady: async ({ id }) => {
        if (++looks < 40) throw error;
        return { id } as ReadyImage;
      },
    });
    list.add([jpeg('a')]);
    await settled();
    expect([stages(), tickets, seen.includes('offline')]).toEqual([['ready'], 1, true]);
  });

  test('a file that the service has no place for is not waited for', async () => {
    const error = new DarkroomError('unavailable', 'The disk is full.', { status: 503 });
    const { list, settled, stages } = listOver({ put: () => Promise.reject(error) });
    list.add([jpeg('a')]);
    await settled();
    expect(stages()).toEqual(['failed']);
  });

  test('a line that is dead although the browser knows of no trouble is waited for, with a word about it, for five minutes', async () => {
    let isDown = true;
    const stagesOffline: Stage[] = [];
    const pauses: number[] = [];
    const { list, settled, stages } = listOver({
      put: async () => {
        if (isDown) throw unreachable();
      },
      network: { isOnline: () => true, back: async (attempt) => void pauses.push(retryPauseMs(attempt)) },
      changed: ({ stage }) => {
        if (stage.at === 'offline') stagesOffline.push(stage);
      },
    });
    list.add([jpeg('a')]);
    const [upload] = list.all();
    await settled();
    expect(list.all()[0]?.stage).toMatchObject({ at: 'failed', error: { code: 'unreachable' } });
    expect(stagesOffline[0]).toEqual({ at: 'offline', isUploaded: false, isOnline: true });
    expect(pauses.reduce((sum, ms) => sum + ms)).toBeGreaterThanOrEqual(5 * 60_000);
    isDown = false;
    list.retry(upload?.number ?? -1);
    await settled();
    expect(stages()).toEqual(['ready']);
  });

  test('the time without a network that the browser knows of is not counted against an upload', async () => {
    let failures = 0;
    const { list, settled, stages } = listOver({
      put: async () => {
        if (failures < 3 * maxOnlineAttempts) throw unreachable();
      },
      network: { isOnline: () => ++failures % maxOnlineAttempts > 0, back: async () => undefined },
    });
    list.add([jpeg('a')]);
    await settled();
    expect(stages()).toEqual(['ready']);
  });
});

describe('a cancel', () => {
  const during = (name: string, over: (wait: (signal?: AbortSignal) => Promise<never>) => Partial<UploadsNeeds>) =>
    [name, over] as const;
  const photo = { body: jpeg('a'), request: { contentType: 'image/jpeg', bytes: 1 } };

  test.each([
    during('while the file is looked at', (wait) => ({ admit: () => wait() })),
    during('while the file is made ready', (wait) => ({ admit: async () => () => wait() })),
    during('while the page asks for a ticket, and does not listen', (wait) => ({ ticket: () => wait() })),
    during('while the file is sent', (wait) => ({ put: (_ticket, _body, { signal }) => wait(signal) })),
    during('while there is no network', (wait) => ({
      put: () => Promise.reject(unreachable()),
      network: { isOnline: () => true, back: (_attempt, signal) => wait(signal) },
    })),
    during('while the picture is made', (wait) => ({ untilReady: () => wait() })),
  ])('%s ends it at once, frees its turn and leaves nothing to remember', async (_when, over) => {
    const waits: string[] = [];
    let isHeld = true;
    const slow = over((signal) => {
      waits.push('');
      return signal ? aborted(signal) : new Promise<never>(() => undefined);
    });
    // The first file is held where the case says, those after it are not.
    const [[step, held] = ['', undefined], ...rest] = Object.entries(slow) as [keyof UploadsNeeds, unknown][];
    const usual: Partial<Record<string, unknown>> = {
      admit: async () => async () => photo,
      ticket: async () => ({ id: 'next', version: 1, upload: {}, watch: { token: 'token' } }),
      put: async () => undefined,
      untilReady: async () => ({ id: 'next' }),
    };
    const either = (...given: unknown[]) => ((isHeld ? held : usual[step]) as (...all: unknown[]) => unknown)(...given);
    const { list, stages, stored, settled } = listOver({
      ...Object.fromEntries(rest),
      [step]: either,
      parallel: () => 1,
    });
    list.add([jpeg('a')]);
    const [first] = list.all();
    await until(() => waits.length === 1);
    isHeld = false;
    list.cancel(first?.number ?? -1);
    expect(stages()).toEqual(['cancelled']);
    expect(stored()).toEqual([]);
    list.add([jpeg('b')]);
    await settled();
    expect(stages()).toEqual(['cancelled', 'ready']);
    list.retry(first?.number ?? -1);
    await settled();
    expect(stages()).toEqual(['ready', 'ready']);
  });

  test('is not undone by a ticket, or by trouble, that comes after it', async () => {
    for (const late of ['a ticket', 'trouble']) {
      const { gate, open } = held();
      const { list, stages, stored } = listOver({
        ticket: async () => {
          await gate;
          if (late === 'trouble') throw unreachable();
          return { id: 'late', version: 1, status: 'pending' } as never;
        },
      });
      list.add([jpeg('a')]);
      await until(() => stages()[0] === 'checking');
      list.cancel(0);
      open();
      await new Promise((resolve) => setTimeout(resolve));
      expect([late, stages(), stored()]).toEqual([late, ['cancelled'], []]);
    }
  });
});

test('a file that had arrived when it was cancelled is not sent again, and forgotten by a reload', async () => {
  let isHeld = true;
  const asked: string[] = [];
  const { list, stages, settled, stored, seen } = listOver({
    untilReady: async ({ id }, { signal }) => {
      asked.push(id);
      return isHeld ? aborted(signal) : ({ id } as ReadyImage);
    },
  });
  list.add([jpeg('a')]);
  await until(
    () => asked.length === 1,
    () => `${stages()}`,
  );
  list.cancel(0);
  expect([stages(), stored()]).toEqual([['cancelled'], []]);
  isHeld = false;
  seen.length = 0;
  list.retry(0);
  await settled();
  expect([stages(), asked, seen.includes('uploading')]).toEqual([['ready'], ['id0', 'id0'], false]);
});

test('a cancelled upload stops, gives its turn to the next and can be tried again', async () => {
  const puts: string[] = [];
  let isSlow = true;
  const { list, stages, settled, stored } = listOver({
    parallel: () => 1,
    put: async ({ id }, _body, { signal }) => {
      puts.push(id);
      if (isSlow) await aborted(signal);
    },
  });
  list.add([jpeg('a'), jpeg('b')]);
  const [first, second] = list.all();
  await until(
    () => puts.length === 1,
    () => `${stages()}`,
  );
  expect(list.all().map(wouldBeLost)).toEqual([true, true]);
  isSlow = false;
  list.cancel(first?.number ?? -1);
  expect(stages()[0]).toBe('cancelled');
  await settled();
  expect(stages()).toEqual(['cancelled', 'ready']);
  expect(stored()).toEqual([]);
  list.retry(first?.number ?? -1);
  await settled();
  expect(stages()).toEqual(['ready', 'ready']);
  list.remove(second?.number ?? -1);
  expect(stages()).toEqual(['ready']);
});

describe('after a reload', () => {
  const kept: Remembered = { id: 'old', version: 1, token: 'token', name: 'a.jpg', bytes: 5 };

  test('while an upload is under way it is remembered with its token, and afterwards not', async () => {
    const { gate, open } = held();
    const { list, stages, stored, settled } = listOver({ untilReady: () => gate.then(() => ({}) as ReadyImage) });
    list.add([jpeg('a')]);
    await until(
      () => stages()[0] === 'processing',
      () => `${stages()}`,
    );
    expect(stored()).toEqual([{ id: 'id0', version: 1, token: 'token', name: 'a', bytes: 1 }]);
    open();
    await settled();
    expect(stored()).toEqual([]);
  });

  test('what had been uploaded is found again and becomes ready', async () => {
    const { list, stages, settled, stored } = listOver({}, [kept]);
    list.resume(async () => true);
    await settled();
    expect(stages()).toEqual(['ready']);
    expect(stored()).toEqual([]);
  });

  test('what had not is said to be interrupted, until the same file is chosen again', async () => {
    const { list, stages, settled } = listOver({}, [kept]);
    list.resume(async () => false);
    await settled();
    expect(stages()).toEqual(['interrupted']);
    list.add([new File(['12345'], 'a.jpg')]);
    await settled();
    expect(stages()).toEqual(['ready']);
  });

  test('what had not even got a ticket is said to be interrupted, as often as the page is loaded, until it is chosen again or removed', async () => {
    const { gate, open } = held();
    const before = listOver({ put: () => gate, parallel: () => 1 });
    before.list.add([jpeg('sent'), jpeg('waiting'), jpeg('also')]);
    await until(() => before.stages()[0] === 'uploading');
    const left = before.stored();
    expect(left.map(({ name }) => name)).toEqual(['sent', 'waiting', 'also']);
    open();

    const once = listOver({}, left);
    once.list.resume(async () => true);
    await once.settled();
    expect(once.stages()).toEqual(['ready', 'interrupted', 'interrupted']);

    const again = listOver({}, once.stored());
    again.list.resume(async () => true);
    expect(again.stages()).toEqual(['interrupted', 'interrupted']);
    again.list.add([jpeg('waiting')]);
    again.list.remove(1);
    await again.settled();
    expect(again.stages()).toEqual(['ready']);
    expect(again.stored()).toEqual([]);
  });

  test('one of two files of the same name and size is chosen again, and the other still said to be interrupted', async () => {
    const { list, stages, settled } = listOver({}, [
      { name: 'a', bytes: 1 },
      { name: 'a', bytes: 1 },
    ]);
    list.resume(async () => true);
    list.add([jpeg('a')]);
    await settled();
    expect(stages()).toEqual(['interrupted', 'ready']);
  });

  test('files that are added before the list is resumed do not replace what is remembered', async () => {
    const { list, stages, settled } = listOver({}, [kept]);
    list.recall();
    list.add([jpeg('new')]);
    list.resume(async () => true);
    await settled();
    expect(stages()).toEqual(['ready', 'ready']);
  });

  test('what has been deleted since is interrupted, and a key that is wanted can be given', async () => {
    let error = new DarkroomError('not-found', 'gone');
    const gone = listOver({}, [kept]);
    gone.list.resume(() => Promise.reject(error));
    await gone.settled();
    expect(gone.stages()).toEqual(['interrupted']);

    error = new DarkroomError('unauthorized', 'a key, please');
    const locked = listOver({}, [kept]);
    locked.list.resume(() => Promise.reject(error));
    await locked.settled();
    expect(locked.list.all().map(canRetry)).toEqual([true]);
    expect(locked.stored()).toEqual([kept]);
    locked.list.retry(0);
    await locked.settled();
    expect(locked.stages()).toEqual(['ready']);
  });
});

test('what failed without its file is over, unless a key is wanted, and the next page does not find it', async () => {
  const kept = { id: 'id', version: 1, token: 'token', name: 'a', bytes: 1 };
  const { list, settled, stages, stored } = listOver(
    { untilReady: () => Promise.reject(new DarkroomError('gave-up', 'Thrice.')) },
    [kept],
  );
  list.resume(async () => true);
  await settled();
  expect([stages(), list.all().map(canRetry), stored()]).toEqual([['failed'], [false], []]);
});

test('a file that the store refuses after a cut is not taken for stored, can be sent again, and is found by no next page', async () => {
  let attempts = 0;
  const { list, settled, stages, stored } = listOver({
    put: async () => {
      attempts++;
      if (attempts === 1) throw unreachable();
      if (attempts === 2) throw new DarkroomError('upload-refused', 'The digest is another.', { status: 400 });
    },
  });
  list.add([jpeg('a')]);
  await settled();
  expect([stages(), list.all().map(canRetry), stored()]).toEqual([['failed'], [true], []]);
  list.retry(list.all()[0]?.number ?? -1);
  await settled();
  expect([stages(), attempts]).toEqual([['ready'], 3]);
});

test('leaving the page loses what is not uploaded, and nothing else', () => {
  const lost = (stage: Stage) => wouldBeLost({ number: 0, name: '', bytes: 1, file: jpeg('a'), id: undefined, stage });
  expect(lost({ at: 'uploading', done: 0.9 })).toBe(true);
  expect(lost({ at: 'offline', isUploaded: false, isOnline: true })).toBe(true);
  expect(lost({ at: 'offline', isUploaded: true, isOnline: true })).toBe(false);
  expect(lost({ at: 'processing', done: 0 })).toBe(false);
  expect(lost({ at: 'cancelled' })).toBe(false);
});
