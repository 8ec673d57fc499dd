import type { Kind } from './fault.ts';

/** Faults that no test can catch, because nothing that can be observed changes: the line as it is, and why. */
export const explained: readonly {
  readonly file: string;
  readonly line: string;
  readonly kind: Kind;
  readonly why: string;
}[] = [
  {
    file: 'lib/api/endpoints.ts',
    line: 'if (body.collection === undefined) demandEverything(grant);',
    kind: 'a condition dropped',
    why: 'the other branch refuses the same keys with the same code; only the sentence differs',
  },
  {
    file: 'lib/local/walls.ts',
    line: "if (process.platform !== 'linux') return [];",
    kind: 'a condition dropped',
    why: 'only saves a search: other systems have none of the programs that it looks for',
  },
];
