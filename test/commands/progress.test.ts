import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { showProgress, showState, type Workload } from '../../lib/commands/progress.ts';
import { recordedShell } from '../support/recorded-shell.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const four: Workload = { count: 4, unit: 'images', bytes: 4, doing: 'verifying' };
const megabyte = 1_000_000;

const onTerminal = (columns = 80, more: Readonly<Record<string, string>> = { NO_COLOR: '1' }) => {
  const shell = recordedShell({ variables: { TERM: 'xterm', ...more } });
  return { ...shell, err: { ...shell.err, isTTY: true, columns } };
};

test('without a terminal there is a line every ten seconds, with the time that is left', () => {
  const shell = recordedShell();
  const progress = showProgress(shell, four);
  progress.begin('a', 1);
  jest.advanceTimersByTime(10_000);
  expect(shell.stderr()).toBe('0 of 4 images\n');
  progress.end('a', 'done');
  shell.clear();
  jest.advanceTimersByTime(10_000);
  expect(shell.stderr()).toBe('1 of 4 images, about 1 min 0 s to go\n');
  progress.close();
  shell.clear();
  jest.advanceTimersByTime(60_000);
  expect(shell.stderr()).toBe('');
});

test('what was skipped took no time, so it does not shorten the rest', () => {
  const shell = recordedShell();
  const progress = showProgress(shell, four);
  for (const [name, outcome] of [
    ['a', 'skipped'],
    ['b', 'skipped'],
    ['c', 'failed'],
  ] as const) {
    progress.begin(name, 1);
    progress.end(name, outcome);
  }
  jest.advanceTimersByTime(10_000);
  expect(shell.stderr()).toBe('3 of 4 images, 2 skipped, 1 failed, about 10 s to go\n');
  progress.close();
});

test('bytes that move are counted, with their rate', () => {
  const shell = recordedShell();
  const work: Workload = { count: 2, unit: 'files', bytes: 8 * megabyte, doing: 'fetching', moved: 'fetched' };
  const progress = showProgress(shell, work);
  progress.begin('a', 4 * megabyte);
  progress.moved('a', 4 * megabyte);
  progress.end('a', 'done');
  jest.advanceTimersByTime(10_000);
  expect(shell.stderr()).toBe('1 of 2 files, 4.0 MB fetched, 400 KB/s, about 10 s to go\n');
  progress.close();
});

test('on a terminal the lines are redrawn, cut to its width, and make room for what is said', () => {
  const shell = onTerminal(20);
  const progress = showProgress(shell, four);
  progress.begin('a-name-that-is-too-long', 1);
  jest.advanceTimersByTime(100);
  expect(shell.stderr()).toBe('verifying a-name-t…\n0 of 4 images\n');
  shell.clear();
  progress.say('out', 'found\n');
  expect([shell.stderr(), shell.stdout()]).toEqual(['\u001b[2A\u001b[J', 'found\n']);
  jest.advanceTimersByTime(100);
  shell.clear();
  progress.close();
  expect(shell.stderr()).toBe('\u001b[2A\u001b[J');
});

test('on a terminal a bar shows how much of each file has moved', () => {
  const shell = onTerminal();
  const work: Workload = { count: 1, unit: 'files', bytes: 2 * megabyte, doing: 'rendering', moved: 'sent' };
  const progress = showProgress(shell, work);
  progress.begin('a.jpg', 2 * megabyte);
  progress.moved('a.jpg', megabyte);
  jest.advanceTimersByTime(100);
  expect(shell.stderr()).toContain('[##########----------] 50 % of 2.0 MB');
  progress.arrived('a.jpg');
  shell.clear();
  jest.advanceTimersByTime(100);
  expect(shell.stderr()).toMatch(/rendering +a\.jpg/);
  progress.close();
});

test('on a terminal that is narrower than the counts, each line still takes one row', () => {
  const shell = onTerminal(16, {});
  const progress = showProgress(shell, four);
  progress.begin('a', 1);
  progress.end('a', 'failed');
  jest.advanceTimersByTime(100);
  expect(shell.stderr()).toBe('1 of 4 images,…\n');
  progress.close();
});

test('a terminal that does not know its width counts as one of 80 columns', () => {
  const shell = onTerminal(0);
  const progress = showProgress(shell, four);
  progress.begin('a'.repeat(100), 1);
  jest.advanceTimersByTime(100);
  expect(shell.stderr()).toBe(`verifying ${'a'.repeat(68)}…\n0 of 4 images\n`);
  progress.close();
});

test('a state takes one line of a terminal and leaves it empty, and elsewhere a line for each change', () => {
  const states = (shell: ReturnType<typeof onTerminal>): string => {
    const state = showState(shell);
    for (const line of ['counting', 'counting', '1 of 2']) state.show(line);
    state.close();
    return shell.stderr();
  };
  expect(states(onTerminal())).toBe('\r\u001b[Kcounting\r\u001b[K1 of 2\r\u001b[K');
  expect(states(onTerminal(80, { TERM: 'dumb' }))).toBe('counting\n1 of 2\n');
});
