import { createHash } from 'node:crypto';
import { idempotencyKey } from '../contract/requests.ts';
import { Refusal } from '../core/errors.ts';
import type { Claim } from '../ports.ts';

const dayMs = 24 * 3600_000;

/**
 * The claim of a request with an Idempotency-Key. The key belongs to one client: another client (another Authorization)
 * may use the same key. The fingerprint covers the request as parsed, not as written.
 */
export const claimOf = ({ headers, method }: Request, path: string, body: unknown, now: number): Claim | undefined => {
  const given = headers.get('idempotency-key');
  if (given === null) return undefined;
  const key = idempotencyKey.safeParse(given);
  if (!key.success)
    throw new Refusal('invalid-request', 'The Idempotency-Key has to be 1 to 255 visible ASCII characters.', {
      fields: [{ path: 'Idempotency-Key', message: '1 to 255 visible ASCII characters' }],
    });
  return {
    key: digest([headers.get('authorization') ?? '', key.data]),
    fingerprint: digest([method, path, body]),
    expiresAt: now + dayMs,
  };
};

const digest = (facts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(facts, sorted)).digest('base64url');

/** The order of fields makes no difference. */
const sorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
