import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ImageId } from './ids.ts';
import type { Instant } from './image.ts';

/** How long a token opens its image. */
const lifetimeMs = 24 * 3600_000;

const shape = /^w1\.([0-9a-z]{1,10})\.([A-Za-z0-9_-]{43})$/;

/** A token that opens one image alone: its end and a signature over both, in the manner of a presigned URL. */
export const watchToken = (secret: string, id: ImageId, now: Instant): { token: string; expiresAt: Instant } => {
  const expiresAt = now + lifetimeMs;
  return { token: `w1.${expiresAt.toString(36)}.${sign(secret, id, expiresAt)}`, expiresAt };
};

/** Whether the token is one of ours for this image, and has not ended. */
export const opensImage = (secret: string, token: string, id: ImageId, now: Instant): boolean => {
  const [, end = '', signature = ''] = shape.exec(token) ?? [];
  const expiresAt = Number.parseInt(end, 36);
  if (!(expiresAt > now)) return false;
  return timingSafeEqual(Buffer.from(signature), Buffer.from(sign(secret, id, expiresAt)));
};

const sign = (secret: string, id: ImageId, expiresAt: Instant): string =>
  createHmac('sha256', secret)
    .update(JSON.stringify(['WATCH', id, expiresAt]))
    .digest('base64url');
