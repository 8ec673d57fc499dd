import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { DarkroomError } from '../client/error.ts';
import type { ImageAnswer } from '../contract/answers.ts';
import { parseWholeNumber } from './arguments.ts';
import { unsigned } from './fetch-variant.ts';
import { fileTrouble } from './file-trouble.ts';
import { originalName } from './original-name.ts';
import { makeOutFolder, unwritable } from './out-folder.ts';
import { digested } from './picture-file.ts';
import { type ProgressDisplay, showProgress } from './progress.ts';
import { asking, endOf, type ServiceOptions, sentenceOfError, type Target, targetOf, withService } from './service.ts';
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
      .option(
        '--parallel <count>',
        'number of files to fetch, or of ids to look up, at a time',
        parseWholeNumber(1, 64),
        4,
      ),
  )
    .addHelpText(
      'after',
      `
An original becomes <id>-<file name>, a variant <id>/v<version>/<name>.<format>. A file name that is too long for a disk
is cut, and letters that Windows refuses become "_". A file that is there already with the same digest is not fetched
again. A file appears under its name only when it is whole and its digest is right.

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
  /** Its digest is null where it is unknown. */
  readonly source: () => Promise<{ readonly url: string; readonly sha256: string | null }>;
  /** Set where it is no fault if there is nothing to fetch. */
  readonly mayBeMissing?: boolean;
};
type Outcome =
  | { readonly status: 'done' }
  /** With a reason if there is no file. */
  | { readonly status: 'skipped'; readonly reason?: string }
  | { readonly status: 'failed'; readonly reason: string };

const download = async (shell: Shell, named: readonly string[], options: Options): Promise<void> => {
  const { collection, out, variants, json } = options;
  if (named.length > 0 === (collection !== undefined))
    throw new CommandEnd('misused', 'Name the images: either their ids or --collection.');
  const target = targetOf(shell, options);
  const found = await asking(target, async () => {
    if (collection === undefined) return findNamed(target, [...new Set(named)], options.parallel);
    const images: ImageAnswer[] = [];
    for await (const image of target.service.images({ collection, limit: 100 })) images.push(image);
    return { images, missing: [] };
  });
  const notReady = variants ? found.images.filter(({ ready }) => !ready) : [];
  const files = found.images.flatMap((image) =>
    variants ? variantsOf(image, out) : originalOf(target, image, out, collection !== undefined),
  );
  await makeOutFolder(out);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const work = { count: files.length, unit: 'files', bytes, doing: 'fetching', moved: 'fetched' } as const;
  const progress = showProgress(shell, work);
  let failed = 0;
  const tell = (id: string, path: string | undefined, outcome: Outcome) => {
    const reason = 'reason' in outcome ? outcome.reason : undefined;
    if (outcome.status === 'failed') failed++;
    if (json) progress.say('out', `${JSON.stringify({ id, ...(path !== undefined && { file: path }), ...outcome })}\n`);
    else if (reason !== undefined) progress.say('err', `${id}: ${reason}\n`);
    else progress.say('out', `${path}\n`);
  };
  try {
    for (const { id, reason } of found.missing) tell(id, undefined, { status: 'failed', reason });
    // One of a collection may be on its way.
    const status = collection === undefined ? 'failed' : 'skipped';
    for (const image of notReady) tell(image.id, undefined, { status, reason: whyNoVariants(image) });
    await sideBySide(files, options.parallel, async (file) => {
      const { id, path } = file;
      progress.begin(path, file.bytes);
      const outcome = await outcomeOf(target, file, () => fetched(file, progress));
      progress.end(path, outcome.status);
      const isMissing = outcome.status === 'skipped' && outcome.reason !== undefined;
      tell(id, isMissing ? undefined : path, outcome);
    });
  } finally {
    progress.close();
  }
  const wanted = files.length + found.missing.length + notReady.length;
  if (failed > 0) throw new CommandEnd('failed', `${countInWords(failed, 'file')} of ${wanted} failed; see above.`);
};

type Missing = { readonly id: string; readonly reason: string };
type Found = { readonly images: readonly ImageAnswer[]; readonly missing: readonly Missing[] };

/** Rejects if there is only one id, and no image under it. */
const findNamed = async (target: Target, ids: readonly string[], atOnce: number): Promise<Found> => {
  const answers: (ImageAnswer | Missing)[] = [];
  await sideBySide(ids.entries(), atOnce, async ([at, id]) => {
    answers[at] = await target.service.findImage(id).catch((error: unknown): Missing => {
      if (ids.length === 1 || !(error instanceof DarkroomError) || error.code !== 'not-found') throw error;
      return { id, reason: sentenceOfError(error) };
    });
  });
  return {
    images: answers.flatMap((answer) => ('reason' in answer ? [] : [answer])),
    missing: answers.flatMap((answer) => ('reason' in answer ? [answer] : [])),
  };
};

/**
 * The fields of an image are those of its newest version, whose file may not have arrived. So each image is asked which
 * original it has.
 */
const originalOf = (
  target: Target,
  { id, filename, original, status }: ImageAnswer,
  out: string,
  isOneOfMany: boolean,
): Wanted => ({
  id,
  path: join(out, originalName(id, filename)),
  bytes: original.bytes,
  source: () => target.service.downloadOriginal(id),
  mayBeMissing: isOneOfMany && ['pending', 'expired', 'failed'].includes(status),
});

const whyNoVariants = ({ id, version, status }: ImageAnswer): string =>
  `The image is not ready: version ${version} is ${status}. "darkroom show ${id} --why" says more.`;

const variantsOf = ({ id, ready }: ImageAnswer, out: string): readonly Wanted[] =>
  (ready?.variants ?? []).map(({ name, format, bytes, sha256, url }) => ({
    id,
    path: join(out, id, `v${ready?.version}`, `${name}.${format}`),
    bytes,
    source: async () => ({ url, sha256 }),
  }));

/** A fault of one file is its outcome; a fault that every other file would have too rejects. */
const outcomeOf = async (
  target: Target,
  { mayBeMissing }: Pick<Wanted, 'mayBeMissing'>,
  work: () => Promise<Outcome>,
): Promise<Outcome> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CommandEnd) return { status: 'failed', reason: error.message };
    if (!(error instanceof DarkroomError)) throw error;
    const end = endOf(target.url, error);
    if (end) throw end;
    const isSkipped = mayBeMissing && error.code === 'not-found';
    return { status: isSkipped ? 'skipped' : 'failed', reason: sentenceOfError(error) };
  }
};

const fetched = async ({ path, source }: Wanted, progress: ProgressDisplay): Promise<Outcome> => {
  const { url, sha256 } = await source();
  const isFile = existsSync(path) && statSync(path).isFile();
  if (isFile && sha256 !== null && (await digested(path)).sha256 === sha256) return { status: 'skipped' };
  const place = unsigned(url);
  const answer = await fetch(url).catch(() => undefined);
  if (!answer) return failure(`${place} cannot be fetched: there is no answer. Run the command again.`);
  if (!answer.ok || !answer.body)
    return failure(`${place} answered ${answer.status}. Run the command again; if it stays so, run "darkroom verify".`);
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
    if (sha256 !== null && hash.digest('base64') !== sha256) {
      await rm(draft, { force: true });
      return failure(`The bytes for ${path} do not have the digest that the service names. Run "darkroom verify".`);
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    if (fileTrouble(error) !== undefined) return failure(`${unwritable(path, error)} Name another folder by --out.`);
    return failure(`${place} could not be fetched whole: ${String(error)}. Run the command again.`);
  }
  return { status: 'done' };
};

const failure = (reason: string): Outcome => ({ status: 'failed', reason });
