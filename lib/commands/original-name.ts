import { extname } from 'node:path';

/** The longest name of a file that Linux takes, less the ending of a draft. */
const maxNameBytes = 255 - '.part'.length;
/** What is longer says no format. */
const maxEndingBytes = 16;

/**
 * The name under which a disk takes the original of an image. A file name comes from the person who uploaded the file:
 * it names no other folder here, has no letter that Windows refuses, and may be longer than a disk takes.
 */
export const originalName = (id: string, filename: string | null): string => {
  const name = (filename ?? '').replace(/[<>:"/\\|?*\p{Cc}]/gu, '_').replace(/[. ]+$/, '') || 'original';
  const ending = Buffer.byteLength(extname(name)) > maxEndingBytes ? '' : extname(name);
  const stem = name.slice(0, name.length - ending.length);
  return `${id}-${cutTo(stem, maxNameBytes - Buffer.byteLength(`${id}-${ending}`))}${ending}`.replace(/[. ]+$/, '');
};

/** As many whole letters as there is room for. */
const cutTo = (text: string, bytes: number): string => {
  let kept = '';
  let left = bytes;
  for (const letter of text) {
    left -= Buffer.byteLength(letter);
    if (left < 0) break;
    kept += letter;
  }
  return kept;
};
