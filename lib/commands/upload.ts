import { openAsBlob } from 'node:fs';
import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Command } from 'commander';
import { DarkroomError } from '../client/error.ts';
import { putFile } from '../client/put.ts';
import { sleep } from '../client/retry.ts';
import type { ImageAnswer, Ticket } from '../contract/answers.ts';
import { parseWholeNumber } from './arguments.ts';
import { unreadableFile } from './file-trouble.ts';
import { type FoundFile, findFiles, type RemoteFile } from './find-files.ts';
import { type Digested, digested } from './picture-file.ts';
import { type ProgressDisplay, showProgress } from './progress.ts';
import { sendingFetch } from './send-file.ts';
import { asking, endOf, type ServiceOptions, sentenceOfError, type Target, targetOf, withService } from './service.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { sideBySide, slots } from './side-by-side.ts';
import {
  type Journal,
  journalFile,
  journalKey,
  keyOfAttempt,
  type Note,
  openJournal,
  readJournal,
  roundKey,
} from './upload-journal.ts';
import { bytesInWords, countInWords, secondsInWords } from './words.ts';

type Options = ServiceOptions & {
  readonly preset?: string;
  readonly collection?: string;
  readonly parallel: number;
  readonly journal?: string;
  readonly dryRun?: true;
  readonly sync?: true;
  readonly again?: true;
  readonly wait: boolean;
};

/**
 * This many images may wait for the renderers while the next ones are sent, so that the renderers are never idle and
 * the queue stays short.
 */
const rendering = 32;

export const uploadCommand = (shell: Shell): Command =>
  withService(
    new Command('upload')
      .description('Upload pictures and wait until they are ready.')
      .argument('<files...>', 'files, folders (with the folders in them) and globs')
      .option('--collection <name>', 'collection to put the images into')
      .option(
        '--preset <name>',
        'preset to use: web, wide, full, lean, gallery, thumbnails, specimen, or one of your own',
      )
      .option('--parallel <count>', 'number of files to send at a time', parseWholeNumber(1, 64), 4)
      .option('--sync', 'skip files that the collection already has, by their digests (needs --collection)')
      .option('--dry-run', 'print what would be uploaded, without uploading it')
      .option('--again', 'upload files again that were uploaded before, as new images')
      .option('--no-wait', 'do not wait for the renderers')
      .option('--journal <file>', 'file that records the uploaded files (default: one for each service, see below)'),
  )
    .addHelpText(
      'after',
      `
Hidden files and folders, and links to folders, are left out. Links to files are followed. A picture that cannot be read
counts as failed.

Uploaded files are noted in a journal, so after Ctrl-C or a kill the same command continues where it stopped and
uploads nothing twice. A file counts as the same if its path, its content, the address of the service, the collection
and the preset are. The same command continues with --again, too; once it has ended by itself, the next one uploads
every file once more. The journal is $XDG_STATE_HOME/darkroom/uploads-<service>.jsonl (~/.local/state/ without the
variable); a request that was cut off in the middle is recognised by the service for 24 hours.

Each file that is ready gives a line with its path, the id of its image, the version and the address of its manifest.

Examples:
  darkroom upload photo.jpg
  darkroom upload ~/Pictures/2026 --collection holidays
  darkroom upload 'scans/**/*.png' --preset gallery --parallel 8
  darkroom upload ~/Pictures --collection all --sync --dry-run`,
    )
    .action(async (files: string[], options: Options) =>
      upload(shell, { files: await findFiles(files), wanted: files }, options),
    );

type Run = {
  readonly target: Target;
  readonly options: Options;
  readonly journal: Journal;
  readonly progress: ProgressDisplay;
  readonly signal: AbortSignal;
  /** Digests of what the collection has. */
  readonly known: Set<string>;
  /** By its digest, what is being sent: resolves when it has arrived or has failed. */
  readonly sending: Map<string, Promise<void>>;
  readonly now: () => number;
  /** Makes the repeat of `--again` another request. */
  readonly again: string | undefined;
};
/** `wanted` is what the person has named, in which the files were found. */
type Selection = { readonly files: readonly FoundFile[]; readonly wanted: readonly string[] };
type Outcome =
  | { readonly status: 'ready'; readonly id: string; readonly version: number; readonly manifest: string }
  | { readonly status: 'sent'; readonly id: string; readonly version: number }
  | { readonly status: 'skipped'; readonly reason: string; readonly id?: string }
  | { readonly status: 'failed'; readonly reason: string; readonly id?: string };
type Sent = { readonly key: string; readonly attempt: number; readonly id: string; readonly version: number };

/** `onSettled` gets what became of each file. */
export const upload = async (
  shell: Shell,
  { files, wanted }: Selection,
  options: Options,
  onSettled: (found: FoundFile, outcome: Outcome) => void = () => undefined,
): Promise<void> => {
  if (options.sync && options.collection === undefined)
    throw new CommandEnd('misused', '--sync compares with a collection. Name one by --collection.');
  const target = targetOf(shell, options);
  const known = options.sync ? await digestsIn(target, options.collection) : new Set<string>();
  const file = options.journal ?? journalFile(shell, target.url);
  const round = options.again && roundKey(wanted, placeFor({ target, options }));
  if (options.dryRun) {
    const journal = readJournal(file);
    // Of no request, where no round is to be continued.
    const again = round && (journal.unfinished(round) ?? 'a new round');
    return dryRun(shell, files, { target, options, journal, known, again });
  }

  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  const progress = showProgress(shell, {
    count: files.length,
    unit: 'files',
    bytes,
    doing: 'rendering',
    moved: 'sent',
  });
  const interruption = shell.interruption();
  const stop = new AbortController();
  const signal = AbortSignal.any([interruption, stop.signal]);
  const journal = openJournal(file);
  const again = round && (journal.unfinished(round) ?? journal.begin(round, shell.chance()));
  const run: Run = { target, options, journal, progress, signal, known, sending: new Map(), again, now: shell.now };
  const counts = { ready: 0, sent: 0, skipped: 0, failed: 0 };
  const began = shell.now();
  const settle = (found: FoundFile, outcome: Outcome) => {
    counts[outcome.status]++;
    report(progress, found, outcome, options.json);
    onSettled(found, outcome);
  };

  const places = slots(rendering);
  let end: unknown;
  const endWith = (error: unknown) => {
    end ??= error;
    stop.abort(error);
  };
  await sideBySide(files, options.parallel, async (found) => {
    if (signal.aborted) return;
    progress.begin(found.path, found.bytes);
    try {
      const sent = await attempt(() => send(run, found));
      if ('status' in sent) return settle(found, sent);
      if (!options.wait) return settle(found, { status: 'sent', id: sent.id, version: sent.version });
      progress.arrived(found.path);
      await places.take();
      void attempt(() => untilReady(run, found, sent))
        .then((outcome) => settle(found, outcome), endWith)
        .finally(places.give);
    } catch (error) {
      endWith(error);
    }
  });
  await places.all();
  progress.close();

  if (interruption.aborted)
    throw new CommandEnd('interrupted', 'Stopped. Run the same command again to continue; no file is uploaded twice.');
  if (end !== undefined) throw endOf(target.url, end) ?? end;
  if (round) journal.finish(round);
  if (!options.json) shell.err.write(`${summaryOf(counts, (shell.now() - began) / 1000)}\n`);
  if (counts.failed > 0)
    throw new CommandEnd('failed', `${countInWords(counts.failed, 'file')} of ${files.length} failed; see above.`);
};

/** A fault of one file is its outcome; a fault that every other file would have too rejects. */
const attempt = async <Result>(work: () => Promise<Result>): Promise<Result | Outcome> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DarkroomError && endOf('', error) === undefined)
      return { status: 'failed', reason: sentenceOfError(error) };
    if (error instanceof CommandEnd) return { status: 'failed', reason: error.message };
    throw error;
  }
};

/** A file whose bytes are at `at` on this machine. */
type LocalFile = Digested & { readonly at: string };

const send = async (run: Run, file: FoundFile): Promise<Sent | Outcome> => {
  const { remote, refused } = file;
  if (refused !== undefined) return { status: 'failed', reason: refused };
  if (!remote) return sendFrom(run, file, file.path);
  // What was sent before is not fetched again.
  const before = await settledBefore(run, file, keyOf(run, file, remote.state));
  return before ?? withCopy(remote, (at) => sendFrom(run, file, at));
};

const settledBefore = async (run: Run, file: FoundFile, key: string): Promise<Sent | Outcome | undefined> => {
  const before = run.journal.find(key);
  if (before?.state === 'ready') return { status: 'skipped', reason: 'uploaded before', id: before.id };
  if (before?.state === 'failed') return failedBefore(run, file, before);
  return before?.state === 'sent' ? before : undefined;
};

/** A failure is not final: a reprocess may have made the image ready since, or be at it. */
const failedBefore = async (
  { target, journal, signal }: Run,
  file: FoundFile,
  before: Note,
): Promise<Sent | Outcome> => {
  const image = await imageIfShown(target, before.id, signal);
  if (image?.ready && isMadeOf(image.ready, before)) {
    journal.note({ ...before, path: file.path, state: 'ready', version: image.ready.version, reason: undefined });
    return { status: 'skipped', reason: 'uploaded before', id: before.id };
  }
  if (image && ['pending', 'processing', 'retrying'].includes(image.status))
    return { ...before, version: image.version };
  return failedStill(before, image?.error?.message);
};

const failedStill = ({ id, reason }: Note, now = reason): Outcome => ({
  status: 'failed',
  reason: `${now} It was uploaded before; --again tries once more.`,
  id,
});

/** Not of another file that was uploaded in its place since. */
const isMadeOf = ({ source }: NonNullable<ImageAnswer['ready']>, { version }: Note): boolean => source <= version;

/** Undefined for an image that was deleted, or that the key may not see. */
const imageIfShown = async ({ service }: Target, id: string, signal: AbortSignal): Promise<ImageAnswer | undefined> => {
  try {
    return await service.findImage(id, { signal });
  } catch (error) {
    if (error instanceof DarkroomError && (error.code === 'not-found' || error.code === 'forbidden')) return undefined;
    throw error;
  }
};

const withCopy = async <Result>({ copyTo }: RemoteFile, work: (path: string) => Promise<Result>): Promise<Result> => {
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-'));
  try {
    const copy = join(folder, 'original');
    await copyTo(copy);
    return await work(copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const sendFrom = async (run: Run, file: FoundFile, at: string): Promise<Sent | Outcome> => {
  const { journal, options } = run;
  const digest = { ...(await digested(at)), at };
  run.signal.throwIfAborted();
  const key = keyOf(run, file, file.remote?.state ?? digest.sha256);
  const settled = await settledBefore(run, file, key);
  if (settled) return settled;
  const before = journal.find(key);
  if (digest.refused !== undefined) return { status: 'failed', reason: digest.refused };
  const number = before ? before.attempt + (before.state === 'expired' ? 1 : 0) : 1;
  const isNew = options.sync === true && before === undefined;
  return sendUnlessThere(run, digest.sha256, isNew, () => sendOnce(run, file, digest, key, number));
};

/** Of two new files with the same content, the second waits for the first, which may fail. */
const sendUnlessThere = async (
  { known, sending, signal }: Run,
  sha256: string,
  isNew: boolean,
  send: () => Promise<Sent>,
): Promise<Sent | Outcome> => {
  if (isNew) {
    for (let first = sending.get(sha256); first; first = sending.get(sha256)) await first;
    signal.throwIfAborted();
    if (known.has(sha256)) return { status: 'skipped', reason: 'in the collection' };
  }
  // No wait from here to the entry: others that have waited for the same file look for it.
  const sent = send();
  const settled = sent.then(
    () => void known.add(sha256),
    () => undefined,
  );
  sending.set(sha256, settled);
  await settled;
  if (sending.get(sha256) === settled) sending.delete(sha256);
  return sent;
};

const sendOnce = async (run: Run, file: FoundFile, digest: LocalFile, key: string, number: number): Promise<Sent> => {
  const { journal, progress, signal } = run;
  const { ticket, body } = await ticketFor(run, file, digest, keyOfAttempt(key, number));
  const sent = { key, attempt: number, id: ticket.id, version: ticket.version };
  const note = (state: 'ticket' | 'sent' | 'expired') => journal.note({ ...sent, path: file.path, state });
  const onceMore = () => {
    note('expired');
    return sendOnce(run, file, digest, key, number + 1);
  };
  if (ticket.status === 'expired') return onceMore();
  note('ticket');
  // A repeat of a request whose file had arrived: there is nothing to send.
  if (ticket.status === 'pending')
    try {
      await putFile(
        sendingFetch((bytes) => progress.moved(file.path, bytes)),
        ticket.upload,
        body,
        { signal },
      );
    } catch (error) {
      if (!(error instanceof DarkroomError)) throw error;
      // 403 for a ticket of an earlier run means that it has expired since.
      if (error.status === 403 && Date.parse(ticket.upload.expiresAt) < run.now()) return onceMore();
      // 412: the store has the file from an earlier attempt.
      if (error.status !== 412) throw error.code === 'unreachable' ? new CommandEnd('failed', error.message) : error;
    }
  note('sent');
  return sent;
};

const ticketFor = async (
  { target, options, signal, progress }: Run,
  file: FoundFile,
  { at, sha256, contentType }: LocalFile,
  key: string,
): Promise<{ ticket: Ticket; body: Blob }> => {
  const body = await opened(file.path, at, contentType);
  const { collection, preset } = options;
  const request = { contentType, bytes: body.size, sha256, filename: basename(file.path), collection, preset };
  const asking = () => target.service.requestUpload(request, { signal, idempotencyKey: key });
  const ticket = await patiently(asking, signal, (seconds) =>
    progress.say(
      'err',
      `${file.path}: The service takes no more uploads now, and is asked again in ${secondsInWords(seconds)}.\n`,
    ),
  );
  return { ticket, body };
};

/** The file may be gone since its digest was made. */
const opened = async (path: string, at: string, type: string): Promise<Blob> => {
  try {
    return await openAsBlob(at, { type });
  } catch (cause) {
    const trouble = await access(at, constants.R_OK).then(
      () => cause,
      (reason: unknown) => reason,
    );
    throw unreadableFile(path, trouble);
  }
};

/** Where the service does not say how long to wait, and the longest wait: a timer has no room for more than 24 days. */
const patience = { usualSeconds: 5, maxSeconds: 3600, worthSayingSeconds: 60 };

/** A limit on tickets is no trouble: the upload waits, and every file gets a ticket in the end. */
const patiently = async <T>(ask: () => Promise<T>, signal: AbortSignal, say: (seconds: number) => void): Promise<T> => {
  for (;;)
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof DarkroomError) || error.code !== 'too-many-requests') throw error;
      const seconds = Math.min(Math.max(1, error.retryAfterSeconds ?? patience.usualSeconds), patience.maxSeconds);
      if (seconds >= patience.worthSayingSeconds) say(seconds);
      await sleep(seconds * 1000, signal);
    }
};

const untilReady = async ({ target, journal, signal }: Run, file: FoundFile, sent: Sent): Promise<Outcome> => {
  const { key, attempt: number, id, version } = sent;
  const note = { key, path: file.path, attempt: number, id, version };
  const before = journal.find(key);
  try {
    const image = await target.service.untilReady(id, version, { signal });
    if (before?.state === 'failed' && !isMadeOf(image.ready, before)) return failedStill(before);
    journal.note({ ...note, state: 'ready' });
    return { status: 'ready', id, version: image.ready.version, manifest: image.ready.manifest };
  } catch (error) {
    if (!(error instanceof DarkroomError) || endOf('', error)) throw error;
    // The version that was waited for may be that of another file, or of a ticket that was never used.
    if (before?.state === 'failed') return failedStill(before, error.code === 'expired' ? undefined : error.message);
    if (error.code === 'expired' || error.code === 'not-found') journal.note({ ...note, state: 'expired' });
    // An answer with a status is about this request, not about the picture.
    else if (error.status === undefined) journal.note({ ...note, state: 'failed', reason: error.message });
    return { status: 'failed', reason: error.message, id };
  }
};

const keyOf = (
  { target, options, again }: Pick<Run, 'target' | 'options'> & { again?: string | undefined },
  { path, remote }: FoundFile,
  content: string,
): string => {
  const place = [...placeFor({ target, options }), ...(again === undefined ? [] : [again])];
  return journalKey({ path: remote ? path : resolve(path), content }, place);
};

const placeFor = ({ target, options }: Pick<Run, 'target' | 'options'>): readonly string[] => [
  target.url,
  options.collection ?? '',
  options.preset ?? '',
];

/** Statuses of images that have the file, or may still get it. */
const digestsIn = (target: Target, collection: string | undefined): Promise<Set<string>> =>
  asking(target, async () => {
    const known = new Set<string>();
    for await (const { status, original } of target.service.images({ collection, limit: 100 }))
      if (original.sha256 !== null && status !== 'failed' && status !== 'expired') known.add(original.sha256);
    return known;
  });

const report = (progress: ProgressDisplay, { path }: FoundFile, outcome: Outcome, json: true | undefined): void => {
  const { status } = outcome;
  progress.end(path, status === 'failed' || status === 'skipped' ? status : 'done');
  if (json) progress.say('out', `${JSON.stringify({ file: path, ...outcome })}\n`);
  else if (status === 'failed')
    progress.say('err', outcome.reason.startsWith(path) ? `${outcome.reason}\n` : `${path}: ${outcome.reason}\n`);
  else if (status === 'skipped') progress.say('err', `${path}: skipped, ${outcome.reason}\n`);
  else
    progress.say(
      'out',
      `${[path, outcome.id, `v${outcome.version}`, ...('manifest' in outcome ? [outcome.manifest] : [])].join('\t')}\n`,
    );
};

type Counts = Readonly<Record<Outcome['status'], number>>;
const summaryOf = ({ ready, sent, skipped, failed }: Counts, seconds: number): string => {
  const named = { ready, sent, skipped, failed };
  const parts = Object.entries(named).filter(([name, count]) => count > 0 || name === 'ready');
  return `${parts.map(([name, count]) => `${count} ${name}`).join(', ')} in ${secondsInWords(seconds)}`;
};

const dryRun = async (
  shell: Shell,
  files: readonly FoundFile[],
  run: Pick<Run, 'target' | 'options' | 'known' | 'again'> & { readonly journal: Pick<Journal, 'find'> },
): Promise<void> => {
  const { options, journal, known } = run;
  let count = 0;
  let bytes = 0;
  for (const file of files) {
    const digest = file.refused === undefined ? await digested(file.path) : { sha256: '', refused: file.refused };
    const before = journal.find(keyOf(run, file, digest.sha256))?.state;
    const skipped =
      digest.refused ??
      (before === 'ready' || before === 'sent' ? 'uploaded before' : undefined) ??
      (options.sync && known.has(digest.sha256) ? 'in the collection' : undefined);
    if (digest.refused === undefined) known.add(digest.sha256);
    if (skipped === undefined) {
      count++;
      bytes += file.bytes;
    }
    const action = skipped === undefined ? 'upload' : 'skip';
    const line = options.json
      ? JSON.stringify({ file: file.path, action, bytes: file.bytes, ...(skipped && { reason: skipped }) })
      : [action, file.path, skipped ?? bytesInWords(file.bytes)].join('\t');
    shell.out.write(`${line}\n`);
  }
  if (!options.json)
    shell.err.write(`${countInWords(count, 'file')} of ${files.length} would be uploaded, ${bytesInWords(bytes)}\n`);
};
