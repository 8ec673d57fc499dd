import type {
  Download,
  FiguresAnswer,
  Health,
  ImageAnswer,
  ImagePage,
  JobAnswer,
  JobPage,
  ReceiptAnswer,
  Ticket,
  VersionStarted,
} from '../contract/answers.ts';
import type {
  FiguresRequest,
  ImageRequest,
  JobListRequest,
  JobRequest,
  ListRequest,
  ReprocessRequest,
  ResumeRequest,
  UploadRequest,
} from '../contract/requests.ts';
import { type CallOptions, call, type Fetch } from './call.ts';
import { digest } from './digest.ts';
import { DarkroomError } from './error.ts';
import { type PutOptions, putFile } from './put.ts';
import { sleep } from './retry.ts';
import { ticketFrom } from './ticket.ts';

export type { ImageAnswer, Ticket } from '../contract/answers.ts';
export type { UploadRequest } from '../contract/requests.ts';
export { type ClientErrorCode, DarkroomError, type DarkroomErrorCode } from './error.ts';

export type DarkroomOptions = {
  /** Where the service is; '' for the one that the page came from. */
  readonly url: string;
  /** An API key, or where to look for it at each call. */
  readonly key?: string | undefined | (() => string | undefined);
  /** The `watch.token` of a ticket, instead of a key: it opens the image of that ticket, and no other call. */
  readonly watch?: string | undefined;
  /** @default the one of the platform */
  readonly fetch?: Fetch;
};

export type Progress = {
  readonly stage: 'uploading' | 'processing' /** 0 to 1, of this stage. */;
  readonly done: number;
};

export type WaitOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: Progress) => void;
};

export type UploadOptions = WaitOptions &
  Partial<Pick<UploadRequest, 'contentType' | 'filename' | 'collection' | 'preset'>> &
  (
    | {
        /** The image to make the next version of; a new image without it. */
        readonly id?: string | undefined;
        readonly ticket?: undefined;
      }
    | {
        /** Asks your own server for the ticket, which says what it is for. No key is needed. */
        readonly ticket: (file: Blob, request: UploadRequest) => Promise<Ticket>;
        readonly id?: undefined;
      }
  );

export type ReadyImage = ImageAnswer & { readonly ready: NonNullable<ImageAnswer['ready']> };

/** Everything that a Darkroom can do, from a browser or from Node. Trouble rejects with a DarkroomError. */
export const darkroom = ({ url, watch, key = watch, fetch: given }: DarkroomOptions) => {
  const fetch: Fetch = given ?? ((input, init) => globalThis.fetch(input, init));
  const service = { url: url.replace(/\/+$/, ''), key: typeof key === 'function' ? key : () => key, fetch };
  const get = <T>(path: string, options?: CallOptions) => call<T>(service, 'GET', path, options);
  const post = <T>(path: string, body: unknown, options?: CallOptions) => call<T>(service, 'POST', path, options, body);
  const image = (id: string) => `/v1/images/${encodeURIComponent(id)}`;
  const job = (id: string) => `/v1/jobs/${encodeURIComponent(id)}`;

  const requestUpload = (request: UploadRequest, options?: CallOptions) => post<Ticket>('/v1/images', request, options);
  const requestVersion = (id: string, request: UploadRequest, options?: CallOptions) =>
    post<Ticket>(`${image(id)}/versions`, request, options);
  const findImage = (id: string, { alt, sizes, ...options }: CallOptions & ImageRequest = {}) => {
    const query = new URLSearchParams(words({ alt, sizes })).toString();
    const path = watch === undefined ? image(id) : `/v1/uploads/${encodeURIComponent(id)}`;
    return get<ImageAnswer>(path + (query && `?${query}`), options);
  };
  const listImages = (query: ListRequest = {}, options?: CallOptions) =>
    get<ImagePage>(`/v1/images?${new URLSearchParams(words(query))}`, options);

  /** Resolves when this version, or a later one, can be shown; rejects when it never will. */
  const untilReady = async (
    id: string,
    version: number,
    { signal, onProgress }: WaitOptions = {},
  ): Promise<ReadyImage> => {
    let looksAfterEnd = 0;
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 1.4, 3000)) {
      const found = await findImage(id, { signal });
      if (isShown(found, version)) return found;
      if (found.version >= version) {
        const end = endOf(found);
        // The end of a later version says nothing of ours, which may still be rendered.
        if (end && (found.version === version || looksAfterEnd++ >= mostLooksAfterEnd)) throw end;
        onProgress?.({ stage: 'processing', done: found.progress });
      }
      await sleep(waitMs, signal);
    }
  };

  return {
    requestUpload,
    requestVersion,
    findImage,
    listImages,
    untilReady,
    reprocess: (id: string, request: ReprocessRequest = {}, options?: CallOptions) =>
      post<VersionStarted>(`${image(id)}/reprocess`, request, options),
    downloadOriginal: (id: string, options?: CallOptions) => get<Download>(`${image(id)}/original`, options),
    removeImage: (id: string, options?: CallOptions) => call<ReceiptAnswer>(service, 'DELETE', image(id), options),
    startJob: (request: JobRequest, options?: CallOptions) => post<JobAnswer>('/v1/jobs', request, options),
    findJob: (id: string, options?: CallOptions) => get<JobAnswer>(job(id), options),
    listJobs: (query: JobListRequest = {}, options?: CallOptions) =>
      get<JobPage>(`/v1/jobs?${new URLSearchParams(words(query))}`, options),
    pauseJob: (id: string, options?: CallOptions) => post<JobAnswer>(`${job(id)}/pause`, undefined, options),
    resumeJob: (id: string, { budget, ...options }: CallOptions & ResumeRequest = {}) =>
      post<JobAnswer>(`${job(id)}/resume`, budget && { budget }, options),
    cancelJob: (id: string, options?: CallOptions) => post<JobAnswer>(`${job(id)}/cancel`, undefined, options),
    health: (options?: CallOptions) => get<Health>('/v1/health', options),
    figures: ({ minutes, ...options }: CallOptions & FiguresRequest = {}) =>
      get<FiguresAnswer>(`/v1/figures?${new URLSearchParams(words({ minutes }))}`, options),
    openapi: (options?: CallOptions) => get<Record<string, unknown>>('/v1/openapi.json', options),

    /** Every image of the list, page by page. */
    async *images(query: Omit<ListRequest, 'cursor'> = {}, options?: CallOptions): AsyncGenerator<ImageAnswer> {
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page: ImagePage = await listImages({ ...query, cursor }, options);
        yield* page.items;
        cursor = page.nextCursor;
      }
    },

    /** Takes a file from here to where people can see it: ticket, PUT, and the wait until every variant is there. */
    upload: async (
      source: Blob | ArrayBuffer | Uint8Array<ArrayBuffer>,
      options: UploadOptions = {},
    ): Promise<ReadyImage> => {
      const { signal, onProgress, id, ticket: ask, contentType, ...more } = options;
      const file = source instanceof Blob ? source : new Blob([source]);
      const request: UploadRequest = {
        contentType: contentType ?? (file.type || 'application/octet-stream'),
        bytes: file.size,
        sha256: await digest(file),
        filename: (file as Partial<File>).name,
        ...more,
      };
      signal?.throwIfAborted();
      const ticket = await (ask
        ? ticketFrom(() => ask(file, request))
        : id === undefined
          ? requestUpload(request, { signal })
          : requestVersion(id, request, { signal }));
      signal?.throwIfAborted();
      const sent = onProgress && ((done: number) => onProgress({ stage: 'uploading', done }));
      await putFile(fetch, ticket.upload, file, { signal, ...(sent && { onProgress: sent }) });
      // What your own server passed on may be less than the whole ticket.
      const waiting = ask && ticket.watch ? darkroom({ url, watch: ticket.watch.token, fetch }) : { untilReady };
      return waiting.untilReady(ticket.id, ticket.version, options);
    },
  };
};

export type Darkroom = ReturnType<typeof darkroom>;

/** After the end of a later version: more than a minute. */
const mostLooksAfterEnd = 30;

const isShown = (image: ImageAnswer, version: number): image is ReadyImage => (image.ready?.version ?? 0) >= version;

const endOf = ({ status, error }: ImageAnswer): DarkroomError | undefined => {
  if (error) return new DarkroomError(error.code, error.message);
  if (status === 'expired')
    return new DarkroomError('expired', 'The ticket ended before the file had arrived. Try again.');
  return undefined;
};

/** Sends the file on the terms of a ticket that came from elsewhere, such as your own server. No key is needed. */
export const put = (
  { upload }: Pick<Ticket, 'upload'>,
  file: Blob,
  { fetch = (input, init) => globalThis.fetch(input, init), ...options }: PutOptions & { readonly fetch?: Fetch } = {},
): Promise<void> => putFile(fetch, upload, file, options);

/** Waits for the picture of a ticket with the token that came with it. No key is needed. */
export const untilReady = (
  { id, version, watch }: Pick<Ticket, 'id' | 'version'> & Partial<Pick<Ticket, 'watch'>>,
  { url, fetch, ...options }: Pick<DarkroomOptions, 'url' | 'fetch'> & WaitOptions,
): Promise<ReadyImage> =>
  darkroom({ url, watch: watch?.token, ...(fetch && { fetch }) }).untilReady(id, version, options);

const words = (query: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
