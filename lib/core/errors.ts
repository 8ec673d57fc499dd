import { type Trouble, troubles } from './trouble.ts';

/** Why the API refuses a request. `title` is the same each time; the `detail` of a problem says what to do this time. */
export const apiErrors = {
  'invalid-request': { status: 400, title: 'The request is not one this API understands.' },
  unauthorized: { status: 401, title: 'The request needs a valid API key.' },
  'not-found': { status: 404, title: 'There is nothing here.' },
  conflict: { status: 409, title: 'The request does not fit the present state.' },
  'too-large': { status: 413, title: 'The file is larger than this service accepts.' },
  'unsupported-type': { status: 415, title: 'This type of content is not accepted.' },
  'too-many-requests': { status: 429, title: 'Too many requests; slow down.' },
  unavailable: { status: 503, title: 'The service cannot answer right now; try again shortly.' },
} as const satisfies Record<string, { status: number; title: string }>;

/** Why a version fails. The sentence is for the person who uploaded the file. */
export const failures = {
  'not-an-image': 'The file is not a picture. Upload a JPEG, PNG, WebP, AVIF or GIF.',
  'type-mismatch': 'The file is not of the type that was declared. Declare the type that it really has.',
  corrupt: 'The file is damaged or incomplete. Export it again and upload the new copy.',
  'unsupported-format': 'This format is not accepted. Convert the picture to JPEG, PNG, WebP, AVIF or GIF.',
  'too-small': 'The picture has too few pixels. Upload a larger one.',
  'too-big': 'The picture has too many pixels. Upload a smaller one.',
  'too-many-frames': 'The animation has too many frames. Shorten it.',
  'checksum-mismatch': 'The stored bytes are not the bytes that were declared. Upload the file again.',
  'gave-up': 'Making the variants failed again and again for a reason that is not the picture. Reprocess it later.',
} as const satisfies Record<string, string>;

/** Says what kind of trouble it was. */
export const gaveUpBecause = (trouble: Trouble): Failure => ({
  code: 'gave-up',
  message: `Making the variants failed again and again: ${troubles[trouble].reason}. Reprocess it later.`,
});

export type ApiErrorCode = keyof typeof apiErrors;
export type FailureCode = keyof typeof failures;
export type Failure = { readonly code: FailureCode; readonly message: string };
export type FieldError = { readonly path: string; readonly message: string };

/** Thrown for a request that the API refuses; the message tells its sender what to do. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ApiErrorCode;
  readonly fields: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ApiErrorCode,
    detail: string,
    more: { fields?: readonly FieldError[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.code = code;
    this.fields = more.fields ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

export const noSuchImage = (): Refusal => new Refusal('not-found', 'There is no image with this id.');

/** Thrown for a picture that can never become ready; another attempt would fail in the same way. */
export class BadPicture extends Error {
  override readonly name = 'BadPicture';
  readonly code: FailureCode;
  /** Known when the header could be read before the picture was refused. */
  readonly size: { readonly width: number; readonly height: number } | undefined;

  constructor(
    code: FailureCode,
    detail: string = failures[code],
    more: { cause?: unknown; size?: { width: number; height: number } } = {},
  ) {
    super(detail, { cause: more.cause });
    this.code = code;
    this.size = more.size;
  }
}
