import type {
  Download,
  FiguresAnswer,
  Health,
  ImageAnswer,
  ImagePage,
  JobAnswer,
  JobPage,
  Problem,
  ReceiptAnswer,
  Ticket,
  VersionStarted,
} from '../contract/answers.ts';
import type { JobRequest, ReprocessRequest, ResumeRequest, UploadRequest } from '../contract/requests.ts';
import { type ApiErrorCode, apiErrors } from '../core/errors.ts';
import { pictureOf } from '../core/picture.ts';
import type { RouteName } from '../routes.ts';

/** Examples of requests and answers for the document. A test holds each of them against its schema. */

const id = 'kq3v7xw2m5hd4zcfb6ntjy2rea';
const jobId = 'r5twe2pqxm3uy7bkzj4hcn6vda';
const sha256 = 'uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=';
const links = { self: `/v1/images/${id}` };

const uploadRequest: UploadRequest = {
  contentType: 'image/jpeg',
  bytes: 2_481_733,
  sha256,
  filename: 'market-square.jpg',
  collection: 'summer-2026',
};

const ticketOf = (version: number): Ticket => ({
  id,
  version,
  status: 'pending',
  upload: {
    method: 'PUT',
    url: `https://originals.example/originals/${id}/v${version}?signature=…`,
    headers: { 'content-type': 'image/jpeg', 'if-none-match': '*', 'x-amz-checksum-sha256': sha256 },
    expiresAt: '2026-07-01T12:15:00.000Z',
  },
  watch: { token: 'w1.mr2x0k5c.lKd0Bv…', expiresAt: '2026-07-02T12:00:00.000Z' },
  links,
});

const widths = { '640w': 640, '320w': 320 };
const bytes = { avif: 31_904, webp: 40_118, jpeg: 58_377 };
const variants = Object.entries(widths).flatMap(([name, width]) =>
  (['avif', 'webp', 'jpeg'] as const).map((format) => ({
    name,
    format,
    width,
    height: (width * 3) / 4,
    bytes: Math.round((bytes[format] * width) / 640),
    quality: { avif: 50, webp: 80, jpeg: 82 }[format],
    score: { avif: 70.18, webp: 70.94, jpeg: 76.02 }[format],
    sha256,
    storedAt: '2026-07-01T12:00:06.870Z',
    url: `https://pictures.example/images/${id}/v1/${name}.${format}`,
  })),
);
const { html, sources, img } = pictureOf(variants, 4000, 3000);

const image: ImageAnswer = {
  id,
  collection: 'summer-2026',
  filename: 'market-square.jpg',
  createdAt: '2026-07-01T12:00:00.000Z',
  updatedAt: '2026-07-01T12:00:07.415Z',
  version: 1,
  status: 'ready',
  progress: 1,
  attempts: 1,
  requestedAt: '2026-07-01T12:00:00.000Z',
  arrivedAt: '2026-07-01T12:00:05.000Z',
  startedAt: '2026-07-01T12:00:05.190Z',
  endedAttempts: [],
  error: null,
  tookMs: null,
  original: { contentType: 'image/jpeg', bytes: 2_481_733, sha256, width: 4000, height: 3000 },
  ready: {
    version: 1,
    source: 1,
    requestedAt: '2026-07-01T12:00:00.000Z',
    arrivedAt: '2026-07-01T12:00:05.000Z',
    startedAt: '2026-07-01T12:00:05.190Z',
    endedAttempts: [],
    readyAt: '2026-07-01T12:00:07.415Z',
    spent: { wallMs: 2108, cpuMs: 2950, decodeMs: 140, resizeMs: 95, encodeMs: 2310, scoreMs: 480, deliverMs: 160 },
    kind: 'photo',
    width: 4000,
    height: 3000,
    recipe: '5f1c0e9ab2d4',
    placeholder: { thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI', color: '#8a7f6d' },
    variants,
    crops: [],
    picture: { html, sources: [...sources], img },
    manifest: `https://pictures.example/images/${id}/v1/manifest.json`,
  },
};

const started: VersionStarted = { id, version: 2, status: 'pending', links };

const jobRequest: JobRequest = {
  action: 'reprocess',
  collection: 'summer-2026',
  preset: 'gallery',
  budget: { images: 5000 },
};

const job: JobAnswer = {
  id: jobId,
  action: 'reprocess',
  status: 'running',
  dryRun: false,
  preset: 'gallery',
  createdAt: '2026-07-02T08:30:00.000Z',
  updatedAt: '2026-07-02T08:31:40.000Z',
  total: 1200,
  done: 311,
  failed: 1,
  skipped: 4,
  pausedBecause: null,
  budget: { images: 5000, dollars: null },
  spent: { images: 330, dollars: 0.07 },
  failures: [{ id, code: 'corrupt', message: 'The file is damaged or incomplete.' }],
  estimate: null,
};

type Example = { readonly body?: unknown; readonly answer: unknown };

/** No example for routes that return the document itself, or no body. */
export const examples: Readonly<Record<Exclude<RouteName, 'openapi' | 'docs' | 'findVariant'>, Example>> = {
  requestUpload: { body: uploadRequest, answer: ticketOf(1) },
  listImages: { answer: { items: [image], nextCursor: 'MTc4MjkwNzIwMDAwMC5rcTN2N3h3' } satisfies ImagePage },
  findImage: { answer: image },
  findUpload: { answer: image },
  removeImage: {
    answer: {
      id,
      deletedAt: '2026-07-03T09:00:00.000Z',
      objects: 2,
      keys: [`images/${id}/v1/640w.avif`, `originals/${id}/v1`],
      purged: 'pending',
    } satisfies ReceiptAnswer,
  },
  requestVersion: { body: { ...uploadRequest, filename: 'market-square-retouched.jpg' }, answer: ticketOf(2) },
  reprocess: { body: { preset: 'gallery' } satisfies ReprocessRequest, answer: started },
  downloadOriginal: {
    answer: {
      url: `https://originals.example/originals/${id}/v1?signature=…`,
      expiresAt: '2026-07-01T13:00:00.000Z',
      version: 1,
      bytes: 2_481_733,
      sha256,
    } satisfies Download,
  },
  startJob: {
    body: jobRequest,
    answer: { ...job, total: null, done: 0, failed: 0, skipped: 0, spent: { images: 0, dollars: 0 }, failures: [] },
  },
  findJob: { answer: job },
  listJobs: { answer: { items: [job], nextCursor: null } satisfies JobPage },
  pauseJob: { answer: { ...job, status: 'paused', pausedBecause: 'asked' } satisfies JobAnswer },
  resumeJob: {
    body: { budget: { images: 10_000 } } satisfies ResumeRequest,
    answer: { ...job, budget: { images: 10_000, dollars: null } },
  },
  cancelJob: { answer: { ...job, status: 'cancelled' } satisfies JobAnswer },
  health: {
    answer: {
      status: 'ok',
      version: '0.1.0',
      checks: [
        { name: 'database', ok: true },
        { name: 'disk', ok: true, detail: '41022 MB are free, and 500 MB are kept free' },
      ],
    } satisfies Health,
  },
  figures: {
    answer: {
      to: '2026-07-01T12:30:00.000Z',
      stepSeconds: 60,
      series: {
        ready: [0, 14, 31],
        failed: [0, 0, 1],
        waiting: [2, 9, 4],
        renderMedianMs: [null, 1840, 1910],
        renderP95Ms: [null, 4120, 3980],
        answerP95Ms: [12, 18, 21],
      },
      queue: { tasks: 4, oldestMs: 5200 },
      renders: { since: '2026-07-01T12:27:00.000Z', count: 46, cpuMs: 2950, dollars: 0.000_19 },
      images: null,
      storedBytes: { originals: 73_400_320_000, variants: 16_106_127_360 },
      disk: null,
      renderers: null,
    } satisfies FiguresAnswer,
  },
};

const details: Readonly<Record<ApiErrorCode, string>> = {
  'invalid-request': 'Correct collection and send the request again.',
  unauthorized: 'Send the header authorization: Bearer, followed by a key of this service.',
  forbidden: 'This key lacks the right "manage". Use one that has it.',
  'not-found': 'There is no image with this id.',
  conflict: 'This Idempotency-Key was used for a different request. Use a new key.',
  'too-large': 'The file has 31457280 bytes; at most 10485760 are accepted.',
  'unsupported-type': 'This service does not take "image/tiff". Send one of image/jpeg, image/png.',
  'too-many-requests': 'Wait 20 seconds.',
  unavailable: 'The service cannot answer right now. Try again shortly.',
};

export const problemExample = (code: ApiErrorCode): Problem => ({
  type: 'about:blank',
  ...apiErrors[code],
  code,
  detail: details[code],
  ...(code === 'invalid-request' && {
    errors: [{ path: 'collection', message: 'up to 64 letters, digits, dots, dashes and underscores' }],
  }),
});
