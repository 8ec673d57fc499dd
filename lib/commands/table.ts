import { stripVTControlCharacters } from 'node:util';
import { hasColour, paint, type Shell } from './shell.ts';

type Row = readonly (string | number)[];

/** Columns with a heading on a terminal; elsewhere fields with tabs between them, which `cut` and `awk` can read. */
export const writeTable = (shell: Shell, heads: readonly string[], rows: readonly Row[]): void => {
  // One by one: a call takes no more than some 100,000 arguments.
  const widths = heads.map((_, at) => rows.reduce((most, row) => Math.max(most, widthOf(row[at])), 0));
  const { heading, line } = columns(shell, heads, widths);
  shell.out.write(heading);
  for (const row of rows) shell.out.write(line(row));
};

/** The same for rows that come one by one, so that the widths are known or guessed. The heading comes with the first. */
export const growingTable = (
  shell: Shell,
  heads: readonly string[],
  widths: readonly number[],
  write: (text: string) => unknown = (text) => shell.out.write(text),
): ((row: Row) => void) => {
  const { heading, line } = columns(shell, heads, widths);
  let next = heading;
  return (row) => {
    write(next + line(row));
    next = '';
  };
};

const columns = (shell: Shell, heads: readonly string[], widths: readonly number[]) => {
  if (!shell.out.isTTY) return { heading: '', line: (row: Row) => `${row.join('\t')}\n` };
  const padded = (row: Row) =>
    row
      .map((cell, at) => {
        const width = Math.max(widthOf(heads[at]), widths[at] ?? 0);
        return `${cell}${' '.repeat(Math.max(0, width - widthOf(cell)))}`;
      })
      .join('  ')
      .trimEnd();
  return {
    heading: `${paint(hasColour(shell, shell.out), 'bold', padded(heads))}\n`,
    line: (row: Row) => `${padded(row)}\n`,
  };
};

/** Colours take no room. */
const widthOf = (cell: string | number = ''): number => stripVTControlCharacters(String(cell)).length;

export const writeJson = (shell: Shell, value: unknown): void => void shell.out.write(`${JSON.stringify(value)}\n`);
