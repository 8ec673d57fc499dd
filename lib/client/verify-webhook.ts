import type { Notification } from '../contract/events.ts';

/**
 * The content of a webhook of Darkroom, once it is certain that its sender shares the secret, and that it was
 * signed just now; undefined otherwise. A secret that is none throws a TypeError. `body` is what was received, byte for
 * byte: parse it afterwards, not before. The signature is that of Standard Webhooks, so every library of that
 * specification verifies it too.
 */
export const verifyWebhook = async (
  secret: string,
  headers: WebhookHeaders,
  body: string | Uint8Array,
  { toleranceSeconds = 300, now = Date.now() }: WebhookTerms = {},
): Promise<Notification | undefined> => {
  const id = headerOf(headers, 'webhook-id');
  const at = headerOf(headers, 'webhook-timestamp');
  if (id === '' || !/^\d{1,12}$/.test(at) || Math.abs(now / 1000 - Number(at)) > toleranceSeconds) return undefined;
  const bytes = typeof body === 'string' ? utf8(body) : body;
  const signed = concat(utf8(`${id}.${at}.`), bytes);
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', keyOf(secret), algorithm, false, ['verify']);
  for (const signature of signaturesIn(headerOf(headers, 'webhook-signature')))
    if (await crypto.subtle.verify('HMAC', key, signature, signed)) return JSON.parse(new TextDecoder().decode(bytes));
  return undefined;
};

/** Of a Fetch request, or of `node:http`. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export type WebhookTerms = {
  /** The greatest age of a signature, against replay. @default 300 */
  readonly toleranceSeconds?: number;
  /** In milliseconds. @default the present */
  readonly now?: number;
};

const headerOf = (headers: WebhookHeaders, name: string): string =>
  String((headers instanceof Headers ? headers.get(name) : headers[name]) ?? '');

/** `v1,<base64>`, separated by spaces; one of them has to match. */
const signaturesIn = (header: string) =>
  header.split(' ').flatMap((text) => {
    const [, base64] = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(text) ?? [];
    return base64 === undefined ? [] : [bytesOf(base64)];
  });

/** The bytes behind `whsec_`; a secret of another form is used as it is. */
const keyOf = (secret: string) => {
  if (!secret) throw new TypeError('The secret of the webhooks is missing. Give the one of DARKROOM_WEBHOOK_SECRET.');
  if (!secret.startsWith('whsec_')) return utf8(secret);
  try {
    return bytesOf(secret.slice('whsec_'.length));
  } catch (cause) {
    const wrong = 'The secret of the webhooks is cut off or changed: behind whsec_ there must be base64.';
    throw new TypeError(`${wrong} Give the one of DARKROOM_WEBHOOK_SECRET.`, { cause });
  }
};

const utf8 = (text: string) => new TextEncoder().encode(text);

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

const concat = (a: Uint8Array, b: Uint8Array) => {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};
