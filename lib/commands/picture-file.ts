import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { failures } from '../core/errors.ts';
import { type ContentType, formats } from '../core/formats.ts';
import { sniff } from '../render/sniff.ts';
import { unreadableFile } from './file-trouble.ts';

/** `refused` says what to do about a file that no Darkroom accepts. */
type PictureType =
  | { readonly contentType: ContentType; readonly refused?: undefined }
  | { readonly contentType: 'application/octet-stream'; readonly refused: string };

export type Digested = PictureType & { readonly sha256: string };

/** Reads a file once, piece by piece: its digest, and its format by its first bytes. */
export const digested = async (path: string): Promise<Digested> => {
  const hash = createHash('sha256');
  let head: Buffer | undefined;
  try {
    for await (const piece of createReadStream(path)) {
      head ??= piece as Buffer;
      hash.update(piece as Buffer);
    }
  } catch (cause) {
    throw unreadableFile(path, cause);
  }
  return { sha256: hash.digest('base64'), ...typeOf(head ?? new Uint8Array()) };
};

export const readPicture = async (path: string): Promise<Uint8Array> => {
  try {
    return await readFile(path);
  } catch (cause) {
    throw unreadableFile(path, cause);
  }
};

export const typeOf = (head: Uint8Array): PictureType => {
  const found = sniff(head);
  if ('accepted' in found) return { contentType: formats[found.accepted].contentType };
  const refused =
    'refused' in found
      ? `This is ${found.refused}, which is not accepted. ${found.advice}`
      : head.length === 0
        ? 'The file is empty. Copy it again from where it came, or leave it out.'
        : failures['not-an-image'];
  return { contentType: 'application/octet-stream', refused };
};
