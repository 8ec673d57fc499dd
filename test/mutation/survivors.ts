import type { Kind } from './fault.ts';

/** Faults that no test can catch, because nothing that can be observed changes: the line as it is, and why. */
export const explained: readonly {
  readonly file: string;
  readonly line: string;
  readonly kind: Kind;
  readonly why: string;
}[] = [];
