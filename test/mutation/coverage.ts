import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Range = { readonly startOffset: number; readonly endOffset: number; readonly count: number };
type Script = { readonly url: string; readonly functions: readonly { readonly ranges: readonly Range[] }[] };
/** What one suite runs: of each file of lib/, the ranges of its text with how often they ran, in every process. */
export type Coverage = ReadonlyMap<string, readonly (readonly Range[])[]>;

/** Reads what Node wrote into the folder of NODE_V8_COVERAGE. Types are stripped in place, so positions are those of the source. */
export const coverageIn = (folder: string, root: string): Coverage => {
  const base = pathToFileURL(`${root}/`).href;
  const found = new Map<string, (readonly Range[])[]>();
  for (const name of readdirSync(folder)) {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { readonly result: readonly Script[] };
    for (const { url, functions } of result) {
      if (!url.startsWith(`${base}lib/`)) continue;
      const file = url.slice(base.length);
      const runs = found.get(file) ?? [];
      runs.push(functions.flatMap(({ ranges }) => ranges));
      found.set(file, runs);
    }
  }
  return found;
};

/** Whether the suite has run what stands at this position, in any process. */
export const hasRun = (coverage: Coverage, file: string, position: number): boolean =>
  (coverage.get(file) ?? []).some((ranges) => {
    let inner: Range | undefined;
    for (const range of ranges) {
      const holds = range.startOffset <= position && position < range.endOffset;
      // Of the ranges around a position the shortest one says how often it ran.
      if (holds && (!inner || range.endOffset - range.startOffset <= inner.endOffset - inner.startOffset))
        inner = range;
    }
    return inner !== undefined && inner.count > 0;
  });
