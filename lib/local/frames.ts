import type { Readable, Writable } from 'node:stream';

/** A piece of JSON with bytes beside it, as host and renderer exchange them on one connection. */
export type Frame = { readonly head: unknown; readonly body: Uint8Array };
export type FrameLimits = { readonly head: number; readonly body: number };

/** The lengths of head and body, each an unsigned number of 32 bits. */
const prefixBytes = 8;
const nothing = new Uint8Array();

export const sendFrame = (connection: Writable, head: object, body: Uint8Array = nothing): void => {
  const text = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(text.length, 0);
  prefix.writeUInt32BE(body.length, 4);
  connection.write(Buffer.concat([prefix, text]));
  if (body.length > 0) connection.write(body);
};

/** Ends with the connection. Throws if there is no valid frame, or one beyond the limits; the other side may be an attacker. */
export async function* framesFrom(connection: Readable, limits: FrameLimits): AsyncGenerator<Frame> {
  let chunks: Buffer[] = [];
  let held = 0;
  let needed = prefixBytes;
  let headEnd: number | undefined;
  for await (const chunk of connection as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    held += chunk.length;
    while (held >= needed) {
      const all = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, held);
      if (headEnd === undefined) {
        const [head, body] = [all.readUInt32BE(0), all.readUInt32BE(4)];
        if (head > limits.head || body > limits.body) throw new RangeError('a frame is longer than allowed');
        headEnd = prefixBytes + head;
        needed = headEnd + body;
        chunks = [all];
        continue;
      }
      yield { head: JSON.parse(all.toString('utf8', prefixBytes, headEnd)), body: all.subarray(headEnd, needed) };
      held -= needed;
      chunks = [all.subarray(needed)];
      [needed, headEnd] = [prefixBytes, undefined];
    }
  }
}
