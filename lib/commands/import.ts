import { Command } from 'commander';
import { parseWholeNumber } from './arguments.ts';
import { findFiles } from './find-files.ts';
import { findObjects, isBucket } from './find-objects.ts';
import { checkPathMap, type MappedPath, writePathMap } from './path-map.ts';
import { asking, type ServiceOptions, targetOf, withService } from './service.ts';
import type { Shell } from './shell.ts';
import { sideBySide } from './side-by-side.ts';
import { upload } from './upload.ts';
import { countInWords } from './words.ts';

type Options = ServiceOptions & {
  readonly map: string;
  readonly collection?: string;
  readonly preset?: string;
  readonly journal?: string;
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
map is written again in full. Each line of it has "old" (the path below the source), "id", "version", "url" (what an
<img> shows) and "manifest" (all variants).

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
  try {
    await upload(shell, files, { ...options, wait: true }, ({ name }, outcome) => {
      if (outcome.status !== 'failed' && outcome.id !== undefined) ids.set(name, outcome.id);
    });
  } finally {
    // Also when some files failed, or after Ctrl-C: what is there can be used and compared.
    if (ids.size > 0) writePathMap(map, await addressesOf(shell, ids, options));
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
      const { ready } = await target.service.findImage(id);
      if (ready) found.push({ old, id, version: ready.version, url: ready.picture.img.src, manifest: ready.manifest });
    }),
  );
  if (!options.json) shell.err.write(`${countInWords(found.length, 'path')} in the map\n`);
  return found.sort((a, b) => (a.old < b.old ? -1 : 1));
};
