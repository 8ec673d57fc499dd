import { expect, test } from '@jest/globals';
import { writeTable } from '../../lib/commands/table.ts';
import { recordedShell } from '../support/recorded-shell.ts';

test('a table has as many rows as there are', () => {
  const shell = recordedShell();
  const rows = Array.from({ length: 200_000 }, (_, at) => [at]);
  let written = 0;
  writeTable({ ...shell, out: { write: () => written++, isTTY: true } }, ['N'], rows);
  expect(written).toBe(rows.length + 1);
});

test('a column on a terminal is as wide as its widest cell', () => {
  const shell = recordedShell({ variables: { NO_COLOR: '1' } });
  const heads = ['A', 'LONG', 'C'];
  writeTable({ ...shell, out: { ...shell.out, isTTY: true } }, heads, [
    ['x', 1, 'y'],
    ['wide', 2, 'z'],
  ]);
  expect(shell.stdout()).toBe('A     LONG  C\nx     1     y\nwide  2     z\n');
});
