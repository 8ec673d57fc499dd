import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { originalKey } from '../../lib/core/object-keys.ts';
import type { SignedRequest, TicketOffice, UploadTerms } from '../../lib/ports.ts';

type Subject = {
  readonly tickets: TicketOffice;
  readonly stored: (key: string) => Promise<Uint8Array | undefined>;
  readonly close: () => Promise<void>;
  /** What the store behind it is known not to enforce, and why; only an emulator may have any. */
  readonly lacks?: { readonly algorithm: string };
};

/** What a ticket promises, and what the store refuses, over real HTTP. */
export const ticketOfficeContract = (name: string, open: () => Promise<Subject>): void => {
  describe(`${name} as a ticket office`, () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.close());

    const file = Buffer.from('these are the bytes of a picture');
    const sha256 = createHash('sha256').update(file).digest('base64');
    const soon = () => Date.now() + 60_000;
    let issued = 0;
    const nextKey = () =>
      originalKey({ id: String.fromCharCode(97 + (issued++ % 26)).repeat(26), version: Math.ceil(issued / 26) });
    const terms: UploadTerms = { contentType: 'image/jpeg', bytes: file.length, sha256 };
    const put = (ticket: SignedRequest, body: Buffer = file, headers: Record<string, string> = {}) =>
      fetch(ticket.url, { method: 'PUT', headers: { ...ticket.headers, ...headers }, body: new Uint8Array(body) });

    test('lets exactly the declared file in', async () => {
      const key = nextKey();
      const answer = await put(await subject.tickets.upload(key, terms, soon()));
      expect(answer.status).toBe(200);
      expect(Buffer.from((await subject.stored(key)) ?? [])).toEqual(file);
    });

    test('lets a file in whose digest was not declared', async () => {
      const ticket = await subject.tickets.upload(nextKey(), { ...terms, sha256: null }, soon());
      expect(ticket.headers).not.toHaveProperty('x-amz-checksum-sha256');
      expect((await put(ticket)).status).toBe(200);
    });

    test('names the headers to send, and no others', async () => {
      const { headers } = await subject.tickets.upload(nextKey(), terms, soon());
      expect(headers).toEqual({ 'content-type': 'image/jpeg', 'if-none-match': '*', 'x-amz-checksum-sha256': sha256 });
    });

    const refusals: readonly [string, number, (key: string) => Promise<Response>][] = [
      [
        'a second PUT',
        412,
        async (key) => {
          const ticket = await subject.tickets.upload(key, terms, soon());
          await put(ticket);
          return put(ticket);
        },
      ],
      [
        'a longer file',
        403,
        async (key) => put(await subject.tickets.upload(key, terms, soon()), Buffer.concat([file, file])),
      ],
      ['a shorter file', 403, async (key) => put(await subject.tickets.upload(key, terms, soon()), file.subarray(1))],
      [
        'another type',
        403,
        async (key) => put(await subject.tickets.upload(key, terms, soon()), file, { 'content-type': 'image/png' }),
      ],
      [
        'a PUT that could overwrite',
        403,
        async (key) => {
          const { url, headers } = await subject.tickets.upload(key, terms, soon());
          const { 'if-none-match': _, ...others } = headers;
          return fetch(url, { method: 'PUT', headers: others, body: new Uint8Array(file) });
        },
      ],
      ['an expired ticket', 403, async (key) => put(await subject.tickets.upload(key, terms, Date.now() - 1000))],
      [
        'a ticket for another key',
        403,
        async (key) => {
          const ticket = await subject.tickets.upload(nextKey(), terms, soon());
          const url = new URL(ticket.url);
          url.pathname = url.pathname.replace(/originals\/.*/, key);
          return put({ ...ticket, url: url.href });
        },
      ],
      [
        'no ticket at all',
        403,
        async (key) => {
          const ticket = await subject.tickets.upload(key, terms, soon());
          const url = new URL(ticket.url);
          url.search = '';
          return put({ ...ticket, url: url.href });
        },
      ],
    ];

    test.each(refusals)('refuses %s with %i', async (what, status, attempt) => {
      const key = nextKey();
      const answer = await attempt(key);
      expect(answer.status).toBe(status);
      if (what !== 'a second PUT') expect(await subject.stored(key)).toBeUndefined();
    });

    test('refuses bytes that do not match the digest with 400, keeps nothing, and lets the right ones in after', async () => {
      const key = nextKey();
      const ticket = await subject.tickets.upload(key, terms, soon());
      const wrong = Buffer.from(file);
      wrong[0] = 0;
      expect((await put(ticket, wrong)).status).toBe(400);
      expect(await subject.stored(key)).toBeUndefined();
      expect((await put(ticket)).status).toBe(200);
    });

    test('gives the original back as an attachment under its own name, until the URL expires', async () => {
      const key = nextKey();
      await put(await subject.tickets.upload(key, terms, soon()));
      const answer = await fetch(await subject.tickets.download(key, 'Ünïcode "x".jpg', soon()));
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(file);
      expect(answer.headers.get('content-disposition')).toBe(
        `attachment; filename="Unicode _x_.jpg"; filename*=UTF-8''%C3%9Cn%C3%AFcode%20%22x%22.jpg`,
      );
      const late = await fetch(await subject.tickets.download(key, 'x.jpg', Date.now() - 1000));
      expect(late.status).toBe(403);
    });

    test('refuses a download whose URL was changed', async () => {
      const key = nextKey();
      await put(await subject.tickets.upload(key, terms, soon()));
      const url = new URL(await subject.tickets.download(key, 'x.jpg', soon()));
      for (const name of url.searchParams.keys()) {
        if (name === 'X-Amz-Algorithm' && subject.lacks?.algorithm) continue;
        const changed = new URL(url);
        changed.searchParams.set(name, `${changed.searchParams.get(name)}1`);
        expect((await fetch(changed)).status).toBeGreaterThanOrEqual(400);
      }
    });
  });
};
