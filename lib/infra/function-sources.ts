import type { FunctionName } from '../environment.ts';

/** The file in `functions/` of each function. */
export const sources = {
  api: 'api.ts',
  render: 'render.ts',
  chores: 'chores.ts',
  lane: 'lane.ts',
  deadLetter: 'dead-letter.ts',
  publish: 'publish.ts',
  authorize: 'authorize.ts',
} as const satisfies Record<FunctionName, string>;
