import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import type { Fetch } from '../client/call.ts';

/**
 * The `fetch` of the platform does not report how much of a body has been sent, and sends a stream without its length,
 * which S3 refuses. This one sends a Blob that is backed by a file, and reports every piece that was sent.
 */
export const sendingFetch =
  (onSent: (bytes: number) => void): Fetch =>
  (url, { method = 'GET', headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const file = body as Blob;
      const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(
        url,
        {
          method,
          headers: { ...(headers as Record<string, string>), 'content-length': file.size },
          ...(signal && { signal }),
        },
        (answer) => {
          const pieces: Buffer[] = [];
          answer.on('data', (piece: Buffer) => pieces.push(piece));
          answer.on('error', reject);
          answer.on('end', () => {
            const said = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
            const status = answer.statusCode ?? 500;
            const text = [204, 304].includes(status) ? null : Buffer.concat(pieces);
            resolve(new Response(text, { status, headers: Object.fromEntries(said) }));
          });
        },
      );
      request.on('error', reject);
      // After an early refusal the store closes the connection. Its answer says why, and the broken pipe does not.
      const pieces = Readable.fromWeb(file.stream() as Parameters<typeof Readable.fromWeb>[0]);
      pieces.on('data', (piece: Uint8Array) => {
        onSent(piece.length);
        if (!request.write(piece)) {
          pieces.pause();
          request.once('drain', () => pieces.resume());
        }
      });
      pieces.on('end', () => request.end());
      pieces.on('error', (error) => request.destroy(error));
      request.on('close', () => pieces.destroy());
    });
