import { stripVTControlCharacters } from 'node:util';
import { hasColour, paint, type Shell } from './shell.ts';
import { bytesInWords, secondsInWords } from './words.ts';

export type ProgressDisplay = {
  /** Work on a file or an image begins; `bytes` are its share of all the work. */
  readonly begin: (name: string, bytes: number) => void;
  readonly moved: (name: string, bytes: number) => void;
  /** Sent: the renderers have it now. */
  readonly arrived: (name: string) => void;
  readonly end: (name: string, outcome: 'done' | 'skipped' | 'failed') => void;
  /** Writes a result or an error without breaking the block of lines that is redrawn. */
  readonly say: (output: 'out' | 'err', text: string) => void;
  readonly close: () => void;
};

/** What there is to do. */
export type Workload = {
  readonly count: number;
  readonly unit: 'files' | 'images' | 'pictures';
  readonly bytes: number;
  /** Such as `rendering`: what is done to one of them. */
  readonly doing: string;
  /** Such as `sent`: what happens to bytes where they are counted as they move. */
  readonly moved?: string;
};

type Row = { readonly bytes: number; moved: number; waits: boolean };

const moving = { redrawMs: 100, plainMs: 10_000, rows: 8, barWidth: 20 };

/** Whether lines can be drawn again where they are. */
const canMove = ({ err, variables }: Shell): boolean => err.isTTY === true && variables.TERM !== 'dumb';

/** On a terminal one line that is drawn again when it changes, and makes room at the end; elsewhere a line for each change. */
export const showState = (shell: Shell) => {
  const { err } = shell;
  const moves = canMove(shell);
  let shown = '';
  return {
    show: (line: string): void => {
      if (line !== shown) err.write(moves ? `\r\u001b[K${line}` : `${line}\n`);
      shown = line;
    },
    close: (): void => {
      if (moves && shown !== '') err.write('\r\u001b[K');
    },
  };
};

/** On a terminal a block of lines that is redrawn; elsewhere a line every ten seconds. */
export const showProgress = (shell: Shell, { count, unit, bytes, doing, moved }: Workload): ProgressDisplay => {
  const { err, now } = shell;
  const moves = canMove(shell);
  const colour = hasColour(shell, err);
  const began = now();
  const rows = new Map<string, Row>();
  const counts = { done: 0, skipped: 0, failed: 0 };
  let movedBytes = 0;
  let settledBytes = 0;
  let skippedBytes = 0;
  let drawn = 0;

  const summary = (): string => {
    const seconds = (now() - began) / 1000;
    const settled = counts.done + counts.skipped + counts.failed;
    const share = bytes === skippedBytes ? 1 : (settledBytes - skippedBytes) / (bytes - skippedBytes);
    const parts = [
      `${settled} of ${count} ${unit}`,
      ...(moved === undefined
        ? []
        : [`${bytesInWords(movedBytes)} ${moved}`, `${bytesInWords(seconds > 0 ? movedBytes / seconds : 0)}/s`]),
      ...(counts.skipped ? [`${counts.skipped} skipped`] : []),
      ...(counts.failed ? [paint(colour, 'red', `${counts.failed} failed`)] : []),
      ...(share > 0 && share < 1 ? [`about ${secondsInWords(seconds / share - seconds)} to go`] : []),
    ];
    return parts.join(', ');
  };

  const clear = () => {
    if (drawn > 0) err.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const draw = () => {
    clear();
    // A terminal that does not know its width says 0.
    const width = (err.columns || 80) - 1;
    const shown = [...rows]
      .slice(0, moving.rows)
      .map(([name, row]) => shortened(moved === undefined ? `${doing} ${name}` : lineOf(name, row, doing), width));
    err.write([...shown, shortened(summary(), width), ''].join('\n'));
    drawn = shown.length + 1;
  };
  const timer = moves
    ? setInterval(draw, moving.redrawMs)
    : setInterval(() => err.write(`${summary()}\n`), moving.plainMs);
  timer.unref();

  return {
    begin: (name, ownBytes) => void rows.set(name, { bytes: ownBytes, moved: 0, waits: false }),
    moved: (name, more) => {
      movedBytes += more;
      const row = rows.get(name);
      if (row) row.moved += more;
    },
    arrived: (name) => {
      const row = rows.get(name);
      if (row) row.waits = true;
    },
    end: (name, outcome) => {
      const ownBytes = rows.get(name)?.bytes ?? 0;
      settledBytes += ownBytes;
      if (outcome === 'skipped') skippedBytes += ownBytes;
      counts[outcome]++;
      rows.delete(name);
    },
    say: (output, text) => {
      clear();
      shell[output].write(text);
    },
    close: () => {
      clearInterval(timer);
      clear();
    },
  };
};

const lineOf = (name: string, { bytes, moved, waits }: Row, doing: string): string => {
  const share = bytes > 0 ? Math.min(1, moved / bytes) : 0;
  const full = Math.round(share * moving.barWidth);
  const bar = `${'#'.repeat(full)}${'-'.repeat(moving.barWidth - full)}`;
  const state = waits ? doing : `${Math.floor(share * 100)} % of ${bytesInWords(bytes)}`;
  return `[${bar}] ${state.padEnd(18)} ${name}`;
};

/** A line that wraps would take more rows than are cleared before the next drawing. One that is cut loses its colours. */
const shortened = (line: string, width: number): string => {
  const text = stripVTControlCharacters(line);
  return text.length > width ? `${text.slice(0, width - 1)}…` : line;
};
