import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { localTicketOffice, signedQuery } from '../../lib/adapters/local/signed-urls.ts';
import { jobRequest, listRequest, reprocessRequest, uploadRequest } from '../../lib/contract/requests.ts';
import { bearerKey } from '../../lib/core/api-keys.ts';
import { bestFormat } from '../../lib/core/choose-format.ts';
import { Refusal } from '../../lib/core/errors.ts';
import { variantFormats } from '../../lib/core/formats.ts';
import { parseStoredKey } from '../../lib/core/object-keys.ts';
import { sendFile } from '../../lib/local/send-file.ts';
import { listImages } from '../../lib/pipeline/list-images.ts';
import { openWorld } from '../support/world.ts';

// What strangers write into requests, at random: a sentence about every text, instead of a list of texts.

const many = { numRuns: 2000 };
const pieces = (...known: readonly string[]) =>
  fc
    .array(fc.oneof(fc.constantFrom(...known), fc.string({ maxLength: 5 }), fc.nat().map(String)), { maxLength: 8 })
    .map((parts) => parts.join(''));

test('any Range gets the whole, a part that lies within the file, or 416', async () => {
  const bytes = 1000;
  const object = { key: 'images/x', bytes, modifiedAt: 1_790_000_000_000 };
  const never = undefined as never;
  await fc.assert(
    fc.asyncProperty(pieces('bytes=', '-', '0', '999', '1000', ',', ' ', '99999999999999999999'), async (range) => {
      const seen: { status?: number; headers?: Record<string, unknown> } = {};
      const response = {
        writeHead: (status: number, headers: never) => Object.assign(seen, { status, headers }) && response,
        end: () => response,
      };
      const request = { method: 'HEAD', headers: { range } } as unknown as IncomingMessage;
      await sendFile(request, response as unknown as ServerResponse, never, object, {});
      if (seen.status === 416) return expect(seen.headers?.['content-range']).toBe(`bytes */${bytes}`);
      const [, start, end] =
        /^bytes (\d+)-(\d+)\/1000$/.exec(`${seen.headers?.['content-range'] ?? 'bytes 0-999/1000'}`) ?? [];
      expect(seen.status).toBe(seen.headers?.['content-range'] === undefined ? 200 : 206);
      expect(Number(start)).toBeLessThanOrEqual(Number(end));
      expect(Number(end)).toBeLessThan(bytes);
      expect(seen.headers?.['content-length']).toBe(Number(end) - Number(start) + 1);
    }),
    many,
  );
});

test('any Accept gets a format that is there, and no newer one that was not named', () => {
  const accepts = pieces('image/avif', 'image/webp', '*/*', ',', ';q=0', ';q=0.000', ';q=1', ' ', 'IMAGE/WEBP');
  fc.assert(
    fc.property(fc.shuffledSubarray([...variantFormats], { minLength: 1 }), accepts, (there, accept) => {
      const best = bestFormat(there, accept);
      expect(there).toContain(best);
      const plain = there.some((format) => format === 'jpeg' || format === 'png');
      if (plain && (best === 'avif' || best === 'webp')) expect(accept.toLowerCase()).toContain(`image/${best}`);
    }),
    many,
  );
});

test('any cursor lists images or is refused, and never is an error of ours', async () => {
  const world = await openWorld();
  for (let image = 0; image < 3; image++) await world.file();
  const { nextCursor } = await listImages(world.catalogue, { limit: 1 });
  const tokens = fc.oneof(
    fc.base64String(),
    fc.string().map((text) => Buffer.from(text).toString('base64url')),
    fc.nat(40).map((at) => `${nextCursor}`.slice(0, at)),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
  );
  await fc.assert(
    fc.asyncProperty(tokens, async (cursor) => {
      const parsed = listRequest.safeParse({ cursor });
      if (!parsed.success) return;
      const end = await listImages(world.catalogue, parsed.data).then(
        ({ items }) => items.length,
        (error) => error,
      );
      if (typeof end !== 'number') expect(end).toBeInstanceOf(Refusal);
    }),
    many,
  );
  await world.close();
});

test('a ticket that is spelt in any other way than we spell it is none', async () => {
  const office = localTicketOffice({ secret: 's', site: 'https://a.example' });
  const { url } = await office.upload(
    'originals/x/v1',
    { contentType: 'image/jpeg', bytes: 1, sha256: null },
    1_790_000_000_000,
  );
  expect(signedQuery(new URL(url), [])).toBeDefined();
  const more = pieces('expires=', 'signature=', '&', '=', '%00', '1', '+', '-', '0x1', 'e9');
  fc.assert(
    fc.property(more, (text) => {
      const altered = new URL(`${url}&${text}`);
      if ([...altered.searchParams].length > 2) expect(signedQuery(altered, [])).toBeUndefined();
      const alone = signedQuery(new URL(`https://a.example/?${text}`), []);
      if (alone) expect(Number.isSafeInteger(alone.expiresAt) && alone.expiresAt > 0).toBe(true);
    }),
    many,
  );
});

test('any JSON is a request of ours or is refused with the fields that are wrong', () => {
  const schemas = [uploadRequest, reprocessRequest, jobRequest, listRequest];
  const fields = fc.constantFrom(
    'contentType',
    'bytes',
    'sha256',
    'filename',
    'collection',
    'preset',
    'ids',
    'all',
    'stale',
    'action',
    '__proto__',
    'constructor',
  );
  const bodies = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fields, fc.oneof(fc.jsonValue(), fc.constantFrom('image/jpeg', 1, true, 'reprocess', -0))),
  );
  fc.assert(
    fc.property(fc.constantFrom(...schemas), bodies, (schema, body) => {
      const parsed = schema.safeParse(body);
      if (parsed.success) expect(Object.getPrototypeOf(parsed.data)).toBe(Object.prototype);
      else expect(parsed.error.issues.length).toBeGreaterThan(0);
    }),
    many,
  );
});

test('any path is a key of ours, spelt as we spell it, or none', () => {
  const id = 'a'.repeat(26);
  const paths = pieces(
    'images/',
    'originals/',
    `${id}/`,
    id,
    'v1/',
    'v1',
    '640w',
    '.webp',
    'manifest.json',
    '..',
    '/',
    '%2e',
    '\0',
  );
  fc.assert(
    fc.property(paths, (path) => {
      const found = parseStoredKey(path);
      if (found)
        expect(
          path.startsWith(`images/${found.id}/v${found.version}`) || path === `originals/${found.id}/v${found.version}`,
        ).toBe(true);
      if (/\.\.|\0|\\|\/\//.test(path)) expect(found).toBeUndefined();
    }),
    many,
  );
});

test('any Authorization holds a key without white space, or none', () => {
  fc.assert(
    fc.property(pieces('Bearer ', 'bearer ', 'Basic ', ' ', '\t', ',', 'key'), (header) => {
      const key = bearerKey(header);
      if (key !== undefined) expect(key).toMatch(/^\S+$/);
    }),
    many,
  );
});
