import { crc32 } from 'node:zlib';
import { formatOfContentType } from '../../../lib/core/formats.ts';
import { type Part, partsOf } from '../hostile/boundaries.ts';
import type { Seed } from '../hostile/seeds.ts';
import { type Chance, chanceOf } from './chance.ts';

export type Mutant = { readonly seed: Seed; readonly changes: readonly string[]; readonly bytes: Buffer };

/** The mutant of this number, always the same: one to four changes of a seed, most of them in its structure. */
export const mutantOf = (seeds: readonly Seed[], run: number, number: number): Mutant => {
  const chance = chanceOf(run, number);
  const seed = chance.pick(seeds);
  const others = seeds.filter(({ contentType }) => contentType === seed.contentType);
  let bytes: Buffer = Buffer.from(seed.file);
  const changes: string[] = [];
  for (let left = chance.pick([1, 1, 1, 2, 2, 3, 4]); left > 0 && bytes.length > 0; left--) {
    const [head, ...rest] = partsSafely(seed, bytes);
    // Without its first bytes a file is no picture, and its other bytes are not read.
    const parts = head && (rest.length === 0 || chance.below(20) === 0) ? [head, ...rest] : rest;
    const [name, change] = chance.pick(kinds);
    bytes = change({ bytes, parts, chance, others }).subarray(0, mostBytes);
    changes.push(name);
  }
  if (chance.below(4) > 0) bytes = sealed(seed, bytes);
  return { seed, changes, bytes };
};

const mostBytes = 2 * 1024 * 1024;

type World = {
  readonly bytes: Buffer;
  readonly parts: readonly Part[];
  readonly chance: Chance;
  readonly others: readonly Seed[];
};

/** A file that was changed before may have no parts left that can be followed. */
const partsSafely = ({ contentType }: Seed, bytes: Buffer): readonly Part[] => {
  try {
    const parts = partsOf(formatOfContentType(contentType), bytes).filter(
      ({ from, to }) => from < to && to <= bytes.length,
    );
    if (parts.length > 0) return parts;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return [{ from: 0, to: bytes.length }];
};

const cut = (bytes: Buffer, { from, to }: Part, ...by: readonly Uint8Array[]) =>
  Buffer.concat([bytes.subarray(0, from), ...by, bytes.subarray(to)]);

const tellingNumbers = [
  0,
  1,
  2,
  7,
  8,
  127,
  128,
  254,
  255,
  256,
  300,
  301,
  4095,
  4096,
  9999,
  10_000,
  10_001,
  32_767,
  32_768,
  65_535,
  65_536,
  2 ** 24 - 1,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 8,
  2 ** 32 - 1,
];

const kinds: readonly (readonly [name: string, change: (world: World) => Buffer])[] = [
  [
    'a byte in the head of a part',
    ({ bytes, parts, chance }) => {
      const { from, to } = chance.pick(parts);
      bytes[from + chance.below(Math.min(24, to - from))] = chance.below(256);
      return bytes;
    },
  ],
  [
    'a bit anywhere',
    ({ bytes, chance }) => {
      const at = chance.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
      return bytes;
    },
  ],
  [
    'a boundary value in a part',
    ({ bytes, parts, chance }) => {
      const { from, to } = chance.pick(parts);
      const size = chance.pick([1, 2, 3, 4]);
      const at = from + chance.below(Math.min(32, to - from));
      if (at + size > bytes.length) return bytes;
      const value = chance.pick(tellingNumbers) % 2 ** (8 * size);
      if (chance.below(2) === 0) bytes.writeUIntBE(value, at, size);
      else bytes.writeUIntLE(value, at, size);
      return bytes;
    },
  ],
  ['a part is left out', ({ bytes, parts, chance }) => cut(bytes, chance.pick(parts))],
  [
    'a part comes again',
    ({ bytes, parts, chance }) => {
      const part = chance.pick(parts);
      const copy = bytes.subarray(part.from, part.to);
      const often = chance.below(10) === 0 ? 300 : 1 + chance.below(3);
      return cut(bytes, { from: part.to, to: part.to }, ...Array.from({ length: often }, () => copy));
    },
  ],
  [
    'two parts change places',
    ({ bytes, parts, chance }) => {
      const [a, b] = [chance.pick(parts), chance.pick(parts)].sort((one, other) => one.from - other.from);
      if (!a || !b || a === b) return bytes;
      return Buffer.concat([
        bytes.subarray(0, a.from),
        bytes.subarray(b.from, b.to),
        bytes.subarray(a.to, b.from),
        bytes.subarray(a.from, a.to),
        bytes.subarray(b.to),
      ]);
    },
  ],
  [
    'a part of another file',
    ({ bytes, parts, chance, others }) => {
      const other = chance.pick(others);
      const from = chance.pick(partsSafely(other, other.file));
      const at = chance.pick(parts);
      return cut(
        bytes,
        chance.below(2) === 0 ? at : { from: at.from, to: at.from },
        other.file.subarray(from.from, from.to),
      );
    },
  ],
  ['a cut at a boundary', ({ bytes, parts, chance }) => bytes.subarray(0, chance.pick(parts).to)],
  ['a cut anywhere', ({ bytes, chance }) => bytes.subarray(0, 1 + chance.below(bytes.length))],
  [
    'bytes at a boundary',
    ({ bytes, parts, chance }) => {
      const { from } = chance.pick(parts);
      return cut(
        bytes,
        { from, to: from },
        Buffer.alloc(1 + chance.below(chance.below(20) === 0 ? 100_000 : 16), chance.below(256)),
      );
    },
  ],
  [
    'a run of bytes',
    ({ bytes, chance }) => {
      const at = chance.below(bytes.length);
      return bytes.fill(
        chance.pick([0, 255, chance.below(256)]),
        at,
        Math.min(bytes.length, at + 1 + chance.below(64)),
      );
    },
  ],
];

/** With correct checksums and lengths, so that decoders read the rest too. */
const sealed = ({ contentType }: Seed, bytes: Buffer): Buffer => {
  if (contentType === 'image/webp' && bytes.length >= 8) bytes.writeUInt32LE(bytes.length - 8, 4);
  if (contentType === 'image/png')
    for (let at = 8; at + 12 <= bytes.length; ) {
      const end = at + 8 + bytes.readUInt32BE(at);
      if (end + 4 > bytes.length) break;
      bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
      at = end + 4;
    }
  return bytes;
};
