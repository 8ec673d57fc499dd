import type { Launch } from './render-process.ts';

/** The argument of the program that lets a renderer hold as little memory as it can. docs/one-box.md#little-memory */
export const littleMemory = 'little-memory';

/**
 * What codecs allocate goes back to the system as soon as it is free, one of them works at a time, and the garbage of
 * JavaScript stays small. A render takes longer.
 */
const environment = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
  UV_THREADPOOL_SIZE: '1',
  NODE_OPTIONS: '--max-old-space-size=64 --max-semi-space-size=1',
};

export const withLittleMemory = (launch: Launch): Launch => ({
  ...launch,
  arguments: [...launch.arguments, littleMemory],
  environment: { ...launch.environment, ...environment },
});
