import { expect, test } from '@jest/globals';
import { logTo } from '../../lib/local/line-log.ts';

const linesOf = (isTTY: boolean, least: 'info' | 'warn' | 'error' = 'info') => {
  const lines: string[] = [];
  const log = logTo({ isTTY, write: (line) => lines.push(line) }, least, () => Date.UTC(2026, 0, 2, 3, 4, 5));
  return { log, lines };
};

test('a program gets a line of JSON an event', () => {
  const { log, lines } = linesOf(false);
  log.warn('a task failed', { attempt: 2, name: 'two\nlines' });
  expect(lines).toEqual([
    '{"at":"2026-01-02T03:04:05.000Z","level":"warn","message":"a task failed","attempt":2,"name":"two\\nlines"}\n',
  ]);
});

test('no fact takes the place of the sentence, the level or the time, and none is lost', () => {
  const { log, lines } = linesOf(false);
  log.error('a task failed', { message: 7, at: 'noon', level: 'high', id: 'x' });
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    at: '2026-01-02T03:04:05.000Z',
    level: 'error',
    message: 'a task failed',
    id: 'x',
    facts: { message: 7, at: 'noon', level: 'high' },
  });
});

test('an error is told with its code, its stack and what caused it', () => {
  const { log, lines } = linesOf(false);
  const cause = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  log.error('a request could not be answered', { error: new TypeError('broken', { cause }) });
  const { error } = JSON.parse(lines[0] ?? '');
  expect(error).toMatchObject({ name: 'TypeError', message: 'broken', cause: { message: 'no space', code: 'ENOSPC' } });
  expect(error.stack).toContain('line-log.test.ts');
});

test('a person at a terminal gets a sentence, and no fact can steer the terminal', () => {
  const { log, lines } = linesOf(true);
  log.info('swept', { removed: 3, why: undefined, name: 'a\u001b[2J\nb\u009b1m' });
  expect(lines).toEqual(['03:04:05 info  swept removed=3 name="a\\u001b[2J\\nb?1m"\n']);
});

test('what is less than asked for is not written', () => {
  const { log, lines } = linesOf(false, 'warn');
  log.info('swept');
  expect(lines).toEqual([]);
});
