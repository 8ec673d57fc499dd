import { errorCode } from '../adapters/local/error-code.ts';
import { CommandEnd } from './shell.ts';

/** Why the file system refused, as the end of a sentence about a file; undefined for trouble of another kind. */
export const fileTrouble = (error: unknown): string | undefined => {
  const code = errorCode(error) ?? '';
  return Object.hasOwn(reasons, code) ? reasons[code] : undefined;
};

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not use it',
  EPERM: 'you may not use it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file, and no folder',
  EEXIST: 'there is a file of this name',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EROFS: 'the disk takes no writes',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
};

export const unreadableFile = (path: string, cause: unknown): CommandEnd =>
  new CommandEnd('failed', `${path} cannot be read: ${fileTrouble(cause) ?? errorCode(cause)}. ${cureOf(cause)}`, {
    cause,
  });

const cureOf = (cause: unknown): string => {
  const code = errorCode(cause) ?? '';
  if (code === 'EISDIR') return 'Name a file in it.';
  return code === 'EACCES' || code === 'EPERM' ? 'Let your user read it, or leave it out.' : 'Check the path.';
};
