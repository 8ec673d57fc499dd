/** The entry `.` of the package: the client of a Darkroom that runs elsewhere. */

export type { CallOptions } from '../lib/client/call.ts';
export {
  type ClientErrorCode,
  type Darkroom,
  DarkroomError,
  type DarkroomErrorCode,
  type DarkroomOptions,
  darkroom,
  type Progress,
  put,
  type ReadyImage,
  type UploadOptions,
  untilReady,
  type WaitOptions,
} from '../lib/client/darkroom.ts';
export type { PutOptions } from '../lib/client/put.ts';
export { verifyWebhook, type WebhookHeaders, type WebhookTerms } from '../lib/client/verify-webhook.ts';
export type {
  Download,
  FieldError,
  Health,
  ImageAnswer,
  ImagePage,
  JobAnswer,
  JobPage,
  Problem,
  ReceiptAnswer,
  Ticket,
  VersionStarted,
} from '../lib/contract/answers.ts';
export type { Notification } from '../lib/contract/events.ts';
export type {
  ImageRequest,
  JobListRequest,
  JobRequest,
  ListRequest,
  ReprocessRequest,
  ResumeRequest,
  UploadRequest,
} from '../lib/contract/requests.ts';
