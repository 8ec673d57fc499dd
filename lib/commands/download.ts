import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import type { ImageAnswer } from '../contract/answers.ts';
import { parseWholeNumber } from './arguments.ts';
import { unsigned } from './fetch-variant.ts';
import { fileTrouble } from './file-trouble.ts';
import { makeOutFolder, unwritable } from './out-folder.ts';
import { digested } from './picture-file.ts';
import { type ProgressDisplay, showProgress } from './progress.ts';
import { asking, type ServiceOptions, type Target, targetOf, withService } from './service.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { sideBySide } from './side-by-side.ts';
import { countInWords } from './words.ts';

type Options = ServiceOptions & {
  readonly out: string;
  readonly collection?: string;
  readonly variants?: true;
  readonly parallel: number;
};

export const downloadCommand = (shell: Shell): Command =>
  withService(
    new Command('download')
      .description('Download originals, or all variants, and check their digests.')
      .argument('[ids...]', 'ids of images')
      .option('--collection <name>', 'download every image of this collection')
      .option('--out <folder>', 'folder to put the files into', '.')
      .option('--variants', 'download the variants that people see instead of the original')
      .option('--parallel <count>', 'number of files to fetch at a time', parseWholeNumber(1, 64), 4),
  )
    .addHelpText(
      'after',
      `
An original becomes <id>-<file name>, a variant <id>/v<version>/<name>.<format>. A file that is there already with the
same digest is not fetched again. A file appears under its name only when it is whole and its digest is right.

Examples:
  darkroom download dz3kq7w2ynfa5xbv4hcd6tjrpe
  darkroom download --collection holidays --out originals
  darkroom download --collection holidays --variants --out public/images`,
    )
    .action((ids: string[], options: Options) => download(shell, ids, options));

type Wanted = {
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string | null;
  readonly url: () => Promise<string>;
};

const download = async (shell: Shell, named: readonly string[], options: Options): Promise<void> => {
  const { collection, out, variants, json } = options;
  if (named.length > 0 === (collection !== undefined))
    throw new CommandEnd('misused', 'Name the images: either their ids or --collection.');
  const target = targetOf(shell, options);
  const images = await asking(target, async () => {
    if (collection === undefined) return Promise.all(named.map((id) => target.service.findImage(id)));
    return Array.fromAsync(target.service.images({ collection, limit: 100 }));
  });
  const files = images.flatMap((image) => (variants ? variantsOf(image, out) : originalOf(target, image, out)));
  await makeOutFolder(out);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const work = { count: files.length, unit: 'files', bytes, doing: 'fetching', moved: 'fetched' } as const;
  const progress = showProgress(shell, work);
  let failed = 0;
  try {
    await sideBySide(files, options.parallel, async (file) => {
      const { id, path } = file;
      progress.begin(path, file.bytes);
      const reason = await fetched(target, file, progress);
      if (typeof reason === 'string') failed++;
      const status = typeof reason === 'string' ? 'failed' : reason ? 'done' : 'skipped';
      progress.end(path, status);
      const outcome = { id, file: path, status, ...(typeof reason === 'string' && { reason }) };
      if (json) progress.say('out', `${JSON.stringify(outcome)}\n`);
      else if (typeof reason === 'string') progress.say('err', `${id}: ${reason}\n`);
      else progress.say('out', `${path}\n`);
    });
  } finally {
    progress.close();
  }
  if (failed > 0)
    throw new CommandEnd('failed', `${countInWords(failed, 'file')} of ${files.length} failed; see above.`);
};

const originalOf = (target: Target, { id, filename, original, status }: ImageAnswer, out: string): readonly Wanted[] =>
  status === 'pending' || status === 'expired'
    ? []
    : [
        {
          id,
          path: join(out, `${id}-${plain(filename ?? 'original')}`),
          bytes: original.bytes,
          sha256: original.sha256,
          url: async () => (await target.service.downloadOriginal(id)).url,
        },
      ];

const variantsOf = ({ id, ready }: ImageAnswer, out: string): readonly Wanted[] =>
  (ready?.variants ?? []).map(({ name, format, bytes, sha256, url }) => ({
    id,
    path: join(out, id, `v${ready?.version}`, `${name}.${format}`),
    bytes,
    sha256,
    url: async () => url,
  }));

/** A file name comes from the person who uploaded the file: it names no other folder here. */
const plain = (filename: string): string => filename.replace(/[/\\:]/g, '_');

/** True if the file was fetched, false if it existed, or a sentence that says why it could not be fetched. */
const fetched = async (
  target: Target,
  { path, sha256, url }: Wanted,
  progress: ProgressDisplay,
): Promise<boolean | string> => {
  if (existsSync(path) && sha256 !== null && (await digested(path)).sha256 === sha256) return false;
  const address = await asking(target, url);
  const place = unsigned(address);
  const answer = await fetch(address).catch(() => undefined);
  if (!answer) return `${place} cannot be fetched: there is no answer. Run the command again.`;
  if (!answer.ok || !answer.body)
    return `${place} answered ${answer.status}. Run the command again; if it stays so, run "darkroom verify".`;
  const draft = `${path}.part`;
  const hash = createHash('sha256');
  try {
    await mkdir(dirname(path), { recursive: true });
    await pipeline(
      Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]),
      async function* (pieces: AsyncIterable<Uint8Array>) {
        for await (const piece of pieces) {
          hash.update(piece);
          progress.moved(path, piece.length);
          yield piece;
        }
      },
      createWriteStream(draft),
    );
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    if (fileTrouble(error) !== undefined) return `${unwritable(path, error)} Name another folder by --out.`;
    return `${place} could not be fetched whole: ${String(error)}. Run the command again.`;
  }
  if (sha256 !== null && hash.digest('base64') !== sha256) {
    await rm(draft, { force: true });
    return `The bytes for ${path} do not have the digest that the service names. Run "darkroom verify".`;
  }
  await rename(draft, path);
  return true;
};
