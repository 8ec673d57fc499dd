import { beforeEach, expect, test } from '@jest/globals';
import { connectionsWithin } from '../../lib/local/limited-server.ts';
import { type Pace, paceOf } from '../../lib/local/pace.ts';

const limits = { idleMs: 30_000, minBytesPerSecond: 1000 };
const request = { complete: false, socket: { bytesRead: 0 } };
const response = {
  headersSent: false,
  writableFinished: false,
  socket: { bytesWritten: 0, writableLength: 0 },
};

let pace: Pace;
let now: number;
beforeEach(() => {
  now = 5000;
  request.complete = false;
  request.socket.bytesRead = 300;
  Object.assign(response, { headersSent: false, writableFinished: false });
  Object.assign(response.socket, { bytesWritten: 0, writableLength: 0 });
  pace = paceOf(request, response);
  expect(pace.isTooSlow(now, limits)).toBe(false);
});
const after = (ms: number): boolean => {
  now += ms;
  return pace.isTooSlow(now, limits);
};

test('a body that stands still is too slow after a while, and not before', () => {
  expect([after(29_999), after(1)]).toEqual([false, true]);
});

test('a body that drips is too slow once it has fallen behind the least pace', () => {
  // 500 bytes a second, against 1000 for each second from the 30th on: behind after the 60th.
  const seconds = Array.from({ length: 61 }, () => {
    request.socket.bytesRead += 500;
    return after(1000);
  });
  expect(seconds.indexOf(true)).toBe(60);
});

test('a body at the least pace may take as long as it takes', () => {
  for (let second = 0; second < 3600; second++) {
    request.socket.bytesRead += 1000;
    expect(after(1000)).toBe(false);
  }
});

test('the time that an answer is worked on counts against no caller', () => {
  request.complete = true;
  expect(after(3_600_000)).toBe(false);
  response.headersSent = true;
  expect(after(0)).toBe(false);
  expect([after(29_999), after(1)]).toEqual([false, true]);
});

test('an answer that waits in our own memory has not been read', () => {
  Object.assign(response, { headersSent: true });
  expect(after(0)).toBe(false);
  Object.assign(response.socket, { bytesWritten: 65_536, writableLength: 65_536 });
  expect(after(29_999)).toBe(false);
  Object.assign(response.socket, { bytesWritten: 131_072, writableLength: 131_072 });
  expect(after(1)).toBe(true);
});

test('an answer that waits for those before it on its connection does not stand still', () => {
  Object.assign(request, { complete: true });
  const queued = { headersSent: true, writableFinished: false, socket: null as typeof response.socket | null };
  pace = paceOf(request, queued);
  expect([after(0), after(3_600_000)]).toEqual([false, false]);
  // Its turn has come.
  queued.socket = response.socket;
  expect([after(0), after(29_999), after(1)]).toEqual([false, false, true]);
});

test.each([
  [1024, 480],
  [128, 32],
  [64, 1],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
])('where %d files may be open, there is room for %d connections with a file each', (files, connections) => {
  expect(connectionsWithin(files)).toBe(connections);
});
