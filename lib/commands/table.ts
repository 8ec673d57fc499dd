import { hasColour, paint, type Shell } from './shell.ts';

/** Columns with a heading on a terminal; elsewhere fields with tabs between them, which `cut` and `awk` can read. */
export const writeTable = (
  shell: Shell,
  heads: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void => {
  const texts = rows.map((row) => row.map((cell) => String(cell)));
  if (!shell.out.isTTY) {
    for (const row of texts) shell.out.write(`${row.join('\t')}\n`);
    return;
  }
  const widths = heads.map((head, at) => Math.max(head.length, ...texts.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  shell.out.write(`${paint(hasColour(shell, shell.out), 'bold', line(heads))}\n`);
  for (const row of texts) shell.out.write(`${line(row)}\n`);
};

export const writeJson = (shell: Shell, value: unknown): void => void shell.out.write(`${JSON.stringify(value)}\n`);
