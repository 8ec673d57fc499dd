import { createHash } from 'node:crypto';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { connect as plainConnect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import { logo } from './draw/canvas.ts';
import { jpeg } from './draw/sharp.ts';

/** One fact about how a Darkroom somewhere guards what it keeps, checked from outside. Its check throws when the fact is false. */
export type SecurityCase = {
  readonly title: string;
  readonly check: (darkroom: Darkroom) => Promise<void>;
};

type Ticket = {
  readonly id: string;
  readonly upload: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
};
export type Darkroom = {
  readonly base: string;
  readonly key: string | undefined;
  readonly call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>;
  readonly ticket: (more?: object) => Promise<Ticket>;
  readonly put: (ticket: Ticket, change?: Change) => Promise<Response>;
  /** An image whose file has been stored; the same one for all that only look. */
  readonly stored: () => Promise<Ticket>;
  /** Deletes what was made. */
  readonly tidy: () => Promise<void>;
};
type Change = {
  readonly url?: (url: URL) => void;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Uint8Array;
  readonly method?: string;
};

const picture = new Uint8Array(await jpeg(logo(160, 120)));
const patienceMs = 180_000;
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64');

export const darkroomAt = (url: string, key: string | undefined): Darkroom => {
  const base = `${url.replace(/\/$/, '')}/`;
  const made: string[] = [];
  const call: Darkroom['call'] = (method, path, body, headers = {}) =>
    fetch(new URL(path, base), {
      method,
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual',
    });
  const ticket: Darkroom['ticket'] = async (more = {}) => {
    const declared = { contentType: 'image/jpeg', bytes: picture.length, sha256: digestOf(picture), ...more };
    const answer = await call('POST', 'v1/images', declared);
    if (answer.status !== 201) throw new Error(`no ticket: ${answer.status} ${await answer.text()}`);
    const given = (await answer.json()) as Ticket;
    made.push(given.id);
    return given;
  };
  const put: Darkroom['put'] = ({ upload }, change = {}) => {
    const target = new URL(upload.url, base);
    change.url?.(target);
    const headers = Object.entries({ ...upload.headers, ...change.headers }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const method = change.method ?? 'PUT';
    const body = method === 'PUT' ? { body: new Uint8Array(change.body ?? picture) } : {};
    return fetch(target, { method, headers, ...body, redirect: 'manual' });
  };
  const settled = async (id: string): Promise<void> => {
    const until = performance.now() + patienceMs;
    while (performance.now() < until) {
      const { status } = (await (await call('GET', `v1/images/${id}`)).json()) as { status: string };
      if (status === 'ready') return;
      await pause(60);
    }
    throw new Error(`the image was not ready within ${patienceMs / 1000} seconds`);
  };
  let kept: Promise<Ticket> | undefined;
  const stored = () => {
    kept ??= ticket().then(async (given) => {
      expectStatus(await put(given), 200);
      await settled(given.id);
      return given;
    });
    return kept;
  };
  const tidy = async () => {
    for (const id of made) await call('DELETE', `v1/images/${id}`);
  };
  return { base, key, call, ticket, put, stored, tidy };
};

const expectStatus = (answer: { readonly status: number }, ...wanted: readonly number[]): void => {
  if (!wanted.includes(answer.status)) throw new Error(`answered ${answer.status}, should be ${wanted.join(' or ')}`);
};

/** A path exactly as it is given: `fetch` would put dots and slashes right. */
const rawGet = (base: string, path: string, method = 'GET') =>
  new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const { protocol, hostname, port } = new URL(base);
    const request = protocol === 'https:' ? tlsRequest : plainRequest;
    const sent = request({ hostname: hostname.replace(/^\[|\]$/g, ''), port, path, method, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('latin1').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    sent.on('error', reject).end();
  });

/** Sends bytes over a connection of their own, and resolves to the statuses of all answers. */
const rawStatuses = (base: string, bytes: string): Promise<readonly number[]> =>
  new Promise((resolve, reject) => {
    const { protocol, hostname, port } = new URL(base);
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket =
      protocol === 'https:'
        ? tlsConnect({ host, port: Number(port || 443), servername: host, ALPNProtocols: ['http/1.1'] })
        : plainConnect({ host, port: Number(port || 80) });
    let heard = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      heard += chunk;
    });
    // A connection that is cut off is a refusal too.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => resolve([...heard.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, code]) => Number(code))));
    socket.end(bytes, 'latin1');
  });

/** What a lenient server takes for the end of a request, so that it answers a second one that is hidden in the body. */
const hidden = 'GET /v1/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';
const framings: readonly (readonly [title: string, headers: readonly string[], body: string])[] = [
  ['two lengths', ['content-length: 0', `content-length: ${hidden.length}`], hidden],
  ['a length and chunks', [`content-length: ${hidden.length + 5}`, 'transfer-encoding: chunked'], `0\r\n\r\n${hidden}`],
  ['chunks that are misspelt', ['transfer-encoding: xchunked', 'content-length: 0'], hidden],
  ['a space in front of a colon', [`content-length : ${hidden.length}`], hidden],
  ['a length with a sign', ['content-length: +0'], hidden],
];

const isOriginal = (text: string) => Buffer.from(text, 'latin1').includes(Buffer.from(picture).subarray(0, 64));

const flipped = (text: string): string => (text.startsWith('a') ? `b${text.slice(1)}` : `a${text.slice(1)}`);
/** S3 and the one-box home name the parameter of the signature differently. */
const signatureIn = (url: URL): string =>
  [...url.searchParams.keys()].find((name) => /signature/i.test(name) && !/headers/i.test(name)) ?? '';
const expiryIn = (url: URL): string => [...url.searchParams.keys()].find((name) => /expires/i.test(name)) ?? '';

const alteredTickets: readonly (readonly [title: string, change: (other: Ticket) => Change])[] = [
  [
    'an altered signature',
    () => ({
      url: (url) => url.searchParams.set(signatureIn(url), flipped(url.searchParams.get(signatureIn(url)) ?? '')),
    }),
  ],
  ['no signature', () => ({ url: (url) => url.searchParams.delete(signatureIn(url)) })],
  [
    'a later end',
    () => ({
      url: (url) => url.searchParams.set(expiryIn(url), `${Number(url.searchParams.get(expiryIn(url))) + 1000}`),
    }),
  ],
  [
    'the address of another ticket',
    (other) => ({
      url: (url) => {
        url.pathname = new URL(other.upload.url, url).pathname;
      },
    }),
  ],
  [
    'a version that it is not for',
    () => ({
      url: (url) => {
        url.pathname = url.pathname.replace(/v1$/, 'v2');
      },
    }),
  ],
  [
    'a path that goes round',
    () => ({
      url: (url) => {
        url.pathname = url.pathname.replace('originals/', 'originals//');
      },
    }),
  ],
  ['another type', () => ({ headers: { 'content-type': 'text/html' } })],
  ['no type', () => ({ headers: { 'content-type': 'application/octet-stream' } })],
  ['another digest', () => ({ headers: { 'x-amz-checksum-sha256': digestOf(Buffer.from('x')) } })],
  ['no digest', () => ({ headers: { 'x-amz-checksum-sha256': undefined } })],
  ['leave to overwrite', () => ({ headers: { 'if-none-match': undefined } })],
  ['a longer file', () => ({ body: Buffer.concat([picture, Buffer.of(0)]) })],
  ['a shorter file', () => ({ body: picture.subarray(1) })],
];

const wayward = (id: string): readonly string[] => [
  `/images/../originals/${id}/v1`,
  `/images/%2e%2e/originals/${id}/v1`,
  `/images/..%2foriginals%2f${id}%2fv1`,
  `/images/..%5coriginals%5c${id}%5cv1`,
  `/images/....//originals/${id}/v1`,
  `/images/${id}/v1/../../../originals/${id}/v1`,
  `//originals/${id}/v1`,
  `/originals/${id}/v1/`,
  `/originals/${id}/v1%00.jpeg`,
  `/images/${id}/v1/original`,
  `/images/${id}/v1/..;/..;/originals/${id}/v1`,
  '/images/../../../../../../etc/passwd',
  '/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
  '/images/../secret',
  '/images/../darkroom.db',
];

export const securityCases: readonly SecurityCase[] = [
  ...alteredTickets.map(
    ([what, change]): SecurityCase => ({
      title: `a ticket with ${what} opens nothing`,
      check: async ({ ticket, put }) => {
        const [mine, other] = [await ticket(), await ticket()];
        expectStatus(await put(mine, change(other)), 400, 403, 404, 411);
        // Nothing was taken: the ticket can still be used as it was given.
        expectStatus(await put(mine), 200);
      },
    }),
  ),
  {
    title: 'bytes that do not match the digest are refused, and the right ones are taken after',
    check: async ({ ticket, put }) => {
      const mine = await ticket();
      const wrong = Uint8Array.from(picture).fill(0, picture.length - 9);
      expectStatus(await put(mine, { body: wrong }), 400);
      expectStatus(await put(mine), 200);
    },
  },
  {
    title: 'a PUT that is sent again overwrites nothing',
    check: async ({ stored, put }) => expectStatus(await put(await stored()), 412),
  },
  {
    title: 'a ticket does not read what was put with it',
    check: async ({ stored, put }) => expectStatus(await put(await stored(), { method: 'GET' }), 400, 403, 404, 405),
  },
  {
    title: 'a ticket does not delete what was put with it',
    check: async ({ stored, put }) => expectStatus(await put(await stored(), { method: 'DELETE' }), 400, 403, 404, 405),
  },
  ...wayward('').map(
    (_, index): SecurityCase => ({
      title: `no original is reached by ${wayward('{id}')[index]}`,
      check: async ({ base, stored }) => {
        const { id } = await stored();
        const { status, text } = await rawGet(base, wayward(id)[index] ?? '');
        if (status < 300 || isOriginal(text) || /root:.*:0:0/.test(text)) throw new Error(`answered ${status}`);
      },
    }),
  ),
  {
    title: 'no original is reached without a signature',
    check: async ({ base, stored }) => {
      const { status, text } = await rawGet(base, `/originals/${(await stored()).id}/v1`);
      if (status < 400 || isOriginal(text)) throw new Error(`answered ${status}`);
    },
  },
  {
    title: 'the URL of a download, once altered, gives nothing',
    check: async ({ base, call, stored }) => {
      const answer = await call('GET', `v1/images/${(await stored()).id}/original`);
      expectStatus(answer, 200);
      const { url } = (await answer.json()) as { url: string };
      const right = await fetch(new URL(url, base));
      expectStatus(right, 200);
      if (!/^attachment/.test(right.headers.get('content-disposition') ?? '')) throw new Error('it is no attachment');
      const altered = new URL(url, base);
      altered.searchParams.set(signatureIn(altered), flipped(altered.searchParams.get(signatureIn(altered)) ?? ''));
      expectStatus(await fetch(altered), 403);
    },
  },
  ...['a\r\nx-injected: 1.jpg', 'a\nb.jpg', 'a\u0000b.jpg', 'photo\u202egpj.exe'].map(
    (filename): SecurityCase => ({
      title: `the file name ${JSON.stringify(filename)} is refused`,
      check: async ({ call }) =>
        expectStatus(await call('POST', 'v1/images', { contentType: 'image/jpeg', bytes: 9, filename }), 400),
    }),
  ),
  ...['/v1/images/%0d%0ax-injected:%201', '/images/%0d%0ax-injected:%201', '/%0d%0aset-cookie:%20a=1'].map(
    (path): SecurityCase => ({
      title: `${path} puts no header into the answer`,
      check: async ({ base }) => {
        const { status, headers } = await rawGet(base, path);
        if (status < 400 || headers['x-injected'] || headers['set-cookie']) throw new Error(`answered ${status}`);
      },
    }),
  ),
  ...framings.map(
    ([what, headers, body]): SecurityCase => ({
      title: `a request with ${what} smuggles in no second one`,
      check: async ({ base }) => {
        const head = ['POST /v1/images HTTP/1.1', `host: ${new URL(base).host}`, ...headers].join('\r\n');
        const statuses = await rawStatuses(base, `${head}\r\n\r\n${body}`);
        if (statuses.length > 1 || statuses.some((status) => status < 400))
          throw new Error(`answered ${statuses.join(' and ')}`);
      },
    }),
  ),
  {
    title: 'a request with two hosts is refused',
    check: async ({ base }) => {
      const { host } = new URL(base);
      const hosts = `host: ${host}\r\nhost: evil.example`;
      const statuses = await rawStatuses(base, `GET /v1/health HTTP/1.1\r\n${hosts}\r\nconnection: close\r\n\r\n`);
      if (statuses.some((status) => status < 400)) throw new Error(`answered ${statuses.join(' and ')}`);
    },
  },
  ...['PUT', 'POST', 'DELETE', 'PATCH', 'TRACE'].map(
    (method): SecurityCase => ({
      title: `${method} changes no picture`,
      check: async ({ base, stored }) => {
        const { status } = await rawGet(base, `/images/${(await stored()).id}/v1/640w.webp`, method);
        if (status < 400 || status >= 500) throw new Error(`answered ${status}`);
      },
    }),
  ),
  ...[
    'GET /v1/images',
    'POST /v1/images',
    'POST /v1/jobs',
    'DELETE /v1/images/{id}',
    'GET /v1/images/{id}/original',
  ].map(
    (route): SecurityCase => ({
      title: `${route} needs a key, and repeats no wrong one`,
      check: async ({ call, key, stored }) => {
        if (key === undefined) throw new Error('this Darkroom asks for no key; give one with --key to one that does');
        const [method = '', path = ''] = route.split(' ');
        const wrong = flipped(key);
        const body = method === 'POST' ? {} : undefined;
        const answer = await call(method, path.replace('{id}', (await stored()).id), body, {
          authorization: `Bearer ${wrong}`,
        });
        expectStatus(answer, 401, 403);
        if ((await answer.text()).includes(wrong)) throw new Error('the answer repeats the key');
      },
    }),
  ),
  {
    title: 'an id is no number that can be counted on from',
    check: async ({ ticket }) => {
      const ids = await Promise.all(Array.from({ length: 4 }, () => ticket()));
      for (const { id } of ids) if (!/^[a-z2-7]{26}$/.test(id)) throw new Error(`${id} is no id`);
      if (new Set(ids.map(({ id }) => id.slice(0, 8))).size < ids.length) throw new Error('ids begin alike');
    },
  },
  {
    title: 'no message tells more than its code needs',
    check: async ({ base, call }) => {
      const answers = [
        await (await call('POST', 'v1/images', { contentType: 1 })).text(),
        await (await call('GET', 'v1/images?cursor=AAAA')).text(),
        (await rawGet(base, '/v1/images/%ff')).text,
      ];
      for (const text of answers)
        if (/node_modules|\.ts:\d|at \w+ \(|SQLITE|\/home\/|\/work\//.test(text)) throw new Error(text.slice(0, 200));
    },
  },
];
