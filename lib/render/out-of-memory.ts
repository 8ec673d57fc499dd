/**
 * Codecs report with a sentence and no code, so this is the one place that reads sentences: too little memory is no fault
 * of the file. A limit that a decoder sets itself is worded alike, and is one.
 */
export const isOutOfMemory = (error: unknown): boolean => {
  if (!(error instanceof Object)) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'ERR_MEMORY_ALLOCATION_FAILED' || code === 'ENOMEM') return true;
  return typeof message === 'string' && sentences.test(message) && !ownLimit.test(message);
};

const sentences =
  /out of memory|insufficient memory|memory allocation|allocation failed|unable to allocate|cannot allocate/i;
const ownLimit = /security limit/i;
