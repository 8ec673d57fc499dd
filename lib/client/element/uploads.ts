import type { Ticket } from '../../contract/answers.ts';
import type { UploadRequest } from '../../contract/requests.ts';
import type { ReadyImage } from '../darkroom.ts';
import { DarkroomError } from '../error.ts';
import { turns } from './turns.ts';

/** Where an upload is. `offline` ends by itself when the network is back. */
export type Stage =
  | { readonly at: 'waiting' | 'checking' | 'cancelled' | 'interrupted' }
  | { readonly at: 'uploading' | 'processing'; readonly done: number }
  /** `isOnline` is what the browser knows: then it is not this machine that has no network. */
  | { readonly at: 'offline'; readonly isUploaded: boolean; readonly isOnline: boolean }
  | { readonly at: 'ready'; readonly image: ReadyImage }
  | { readonly at: 'failed'; readonly error: DarkroomError };

export type Upload = {
  /** Of this list only. */
  readonly number: number;
  readonly name: string;
  readonly bytes: number;
  /** Undefined for what was found again after a reload. */
  readonly file: File | undefined;
  readonly stage: Stage;
  /** Once there is a ticket. */
  readonly id: string | undefined;
};

/** What a ticket was given for. */
export type Remembered = {
  readonly id: string;
  readonly version: number;
  readonly token: string | undefined;
  readonly name: string;
  readonly bytes: number;
};

/** What outlives a reload of the page: of a file without a ticket, that there was one. */
export type Kept = Pick<Upload, 'name' | 'bytes'> | Remembered;

/** A file as it will be sent. */
export type Prepared = { readonly body: Blob; readonly request: UploadRequest };

export type UploadsNeeds = {
  /** How many files may be on their way at once. */
  readonly parallel: () => number;
  /**
   * Looks at the file, before its turn: rejects with a DarkroomError when the service would refuse it. Resolves to what
   * makes the file ready to be sent, which may take long and may refuse it as well.
   */
  readonly admit: (file: File, signal: AbortSignal) => Promise<() => Promise<Prepared>>;
  /** The same key at every attempt for the same file. */
  readonly ticket: (file: File, prepared: Prepared, key: string, signal: AbortSignal) => Promise<Ticket>;
  readonly put: (
    ticket: Ticket,
    body: Blob,
    options: { signal: AbortSignal; onProgress: (done: number) => void },
  ) => Promise<void>;
  readonly untilReady: (
    image: Remembered,
    options: { signal: AbortSignal; onProgress: (done: number) => void },
  ) => Promise<ReadyImage>;
  /** Resolves when another attempt is worth it; `isOnline` is what the browser knows. */
  readonly network: {
    readonly isOnline: () => boolean;
    readonly back: (attempt: number, signal: AbortSignal) => Promise<void>;
  };
  readonly memory: { readonly read: () => readonly Kept[]; readonly write: (all: readonly Kept[]) => void };
  readonly newKey: () => string;
  /** Before anything else is told of them. */
  readonly added: (uploads: readonly Upload[]) => void;
  readonly changed: (upload: Upload) => void;
  readonly removed: (upload: Upload) => void;
};

/**
 * How often something is tried while the browser says that the network is there. With the pauses in between these are more than
 * five minutes, and a machine that sleeps meanwhile does not use them up, as it would with a clock.
 */
export const maxOnlineAttempts = 24;
/** Between an attempt and the next one. */
export const retryPauseMs = (attempt: number): number => Math.min(15_000, 1000 * 2 ** attempt);
/** Renders end in the order of their uploads, so asking for the first few is enough. */
const watchedAtOnce = 6;
/** A look takes a moment; a hundred together would hold the page up. */
const lookedAtOnce = 2;

type Entry = { upload: Upload; abort: AbortController; remembered?: Remembered | undefined; isSent: boolean };

/** The list of uploads: each from its file to its picture, some at a time. */
export const uploads = (world: UploadsNeeds) => {
  const entries = new Map<number, Entry>();
  const sending = turns(world.parallel);
  const watching = turns(() => watchedAtOnce);
  const looking = turns(() => lookedAtOnce);
  let count = 0;

  /** What an earlier page has left, as long as it is not in the list. */
  let earlier: readonly Kept[] | undefined;
  const remember = () => world.memory.write([...(earlier ?? []), ...[...entries.values()].flatMap(keptOf)]);

  const move = (entry: Entry, stage: Stage) => {
    entry.upload = { ...entry.upload, stage, id: entry.remembered?.id ?? entry.upload.id };
    if (entries.has(entry.upload.number)) world.changed(entry.upload);
  };

  const enter = (facts: Pick<Upload, 'name' | 'bytes' | 'file'>, remembered?: Remembered): Entry => {
    const upload: Upload = { ...facts, number: count++, stage: { at: 'waiting' }, id: remembered?.id };
    const entry: Entry = { upload, abort: new AbortController(), remembered, isSent: remembered !== undefined };
    entries.set(upload.number, entry);
    return entry;
  };

  /** Does again what failed for want of a network, as soon as there is one. */
  const outlast = async <T>(
    entry: Entry,
    signal: AbortSignal,
    isUploaded: boolean,
    work: () => Promise<T>,
  ): Promise<T> => {
    let failures = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        return await unlessAborted(signal, work());
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof DarkroomError) || !(isUploaded ? isPassing(error) : isUnreachable(error))) throw error;
        const isOnline = world.network.isOnline();
        // A browser that knows that it is offline knows as well when that ends.
        failures = isOnline ? failures + 1 : 0;
        // The file is stored, so any wait is worth it.
        if (!isUploaded && failures >= maxOnlineAttempts) throw error;
        move(entry, { at: 'offline', isUploaded, isOnline });
        await world.network.back(attempt, signal);
      }
    }
  };

  /** A file that fails its check is refused at once, before the files ahead of it are sent. */
  const admit = async (file: File, signal: AbortSignal) => {
    const giveBack = await looking(signal);
    return unlessAborted(signal, world.admit(file, signal)).finally(giveBack);
  };

  const progressOf = (entry: Entry, signal: AbortSignal, at: 'uploading' | 'processing') => (done: number) => {
    if (!signal.aborted) move(entry, { at, done });
  };

  const send = async (
    entry: Entry,
    signal: AbortSignal,
    file: File,
    prepare: () => Promise<Prepared>,
  ): Promise<void> => {
    move(entry, { at: 'checking' });
    const prepared = await unlessAborted(signal, prepare());
    const onProgress = progressOf(entry, signal, 'uploading');
    let wasCut = false;
    for (let attempt = 1; ; attempt++) {
      const key = world.newKey();
      const ticket = await outlast(entry, signal, false, () => world.ticket(file, prepared, key, signal));
      const { name, bytes } = entry.upload;
      entry.remembered = { id: ticket.id, version: ticket.version, token: ticket.watch?.token, name, bytes };
      remember();
      try {
        await outlast(entry, signal, false, async () => {
          onProgress(0);
          try {
            await world.put(ticket, prepared.body, { signal, onProgress });
          } catch (error) {
            // It was there already: an attempt whose answer was lost had got through.
            if (wasCut && error instanceof DarkroomError && error.status === 412) return;
            wasCut = true;
            throw error;
          }
        });
        return;
      } catch (error) {
        // The ticket ended while the network was away.
        const isExpired = error instanceof DarkroomError && error.status === 403 && wasCut;
        if (!isExpired || attempt > 1) throw error;
      }
    }
  };

  const watch = async (entry: Entry, signal: AbortSignal, remembered: Remembered) => {
    const onProgress = progressOf(entry, signal, 'processing');
    onProgress(0);
    const giveBack = await watching(signal);
    try {
      const image = await outlast(entry, signal, true, () => world.untilReady(remembered, { signal, onProgress }));
      entry.remembered = undefined;
      remember();
      entry.upload = { ...entry.upload, id: image.id };
      move(entry, { at: 'ready', image });
    } finally {
      giveBack();
    }
  };

  const run = async (entry: Entry): Promise<void> => {
    const { signal } = entry.abort;
    const { file } = entry.upload;
    try {
      if (file && !(entry.isSent && entry.remembered)) {
        entry.isSent = false;
        move(entry, { at: 'waiting' });
        const prepare = await admit(file, signal);
        const giveBack = await sending(signal);
        await send(entry, signal, file, prepare).finally(giveBack);
        entry.isSent = true;
      }
      if (entry.remembered) await watch(entry, signal, entry.remembered);
    } catch (error) {
      end(entry, signal, error);
    }
  };

  const end = (entry: Entry, signal: AbortSignal, error: unknown) => {
    if (signal.aborted) return;
    const said =
      error instanceof DarkroomError
        ? error
        : new DarkroomError('unexpected-answer', (error as Error | undefined)?.message ?? String(error), {
            cause: error,
          });
    const isInterrupted = !entry.upload.file && (said.code === 'expired' || said.code === 'not-found');
    // A key can be given, and then it is worth asking again; anything else is over.
    if (said.code !== 'unauthorized') entry.remembered = undefined;
    move(entry, isInterrupted ? { at: 'interrupted' } : { at: 'failed', error: said });
    remember();
  };

  const remove = (number: number) => {
    const entry = entries.get(number);
    if (!entry) return;
    entry.abort.abort();
    entries.delete(number);
    remember();
    world.removed(entry.upload);
  };

  return {
    all: (): readonly Upload[] => [...entries.values()].map(({ upload }) => upload),

    add: (files: Iterable<File>): void => {
      const added = [...files].map((file) => {
        // What a reload interrupted goes on as a new upload of the same file.
        const interrupted = [...entries.values()].find(
          ({ upload }) => upload.stage.at === 'interrupted' && upload.name === file.name && upload.bytes === file.size,
        );
        if (interrupted) remove(interrupted.upload.number);
        return enter({ name: file.name, bytes: file.size, file });
      });
      remember();
      world.added(added.map(({ upload }) => upload));
      // The page may have taken one away again, or cancelled it.
      for (const entry of added) if (entries.has(entry.upload.number) && !entry.abort.signal.aborted) void run(entry);
    },

    /** Reads what an earlier page has left, so that what is added now does not replace it. `resume` follows. */
    recall: (): void => {
      earlier = world.memory.read();
    },

    /** Takes up what was under way when the page was left. What had not been uploaded then, its ticket outlives. */
    resume: (isUploaded: (image: Remembered, signal: AbortSignal) => Promise<boolean>): void => {
      const found = earlier ?? world.memory.read();
      earlier = [];
      const taken = found.map((kept) => {
        const remembered = 'id' in kept ? kept : undefined;
        const entry = enter({ name: kept.name, bytes: kept.bytes, file: undefined }, remembered);
        move(entry, { at: remembered ? 'checking' : 'interrupted' });
        return { entry, remembered };
      });
      remember();
      for (const { entry, remembered } of taken)
        void (async () => {
          if (!remembered) return;
          const { signal } = entry.abort;
          try {
            const arrived = await outlast(entry, signal, true, () => isUploaded(remembered, signal));
            if (arrived) return await run(entry);
            entry.remembered = undefined;
            move(entry, { at: 'interrupted' });
            remember();
          } catch (error) {
            end(entry, signal, error);
          }
        })();
    },

    cancel: (number: number): void => {
      const entry = entries.get(number);
      if (!entry || !isUnderWay(entry.upload)) return;
      entry.abort.abort();
      // What has arrived becomes a picture all the same, and another attempt waits for that one.
      if (!entry.isSent) entry.remembered = undefined;
      move(entry, { at: 'cancelled' });
      remember();
    },

    retry: (number: number): void => {
      const entry = entries.get(number);
      if (!entry || !canRetry(entry.upload)) return;
      entry.abort = new AbortController();
      void run(entry);
      remember();
    },

    remove,
  };
};

export type Uploads = ReturnType<typeof uploads>;

export const isUnderWay = ({ stage }: Upload): boolean =>
  ['waiting', 'checking', 'uploading', 'processing', 'offline'].includes(stage.at);

/** Whether leaving the page now would lose something. */
export const wouldBeLost = ({ stage, file }: Upload): boolean =>
  file !== undefined &&
  (['waiting', 'checking', 'uploading'].includes(stage.at) || (stage.at === 'offline' && !stage.isUploaded));

const isUnreachable = ({ code }: DarkroomError): boolean => code === 'unreachable';

/** The service, or what stands before it, cannot answer now: it may be starting again. */
const isPassing = (error: DarkroomError): boolean =>
  isUnreachable(error) || error.status === 429 || (error.status ?? 0) >= 500;

const keptOf = ({ upload, remembered }: Entry): readonly Kept[] => {
  const { name, bytes, stage } = upload;
  if (remembered) return stage.at === 'cancelled' ? [] : [remembered];
  return wouldBeLost(upload) || stage.at === 'interrupted' ? [{ name, bytes }] : [];
};

/** Rejects as soon as the signal says so, whether or not the work listens to it. */
const unlessAborted = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
  try {
    const done = await Promise.race([work, aborted]);
    signal.throwIfAborted();
    return done;
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

export const canRetry = ({ stage, file }: Upload): boolean =>
  (stage.at === 'cancelled' && file !== undefined) ||
  (stage.at === 'failed' && (file !== undefined || stage.error.code === 'unauthorized') && !isHopeless(stage.error));

/** The same file would be refused for the same reason. */
const isHopeless = ({ code }: DarkroomError): boolean =>
  [
    ...['invalid-request', 'too-large', 'unsupported-type', 'unsupported-format', 'not-an-image', 'type-mismatch'],
    ...['corrupt', 'too-small', 'too-big', 'too-many-frames'],
  ].includes(code);

/** How far an upload is on its whole way, 0 to 1. */
export const doneOf = ({ stage }: Upload): number => {
  if (stage.at === 'uploading') return stage.done * 0.6;
  if (stage.at === 'processing') return 0.6 + stage.done * 0.4;
  if (stage.at === 'offline') return stage.isUploaded ? 0.6 : 0;
  return isUnderWay({ stage } as Upload) ? 0 : 1;
};
