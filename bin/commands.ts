import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { darkroom } from '../lib/client/darkroom.ts';
import { DarkroomError } from '../lib/client/error.ts';
import { formats } from '../lib/core/formats.ts';
import { Unusable } from '../lib/core/unusable.ts';
import { backUp } from '../lib/local/backup.ts';
import { rebuild } from '../lib/local/rebuild.ts';
import { renderToFolder } from '../lib/local/render-to-folder.ts';
import { restore } from '../lib/local/restore.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import { sniff } from '../lib/render/sniff.ts';

/** What `darkroom` does besides serving. */

export const render = async (file: string, { out, preset }: { out: string; preset?: string }): Promise<void> => {
  const { default: config } = await import('../darkroom.config.ts');
  const bytes = await readPicture(file);
  const world = { renderer: sharpRenderer(), config };
  const files = await renderToFolder(world, { bytes, contentType: contentTypeOf(bytes) }, { preset, folder: out });
  process.stdout.write(`${files} files and a manifest in ${out}\n`);
};

export const rebuildFrom = async (data: string): Promise<void> => {
  const { default: config } = await import('../darkroom.config.ts');
  const typeOf = (bytes: Uint8Array) => {
    const found = sniff(bytes);
    return 'accepted' in found ? formats[found.accepted].contentType : undefined;
  };
  const { images, ready, pending } = await rebuild(data, { config, typeOf });
  process.stdout.write(
    `Images with something new: ${images}. Versions that are ready: ${ready}. Versions to render when the service starts: ${pending}.\n`,
  );
};

const clock = { now: Date.now };

export const backUpTo = async (data: string, folder: string): Promise<void> => {
  const { originals, missing, damaged } = await backUp(data, folder, clock);
  process.stdout.write(`Backed up to ${folder}: the database, the secret, and originals: ${originals}.\n`);
  for (const key of missing) process.stderr.write(`${key} is known, and not stored: it could not be backed up.\n`);
  for (const key of damaged) process.stderr.write(`${key} is not what was uploaded: it was backed up as it is.\n`);
  if (missing.length + damaged.length > 0) process.exitCode = 1;
};

export const restoreFrom = async (data: string, folder: string): Promise<void> => {
  const { restored, different, newer, aside } = await restore(data, folder, clock);
  process.stdout.write(`Originals that were missing and are back: ${restored}.\n`);
  if (aside !== undefined) process.stdout.write(`The database that was there before is in ${aside}.\n`);
  for (const key of different) process.stderr.write(`${key} differs from the backup, and was left as it is.\n`);
  if (newer.length > 0)
    process.stdout.write(
      `Originals that are newer than the backup: ${newer.length}. Run darkroom rebuild before the service starts, so that it knows them.\n`,
    );
};

type UploadOptions = {
  readonly url: string;
  readonly key?: string;
  readonly preset?: string;
  readonly collection?: string;
};

/** One after the other; what fails is said, and the rest goes on. */
export const upload = async (files: readonly string[], { url, key, ...more }: UploadOptions): Promise<void> => {
  const service = darkroom({ url, key });
  for (const file of files)
    try {
      const contentType = contentTypeOf(await readPicture(file));
      const image = await service.upload(await openAsBlob(file, { type: contentType }), {
        filename: basename(file),
        ...more,
      });
      process.stdout.write(`${file}\t${image.id}\tv${image.ready.version}\t${image.ready.manifest}\n`);
    } catch (error) {
      if (!(error instanceof DarkroomError || error instanceof Unusable)) throw error;
      process.stderr.write(`${file}: ${error.message}\n`);
      process.exitCode = 1;
    }
};

const readPicture = async (file: string): Promise<Uint8Array> => {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new Unusable(`${file} cannot be read.`, { cause });
  }
};

const contentTypeOf = (bytes: Uint8Array): string => {
  const found = sniff(bytes);
  return 'accepted' in found ? formats[found.accepted].contentType : 'application/octet-stream';
};
