import type { Notification } from '../contract/events.ts';

/**
 * The content of a webhook of Darkroom, once it is certain that its sender shares the secret, and that it was
 * signed just now; undefined otherwise. `body` is what was received, byte for byte: parse it afterwards, not before.
 */
export const verifyWebhook = async (
  secret: string,
  headers: WebhookHeaders,
  body: string | Uint8Array,
  { toleranceSeconds = 300, now = Date.now() }: WebhookTerms = {},
): Promise<Notification | undefined> => {
  const { at, signatures } = parse(headerOf(headers, 'darkroom-signature'));
  if (at === undefined || Math.abs(now / 1000 - Number(at)) > toleranceSeconds) return undefined;
  const bytes = typeof body === 'string' ? utf8(body) : body;
  const signed = concat(utf8(`${at}.`), bytes);
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', utf8(secret), algorithm, false, ['verify']);
  for (const signature of signatures)
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

/** `t=<unix seconds>,v1=<hex>`; there may be several `v1`, of which one has to fit. */
const parse = (header: string) => {
  const fields = header.split(',').map((field) => field.trim().split('='));
  const valuesOf = (wanted: string, shape: RegExp) =>
    fields.flatMap(([name, value = '']) => (name === wanted && shape.test(value) ? [value] : []));
  return { at: valuesOf('t', /^\d{1,12}$/)[0], signatures: valuesOf('v1', /^[0-9a-f]{64}$/).map(bytesOf) };
};

const utf8 = (text: string) => new TextEncoder().encode(text);

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

const concat = (a: Uint8Array, b: Uint8Array) => {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};
