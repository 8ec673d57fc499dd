import type { FieldError, ImageAnswer, Problem } from '../contract/answers.ts';

/** What the service says no to, why a version failed, and what only a client can meet. */
export type DarkroomErrorCode = Problem['code'] | NonNullable<ImageAnswer['error']>['code'] | ClientErrorCode;

/**
 * `unreachable`: no answer, however often it was tried. `unexpected-answer`: an answer, but not from Darkroom.
 * `upload-refused`: the store did not take the file. `expired`: the ticket ended before the file was there.
 */
export type ClientErrorCode = 'unreachable' | 'unexpected-answer' | 'upload-refused' | 'expired';

/** The message is for people, and says what to do; decide by the code. */
export class DarkroomError extends Error {
  override readonly name = 'DarkroomError';
  readonly code: DarkroomErrorCode;
  /** Of the answer that said no; undefined where it was not an answer. */
  readonly status: number | undefined;
  readonly detail: string;
  /** The fields to correct. */
  readonly fields: readonly FieldError[];
  /** When the service asked for a longer wait than was worth it. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: DarkroomErrorCode,
    detail: string,
    more: { status?: number; fields?: readonly FieldError[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.code = code;
    this.detail = detail;
    this.status = more.status;
    this.fields = more.fields ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}
