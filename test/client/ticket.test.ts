import { afterEach, expect, test } from '@jest/globals';
import { DarkroomError, darkroom, type Ticket } from '../../lib/client/darkroom.ts';
import { ticketFrom } from '../../lib/client/ticket.ts';

const ticket: Ticket = {
  id: 'abc',
  version: 1,
  status: 'pending',
  upload: { method: 'PUT', url: 'https://store.example/abc', headers: {}, expiresAt: '' },
  watch: { token: 'of-the-ticket', expiresAt: '' },
  links: { self: '' },
};
const service = (watched: unknown[]) => {
  const sent: string[] = [];
  const client = darkroom({
    url: 'https://service.example',
    key: 'of-the-client',
    fetch: async (url, { method, headers }) => {
      sent.push(`${method} ${url}`);
      if (method === 'PUT') return new Response('');
      watched.push((headers as Record<string, string>).authorization);
      return Response.json({ id: 'abc', version: 1, status: 'ready', ready: { version: 1 } });
    },
  });
  return { client, sent };
};

test('an upload with a ticket of your own server asks the service for none, and waits with the token of the ticket', async () => {
  const [watched, asked]: [unknown[], unknown[]] = [[], []];
  const { client, sent } = service(watched);
  const image = await client.upload(new File(['12345'], 'a.jpg', { type: 'image/jpeg' }), {
    collection: 'trips',
    ticket: async (file, request) => {
      asked.push(file.size, request);
      return ticket;
    },
  });
  expect(image.id).toBe('abc');
  expect(asked).toMatchObject([5, { contentType: 'image/jpeg', bytes: 5, filename: 'a.jpg', collection: 'trips' }]);
  expect(sent).toEqual(['PUT https://store.example/abc', 'GET https://service.example/v1/uploads/abc']);
  expect(watched).toEqual(['Bearer of-the-ticket']);
});

test('where your server passes on no token, the client waits with its own key', async () => {
  const watched: unknown[] = [];
  const { watch, ...bare } = ticket;
  await service(watched).client.upload(new Blob(['1']), { ticket: async () => bare as Ticket });
  expect(watched).toEqual(['Bearer of-the-client']);
});

test('an upload that is ended while your server is asked sends nothing', async () => {
  const ended = new AbortController();
  const { client, sent } = service([]);
  const upload = client.upload(new Blob(['1']), {
    signal: ended.signal,
    ticket: async () => {
      ended.abort();
      return ticket;
    },
  });
  await expect(upload).rejects.toMatchObject({ name: 'AbortError' });
  expect(sent).toEqual([]);
});

const problem = { title: 'No', status: 429, code: 'too-many-requests', detail: 'Wait a minute.' };

test.each([
  ['no network', () => Promise.reject(new TypeError('Failed to fetch')), 'unreachable', /Failed to fetch/],
  ['a refusal that it passes on', async () => problem, 'too-many-requests', /^Wait a minute\.$/],
  ['an answer that is no ticket', async () => ({ error: 'no' }), 'unexpected-answer', /./],
  ['no answer', async () => undefined, 'unexpected-answer', /./],
])('%s of your own server is a DarkroomError with a code', async (_what, ask, code, message) => {
  const error = await ticketFrom(ask as () => Promise<never>).catch((reason) => reason);
  expect(error).toBeInstanceOf(DarkroomError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
});

test('an error that your function throws itself stays as it is', async () => {
  const mine = new Error('not signed in');
  await expect(ticketFrom(() => Promise.reject(mine))).rejects.toBe(mine);
});

const page = globalThis as { location?: unknown };
afterEach(() => {
  delete page.location;
});

test.each([
  ['another origin', 'https://service.example', /this page \(DARKROOM_ALLOWED_ORIGINS .*allowedOrigins/],
  ['the same origin', 'https://site.example', /Check the connection\.$/],
  ['the same origin, by a path', '', /Check the connection\.$/],
])('a page that cannot reach a service of %s is told what to check', async (_what, url, message) => {
  page.location = { href: 'https://site.example/form', origin: 'https://site.example' };
  const removed = darkroom({ url, fetch: () => Promise.reject(new TypeError('no')) }).removeImage('a');
  await expect(removed).rejects.toMatchObject({ code: 'unreachable', message: expect.stringMatching(message) });
});

test('outside a browser it is the connection alone', async () => {
  const url = 'https://service.example';
  const removed = darkroom({ url, fetch: () => Promise.reject(new TypeError('no')) }).removeImage('a');
  await expect(removed).rejects.toMatchObject({ message: expect.stringMatching(/Check the connection\.$/) });
});
