import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { bearerKey, findKey, hashOfKey } from '../core/api-keys.ts';
import { Refusal } from '../core/errors.ts';
import type { Grant, StoredKey } from '../core/grants.ts';
import type { RateLimit } from './rate-limit.ts';

/**
 * Access control. Without keys the service is open to this machine alone. Even then, pages of strangers in a browser on
 * this machine are kept out: a request under a foreign host name (DNS rebinding) and a write from another origin are
 * refused. Both are `invalid-request`, because no key would help.
 */
export type Access = {
  /** Throws a Refusal if the request names another host, or two hosts. */
  readonly checkHost: (request: Asking) => void;
  /** Whether `checkHost` would throw nothing. */
  readonly isRightHost: (request: Asking) => boolean;
  /** Throws a Refusal for a write from a page of an unlisted origin. */
  readonly checkOrigin: (request: Asking) => void;
  /** Whether a request has a valid key, or needs none because the service has none; and what the key allows. */
  readonly known: (request: Asking) => { readonly isKnown: boolean; readonly grant?: Grant | undefined };
  /** To be called for a request that needs a key and has no valid one. Throws a Refusal when its address tries too many. */
  readonly countWrongKey: (request: Asking) => void;
  /** What a call is counted for: its key, or its address if there are no keys. */
  readonly callerOf: (request: Asking) => string;
};

type Asking = Pick<IncomingMessage, 'method' | 'headers' | 'rawHeaders' | 'socket'>;
export type AccessTerms = {
  /** The address that we listen on. */
  readonly host: string;
  readonly publicUrl: string | undefined;
  readonly keys: readonly StoredKey[];
  readonly allowedOrigins: readonly string[];
};

/** `guesses` counts each wrong key for the network that it came from. A right key is never delayed. */
export const accessControl = ({ host, publicUrl, keys, allowedOrigins }: AccessTerms, guesses: RateLimit): Access => {
  const isOpen = keys.length === 0;
  const site = publicUrl === undefined ? undefined : new URL(publicUrl);
  const names = new Set(['localhost', '127.0.0.1', '[::1]', hostnameOf(host), site?.hostname].filter(Boolean));
  const allowed = new Set(allowedOrigins);

  const isOwn = (origin: string, { headers }: Asking): boolean =>
    origin === site?.origin || (URL.parse(origin)?.host ?? '') === URL.parse(`http://${headers.host}`)?.host;

  const isOwnName = (host = ''): boolean => !isOpen || names.has(hostnameOf(host));
  let rightBefore: string | undefined;

  return {
    isRightHost: ({ headers, rawHeaders }) => {
      if (hostsOf(rawHeaders) > 1) return false;
      // Nearly all requests name the same host, and reading a name costs more than comparing it.
      if (headers.host !== rightBefore && isOwnName(headers.host)) rightBefore = headers.host;
      return headers.host === rightBefore;
    },
    checkHost: ({ headers, rawHeaders }) => {
      // A proxy in front may have used the other one.
      if (hostsOf(rawHeaders) > 1)
        throw new Refusal('invalid-request', 'This request names two hosts. Send one Host header.');
      if (!isOwnName(headers.host))
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
    known: ({ headers }) => {
      if (isOpen) return { isKnown: true };
      const key = bearerKey(headers.authorization);
      const found = key === undefined ? undefined : findKey(keys, key);
      return { isKnown: found !== undefined, grant: found?.grant };
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

/** How many Host headers were sent; Node itself keeps the first. `rawHeaders` has names and values by turns. */
const hostsOf = (rawHeaders: readonly string[]): number => {
  let count = 0;
  for (let name = 0; name < rawHeaders.length; name += 2) if (rawHeaders[name]?.toLowerCase() === 'host') count++;
  return count;
};

/** The name in a Host header; empty when there is none to be read. */
const hostnameOf = (host: string): string =>
  /[/\\?#@\s]/.test(host) ? '' : (URL.parse(`http://${host}`)?.hostname ?? '');

const isReading = ({ method }: Asking): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method ?? '');

/** Browsers set this header to describe the page; a page cannot set it. */
const fetchSiteOf = ({ headers }: Asking): string => `${headers['sec-fetch-site'] ?? ''}`;
