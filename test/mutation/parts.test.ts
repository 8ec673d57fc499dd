import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Coverage, hasRun } from './coverage.ts';
import { planted } from './fault.ts';
import { faultsIn } from './faults.ts';
import { explained } from './survivors.ts';

const root = join(import.meta.dirname, '../..');

/** Each source that can be made of this one, with the kind and the line of its fault. */
const faultySources = (source: string) =>
  faultsIn('lib/example.ts', source).map((fault) => [fault.kind, fault.line, planted(source, fault)]);

describe('the faults that can be planted', () => {
  test.each([
    ['a < b', 'a <= b'],
    ['a <= b', 'a < b'],
    ['a > b', 'a >= b'],
    ['a >= b', 'a > b'],
    ['a === b', 'a !== b'],
    ['(a) !== b', '(a) === b'],
  ])('turn a comparison: %s becomes %s', (before, after) => {
    expect(faultySources(`x = ${before};`)).toEqual([['a comparison turned', 1, `x = ${after};`]]);
  });

  test('drop the condition of an if, of a choice, and one of two', () => {
    expect(faultySources('\nif (a) b();')).toEqual([['a condition dropped', 2, '\nif (false) b();']]);
    expect(faultySources('x = a ? b : c;')).toEqual([['a condition dropped', 1, 'x = true ? b : c;']]);
    expect(faultySources('x = a && b;')).toEqual([['a condition dropped', 1, 'x = a;']]);
    expect(faultySources('x = a || b;')).toEqual([['a condition dropped', 1, 'x = a;']]);
  });

  test('remove an await and a throw', () => {
    expect(faultySources('const f = async () => {\n  await g();\n};')).toEqual([
      ['an await removed', 2, 'const f = async () => {\n  g();\n};'],
    ]);
    expect(faultySources("throw new Error('no');")).toEqual([['a throw removed', 1, ';']]);
  });

  test('are none in types, defaults and sums, and a text that is no program is refused', () => {
    expect(faultySources('type A = B extends C ? D : E; x = a ?? b; y = a + b;')).toEqual([]);
    expect(() => faultySources('if (')).toThrow('lib/example.ts cannot be parsed');
  });
});

describe('whether a suite has run a position', () => {
  const whole = { startOffset: 0, endOffset: 100, count: 1 };
  const coverageOf = (...runs: (typeof whole)[][]): Coverage => new Map([['lib/a.ts', runs]]);

  test('is said by the shortest range around it', () => {
    const coverage = coverageOf([
      whole,
      { startOffset: 20, endOffset: 40, count: 0 },
      { startOffset: 30, endOffset: 35, count: 2 },
    ]);
    expect([10, 19, 20, 29, 30, 34, 35, 39, 40].map((at) => hasRun(coverage, 'lib/a.ts', at))).toEqual([
      ...[true, true, false, false, true, true, false, false, true],
    ]);
  });

  test('is no beyond every range and in a file that was not loaded, and yes once one of several processes has run it', () => {
    const never = { ...whole, count: 0 };
    expect(hasRun(coverageOf([whole]), 'lib/a.ts', 100)).toBe(false);
    expect(hasRun(coverageOf([whole]), 'lib/b.ts', 1)).toBe(false);
    expect(hasRun(coverageOf([never]), 'lib/a.ts', 1)).toBe(false);
    expect(hasRun(coverageOf([never], [whole]), 'lib/a.ts', 1)).toBe(true);
  });
});

test.each(explained.map((one) => [one.file, one.line, one.kind] as const))(
  'the explained survivor of %s still stands there: %s (%s)',
  (file, line, kind) => {
    const path = join(root, file);
    expect(existsSync(path)).toBe(true);
    const source = readFileSync(path, 'utf8');
    const lines = source.split('\n').map((one) => one.trim());
    const kinds = faultsIn(file, source).filter((fault) => lines[fault.line - 1] === line);
    expect(kinds.map((fault) => fault.kind)).toContain(kind);
  },
);
