import { formatOfContentType } from '../../../../lib/core/formats.ts';
import { partsOf } from '../boundaries.ts';
import type { End, Input } from '../input.ts';
import { drawSeeds } from '../seeds.ts';

/** Each kind of file, cut at each boundary of its structure and in the middle of each part. */
export const cutOff = async (): Promise<readonly Input[]> =>
  (await drawSeeds()).flatMap(({ title, contentType, file }) => {
    const parts = partsOf(formatOfContentType(contentType), file);
    const many = parts.length > 10 ? [...parts.slice(0, 7), ...parts.slice(-3)] : parts;
    const ends = new Set(many.flatMap(({ from, to }) => [from, Math.floor((from + to) / 2)]).filter((at) => at > 0));
    return [...ends].map(
      (at): Input => ({
        group: 'cut off',
        title: `${title} that ends after ${at} of ${file.length} bytes`,
        contentType,
        bytes: () => file.subarray(0, at),
        end: endsOf(title, at, file),
      }),
    );
  });

/** An animated GIF is shown up to the cut, and a GIF that lacks only its trailer is whole. */
const endsOf = (title: string, at: number, file: Buffer): readonly End[] => {
  if (at < 12) return ['not-an-image', 'corrupt', 'unsupported-format'];
  if (title.includes('GIF') && at > file.length / 8) return ['corrupt', 'ready'];
  return ['corrupt', 'unsupported-format'];
};
