import type { ContentType } from '../../../lib/core/formats.ts';
import type { watchedSubject } from './watched.ts';

const mostTries = 200;

/** A smaller file with the same end: pieces are removed, larger ones first, as long as the end stays the same. */
export const minimised = async (
  { look }: ReturnType<typeof watchedSubject>,
  contentType: ContentType,
  bytes: Buffer,
  end: string,
): Promise<Buffer> => {
  let tries = 0;
  const endsAlike = async (candidate: Buffer): Promise<boolean> => {
    let alike = false;
    tries++;
    await look([{ contentType, base64: candidate.toString('base64') }], (seen) => {
      alike = seen.end === end;
    });
    return alike;
  };
  // Every try of a hang takes as long as the watchdog waits.
  if (end === 'hang' || !(await endsAlike(bytes))) return bytes;
  let smallest = bytes;
  for (
    let size = Math.ceil(bytes.length / 2);
    size >= 1 && tries < mostTries;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  )
    for (let at = 0; at < smallest.length && tries < mostTries; ) {
      const without = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (without.length > 0 && (await endsAlike(without))) smallest = without;
      else at += size;
    }
  return smallest;
};
