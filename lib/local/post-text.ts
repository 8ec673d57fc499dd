import { lookup as systemLookup } from 'node:dns';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isInsideNetwork } from './inside-network.ts';

export type Post = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  /** Whether an address inside the network (loopback, private, link-local) may be connected to. */
  readonly mayBeInside: boolean;
  /** How names are resolved. @default as the system does */
  readonly lookup?: LookupFunction;
};

/** The address is inside the network, where a receiver may not be. */
export class InsideNetwork extends Error {
  override readonly name = 'InsideNetwork';
}

/**
 * Posts a text and resolves to the status of the answer, whose body is not read. A redirect is an answer like any other.
 * An address is checked when it is connected to, so a name cannot lead to another one after the check (DNS rebinding).
 */
export const postText = async ({ url, headers, body, signal, mayBeInside, lookup }: Post): Promise<number> => {
  const { protocol, hostname } = new URL(url);
  if (!mayBeInside && isInsideNetwork(hostname)) throw new InsideNetwork();
  const request = protocol === 'https:' ? tlsRequest : plainRequest;
  const from: LookupFunction = lookup ?? systemLookup;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      // Each POST opens a connection: a kept one was checked under another setting, or may be closed.
      agent: false,
      signal,
      lookup: mayBeInside ? from : outside(from),
    });
    sent.once('error', (error) => reject(signal.aborted ? signal.reason : error));
    sent.once('response', (answer) => {
      answer.destroy();
      resolve(answer.statusCode ?? 0);
    });
    // A receiver that wants to speak another protocol (101). Without this, no event would come at all.
    sent.once('upgrade', (answer, socket) => {
      socket.destroy();
      resolve(answer.statusCode ?? 0);
    });
    sent.end(body);
  });
};

/** One address inside is enough to refuse a name, because Darkroom does not choose which of them is connected to. */
const outside =
  (lookup: LookupFunction): LookupFunction =>
  (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = Array.isArray(found) ? found : [];
      const [first] = addresses;
      if (error) callback(error, []);
      else if (!first || addresses.some(({ address }) => isInsideNetwork(address))) callback(new InsideNetwork(), []);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
