import { databaseTrouble } from '../adapters/local/database-trouble.ts';
import { errorCode } from '../adapters/local/error-code.ts';
import { Unusable } from '../core/unusable.ts';

/**
 * Runs a part of the start. Trouble that an operator can end becomes a sentence; `cure` says what helps if the file is
 * damaged.
 */
export const inSentences = async <T>(
  data: string,
  path: string,
  work: () => T | Promise<T>,
  cure = 'Remove it and start again.',
): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const sentence = error instanceof Unusable ? undefined : sentenceOf(error, data, path, cure);
    throw sentence === undefined ? error : new Unusable(sentence, { cause: error });
  }
};

const sentenceOf = (error: unknown, data: string, path: string, cure: string): string | undefined => {
  const trouble = databaseTrouble(error) ?? fileTrouble(error);
  switch (trouble) {
    case 'full':
      return `The disk of ${data} is full. Free some space there and start again.`;
    case 'read-only':
      return `${path} cannot be written. Make it writable for the user that Darkroom runs as, or set DARKROOM_DATA to another folder.`;
    case 'unopenable':
      return `${path} cannot be opened as a file. See that it is a file and not a folder, and that the user that Darkroom runs as may read and write it.`;
    case 'damaged':
      return `${path} is damaged, or no file of Darkroom. ${cure}`;
    case 'input-output':
      return `${path} cannot be read or written: the disk reports errors. Look at the disk, then start again.`;
    default:
      return undefined;
  }
};

const fileTrouble = (error: unknown) => {
  const code = errorCode(error) ?? '';
  const troubles = {
    ENOSPC: 'full',
    EDQUOT: 'full',
    EROFS: 'read-only',
    EACCES: 'read-only',
    EPERM: 'read-only',
    EISDIR: 'unopenable',
    ENOTDIR: 'unopenable',
    EIO: 'input-output',
  } as const;
  return Object.hasOwn(troubles, code) ? troubles[code as keyof typeof troubles] : undefined;
};
