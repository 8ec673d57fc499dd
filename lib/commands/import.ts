import { Command } from 'commander';
import { DarkroomError } from '../client/error.ts';
import type { ImageAnswer } from '../contract/answers.ts';
import { parseWholeNumber } from './arguments.ts';
import { findFiles } from './find-files.ts';
import { findObjects, isBucket } from './find-objects.ts';
import { checkPathMap, type MappedPath, readPathMap, writePathMap } from './path-map.ts';
import { asking, type ServiceOptions, type Target, targetOf, withService } from './service.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { sideBySide } from './side-by-side.ts';
import { upload } from './upload.ts';
import { countInWords } from './words.ts';

type Options = ServiceOptions & {
  readonly map: string;
  readonly collection?: string;
  readonly preset?: string;
  readonly journal?: string;
  readonly again?: true;
  readonly parallel: number;
  readonly endpoint?: string;
};

export const importCommand = (shell: Shell): Command =>
  withService(
    new Command('import')
      .description('Upload the pictures of another system, and write down which address each old path has now.')
      .argument('<source>', 'folder with the originals, or a bucket: s3://bucket or s3://bucket/path')
      .requiredOption('--map <file>', 'file for the old paths and the new addresses, one JSON object per line')
      .option('--collection <name>', 'collection to put the images into')
      .option('--preset <name>', 'preset to use (default: that of the service)')
      .option('--parallel <count>', 'number of files to send at a time', parseWholeNumber(1, 64), 4)
      .option('--again', 'upload files again that were uploaded before, as new images')
      .option('--journal <file>', 'file that records the uploaded files (default: that of "darkroom upload")')
      .option(
        '--endpoint <address>',
        'address of the store of the bucket (default: DARKROOM_OBJECTS_ENDPOINT, or AWS)',
      ),
  )
    .addHelpText(
      'after',
      `
After Ctrl-C or a kill the same command continues where it stopped: files are uploaded as by "darkroom upload", and the
map is written again in full, without the paths whose images were deleted since. Each line of it has "old" (the path
below the source), "id", "version", "url" (what an <img> shows) and "manifest" (all variants).

A bucket is only read, with AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Objects are taken whose names end as
those of pictures do, or have no ending. An object counts as the same if its name, size and time of last change are, so
a repeat fetches only what it sends.

Examples:
  darkroom import old-originals --map map.jsonl --collection shop
  darkroom import s3://old-bucket/originals --map map.jsonl --collection shop
  darkroom compare map.jsonl --old https://old.example/photos/`,
    )
    .action((source: string, options: Options) => importFrom(shell, source, options));

const importFrom = async (shell: Shell, source: string, { map, endpoint, ...options }: Options): Promise<void> => {
  const files = isBucket(source) ? await findObjects(shell, source, endpoint) : await findFiles([source]);
  checkPathMap(map);
  const ids = new Map<string, string>();
  const notReached = new Set(files.map(({ name }) => name));
  try {
    await upload(shell, { files, wanted: [source] }, { ...options, wait: true }, ({ name }, outcome) => {
      // A file that could not even be sent leaves its line of an earlier run as it is.
      if (outcome.id !== undefined) notReached.delete(name);
      if (outcome.status !== 'failed' && outcome.id !== undefined) ids.set(name, outcome.id);
    });
  } finally {
    // Also when some files failed, or after Ctrl-C: what is there can be used and compared.
    if (ids.size > 0) {
      const kept = mappedBefore(map).filter(({ old }) => notReached.has(old));
      const paths = [...kept, ...(await addressesOf(shell, ids, options))];
      if (!options.json) shell.err.write(`${countInWords(paths.length, 'path')} in the map\n`);
      writePathMap(
        map,
        paths.sort((a, b) => (a.old < b.old ? -1 : 1)),
      );
    }
  }
};

/** What is no map is written anew. */
const mappedBefore = (map: string): readonly MappedPath[] => {
  try {
    return readPathMap(map);
  } catch (error) {
    if (error instanceof CommandEnd) return [];
    throw error;
  }
};

const addressesOf = async (
  shell: Shell,
  ids: ReadonlyMap<string, string>,
  options: ServiceOptions & Pick<Options, 'parallel'>,
): Promise<readonly MappedPath[]> => {
  const target = targetOf(shell, options);
  const found: MappedPath[] = [];
  await asking(target, () =>
    sideBySide([...ids], options.parallel, async ([old, id]) => {
      const ready = await readyOf(shell, target, old, id);
      if (ready) found.push({ old, id, version: ready.version, url: ready.picture.img.src, manifest: ready.manifest });
    }),
  );
  return found;
};

/** An image that was deleted after its upload is no fault, and does not keep the other paths out of the map. */
const readyOf = async (shell: Shell, { service }: Target, old: string, id: string): Promise<ImageAnswer['ready']> => {
  try {
    return (await service.findImage(id)).ready;
  } catch (error) {
    if (!(error instanceof DarkroomError) || error.code !== 'not-found') throw error;
    shell.err.write(
      `${old}: Its image ${id} was deleted, so the map has no address for it. --again uploads every file again.\n`,
    );
    return null;
  }
};
