import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { slots } from '../../lib/commands/side-by-side.ts';

/**
 * What becomes of a request: `lost` never arrives, and of `cut` half of its body does not; of `unanswered` only the answer is
 * lost; `stalled` waits until it is released, and `halfway` does after half of the answer's body; or it gets an answer that
 * is none of the service's.
 */
export type Mishap =
  | 'lost'
  | 'cut'
  | 'unanswered'
  | 'stalled'
  | 'halfway'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export type Seen = { readonly method: string; readonly path: string; readonly headers: IncomingHttpHeaders };

/** A bad network between a client and a service. */
export type FlakyProxy = {
  readonly url: string;
  /** Where requests go. */
  target: string;
  /** Every request so far. */
  readonly seen: Seen[];
  /**
   * Lets the next requests of this method, to a path that contains the text, end like this, one after the other. For a service
   * of AWS with one path, the text is the name of the action.
   */
  readonly plan: (method: string, path: string, ...mishaps: Mishap[]) => void;
  /** Lets the request go on that has waited longest, or else the next one that would wait. */
  readonly release: () => void;
  /** Drops what was seen, and what is still planned. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
};

export const startFlakyProxy = async (): Promise<FlakyProxy> => {
  const held = slots(0);
  let plans: { method: string; path: string; mishap: Mishap }[] = [];
  const mishapOf = (method: string, path: string): Mishap | undefined => {
    const planned = plans.find((plan) => plan.method === method && path.includes(plan.path));
    plans = plans.filter((plan) => plan !== planned);
    return planned?.mishap;
  };

  const pass = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = incoming;
    proxy.seen.push({ method, path: url, headers });
    const mishap = mishapOf(method, `${url} ${headers['x-amz-target'] ?? ''}`);
    if (mishap === 'lost') return void incoming.socket.destroy();
    if (mishap === 'stalled') await held.take();
    if (mishap === 'cut') {
      let missing = Number(headers['content-length'] ?? 0) / 2;
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        missing -= chunk.length;
        if (missing <= 0) break;
      }
      return void incoming.socket.destroy();
    }
    const body = await bytesOf(incoming);
    if (typeof mishap === 'object') return void answer(response, mishap);
    const forwarded = request(proxy.target + url, { method, headers });
    forwarded.end(body);
    const [reply] = (await once(forwarded, 'response')) as [IncomingMessage];
    const replied = await bytesOf(reply);
    if (mishap === 'unanswered') return void incoming.socket.destroy();
    response.writeHead(reply.statusCode ?? 500, reply.headers);
    const half = mishap === 'halfway' ? replied.length / 2 : 0;
    if (mishap === 'halfway') {
      response.write(replied.subarray(0, half));
      await held.take();
    }
    response.end(replied.subarray(half));
  };

  // Whichever side breaks off, the other one sees a broken connection.
  const server = createServer((incoming, response) => pass(incoming, response).catch(() => response.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const proxy: FlakyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: '',
    seen: [],
    plan: (method, path, ...mishaps) => {
      plans = [...plans, ...mishaps.map((mishap) => ({ method, path, mishap }))];
    },
    release: held.give,
    forget: () => {
      plans = [];
      proxy.seen.length = 0;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
};

const answer = (response: ServerResponse, { status, headers = {}, body = '' }: Exclude<Mishap, string>) =>
  response.writeHead(status, headers).end(body);

const bytesOf = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};
