import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { bearerKey, hashOfKey, isKnownKey } from '../core/api-keys.ts';
import { Refusal } from '../core/errors.ts';
import type { RateLimit } from './rate-limit.ts';

/**
 * Who may call. Without keys the service is open to this machine alone, and what a browser on this machine sends on
 * behalf of a stranger's page is not this machine's wish: a page that got here by a name of its own (DNS rebinding) and
 * a write from another origin are refused. Both are `invalid-request`, because no key would help.
 */
export type Access = {
  /** Throws a Refusal of a request to a name that is not ours, or to two names at once. */
  readonly checkHost: (request: Asking) => void;
  /** Throws a Refusal of a write that a page of an unlisted origin sends. */
  readonly checkOrigin: (request: Asking) => void;
  /** Whether a request has a valid key, or needs none because the service has none. */
  readonly isKnown: (request: Asking) => boolean;
  /** To be called for a request that needs a key and has no valid one. Throws a Refusal when its address tries too many. */
  readonly countWrongKey: (request: Asking) => void;
  /** Whom a call counts for: its key, or without keys the address that it comes from. */
  readonly callerOf: (request: Asking) => string;
};

type Asking = Pick<IncomingMessage, 'method' | 'headers' | 'headersDistinct' | 'socket'>;
export type AccessTerms = {
  /** The address that we listen on. */
  readonly host: string;
  readonly publicUrl: string | undefined;
  readonly keyHashes: readonly string[];
  readonly allowedOrigins: readonly string[];
};

/** `guesses` is asked about each key that is wrong, with the network that it came from. A right key is never held up. */
export const accessControl = (
  { host, publicUrl, keyHashes, allowedOrigins }: AccessTerms,
  guesses: RateLimit,
): Access => {
  const isOpen = keyHashes.length === 0;
  const site = publicUrl === undefined ? undefined : new URL(publicUrl);
  const names = new Set(['localhost', '127.0.0.1', '[::1]', hostnameOf(host), site?.hostname].filter(Boolean));
  const allowed = new Set(allowedOrigins);

  const isOwn = (origin: string, { headers }: Asking): boolean =>
    origin === site?.origin || (URL.parse(origin)?.host ?? '') === URL.parse(`http://${headers.host}`)?.host;

  return {
    checkHost: ({ headers, headersDistinct }) => {
      // A proxy in front may have gone by the other one.
      if ((headersDistinct.host?.length ?? 0) > 1)
        throw new Refusal('invalid-request', 'This request names two hosts. Send one Host header.');
      if (isOpen && !names.has(hostnameOf(headers.host ?? '')))
        throw new Refusal(
          'invalid-request',
          'This service does not go by that name. Use http://localhost or http://127.0.0.1 with its port; under another name it needs DARKROOM_PUBLIC_URL or DARKROOM_API_KEY.',
        );
    },
    checkOrigin: (request) => {
      const { origin } = request.headers;
      if (isReading(request) || (origin !== undefined && allowed.has(origin))) return;
      const isForeign = origin !== undefined && !isOwn(origin, request);
      if (isForeign || ['cross-site', 'same-site'].includes(fetchSiteOf(request)))
        throw new Refusal(
          'invalid-request',
          'A page of another origin must not change anything here. Add its origin to DARKROOM_ALLOWED_ORIGINS if it may.',
        );
    },
    isKnown: ({ headers }) => {
      const key = bearerKey(headers.authorization);
      return isOpen || (key !== undefined && isKnownKey(keyHashes, key));
    },
    countWrongKey: ({ headers, socket }) => {
      if (bearerKey(headers.authorization) !== undefined) guesses(networkOf(`${socket.remoteAddress}`));
    },
    callerOf: ({ headers, socket }) =>
      isOpen ? `${socket.remoteAddress}` : hashOfKey(bearerKey(headers.authorization) ?? ''),
  };
};

/** Whether only this machine can connect to an address. */
export const isLoopback = (host: string): boolean => /^(localhost|::1|\[::1\]|127(\.\d{1,3}){3})$/i.test(host);

/** One household or server has all addresses of an IPv6 network of 64 bits. */
const networkOf = (address: string): string =>
  isIPv6(address) && !address.includes('.') ? prefixOf(address) : address;

const prefixOf = (address: string): string => {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? before : [...before, ...Array(8 - before.length - after.length).fill('0'), ...after];
  return `${groups.slice(0, 4).join(':')}::/64`;
};

/** The name in a Host header; empty when there is none to be read. */
const hostnameOf = (host: string): string =>
  /[/\\?#@\s]/.test(host) ? '' : (URL.parse(`http://${host}`)?.hostname ?? '');

const isReading = ({ method }: Asking): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method ?? '');

/** What browsers say of the page that made them ask; a page cannot set it. */
const fetchSiteOf = ({ headers }: Asking): string => `${headers['sec-fetch-site'] ?? ''}`;
