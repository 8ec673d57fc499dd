import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { darkroom } from '../lib/client/darkroom.ts';
import { DarkroomError } from '../lib/client/error.ts';
import { formats } from '../lib/core/formats.ts';
import { Unusable } from '../lib/core/unusable.ts';
import { rebuild } from '../lib/local/rebuild.ts';
import { renderToFolder } from '../lib/local/render-to-folder.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import { sniff } from '../lib/render/sniff.ts';

/** The commands of `darkroom` other than `serve`. */

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

type UploadOptions = {
  readonly url: string;
  readonly key?: string;
  readonly preset?: string;
  readonly collection?: string;
};

/** One after the other. A failure is reported, and the rest goes on. */
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
