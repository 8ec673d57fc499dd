import type { FailureCode } from '../../../lib/core/errors.ts';
import type { ContentType } from '../../../lib/core/formats.ts';

/** One hostile file, or one with the largest values of its format, and how it has to end. */
export type Input = {
  readonly group: string;
  readonly title: string;
  readonly contentType: ContentType;
  readonly bytes: () => Uint8Array | Promise<Uint8Array>;
  /** If two ends are right, the decoder decides. */
  readonly end: End | readonly End[];
};
export type End = 'ready' | FailureCode;

type Rest = readonly [title: string, end: Input['end'], bytes: Input['bytes']];

export const inputs = (group: string, contentType: ContentType, rows: readonly Rest[]): readonly Input[] =>
  rows.map(([title, end, bytes]) => ({ group, title, contentType, end, bytes }));

export const zeros = (count: number): Buffer => Buffer.alloc(count);
export const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');
export const be16 = (value: number): Buffer => Buffer.of((value >> 8) & 255, value & 255);
export const le16 = (value: number): Buffer => Buffer.of(value & 255, (value >> 8) & 255);
export const be32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value >>> 0);
  return out;
};
export const le32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value >>> 0);
  return out;
};
export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
/** A copy of the file with other bytes at a place. */
export const patched = (file: Uint8Array, at: number, ...by: readonly number[]): Buffer => {
  const out = Buffer.from(file);
  out.set(by, at);
  return out;
};
