import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Edge, type EdgeOptions, putOn, startEdge } from '../support/edge.ts';
import { problemOf, rawRequest } from '../support/raw-request.ts';
import { until } from '../support/until.ts';

const file = randomBytes(50_000);
const key = 'a-key-of-the-edge-test';

const edges: Edge[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const edge of edges.splice(0)) await edge.close();
});
const start = async (options: EdgeOptions = {}): Promise<Edge> => {
  const edge = await startEdge(options);
  edges.push(edge);
  return edge;
};

/** A connection on which a test says what it likes. */
const dial = async ({ port }: Edge) => {
  const socket = connect({ host: '127.0.0.1', port });
  sockets.push(socket);
  socket.on('error', () => undefined);
  let heard = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    heard += chunk;
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return { socket, closed, heard: () => heard };
};

/** Goes on sending until the connection is closed, which it has to be. */
const sendForEver = async ({ socket, closed }: Awaited<ReturnType<typeof dial>>): Promise<number> => {
  const chunk = Buffer.alloc(64 * 1024);
  let over = false;
  closed.then(() => {
    over = true;
  });
  while (!over) {
    if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    if (socket.bytesWritten > 1_000_000_000) throw new Error('one gigabyte was taken in');
  }
  return socket.bytesWritten;
};

const query = (url: string, change: (params: string) => string): string => {
  const at = url.indexOf('?') + 1;
  return url.slice(0, at) + change(url.slice(at));
};
const expiry = /expires=(\d+)/;

describe('a signed URL', () => {
  const changes: [string, (params: string) => string][] = [
    ['with a parameter more', (params) => `${params}&x=1`],
    ['with an empty parameter more', (params) => `${params}&x`],
    ['with its expiry twice', (params) => `${params}&${expiry.exec(params)?.[0]}`],
    ['with its signature twice', (params) => `${params}&${/signature=.*/.exec(params)?.[0]}`],
    ['with spaces around its expiry', (params) => params.replace(expiry, 'expires=%20$1%20')],
    ['with its expiry as a fraction', (params) => params.replace(expiry, 'expires=$1.0')],
    ['with zeros before its expiry', (params) => params.replace(expiry, 'expires=00$1')],
    [
      'with its expiry in hexadecimal',
      (params) => params.replace(expiry, (_, ms) => `expires=0x${Number(ms).toString(16)}`),
    ],
    ['without its signature', (params) => params.replace(/&signature=.*/, '')],
  ];

  test.each(changes)('%s takes no file and gives none away', async (_what, change) => {
    const edge = await start();
    const ticket = await edge.ticketFor(file);
    expect((await putOn({ ...ticket, url: query(ticket.url, change) }, file)).status).toBe(403);
    expect(edge.arrived).toEqual([]);
    expect((await putOn(ticket, file)).status).toBe(200);
    const download = await edge.downloadOf(edge.arrived[0] ?? '', 'späte Möwe ~ (1).jpg');
    expect((await fetch(query(download, change))).status).toBe(403);
    expect(Buffer.from(await (await fetch(download)).arrayBuffer())).toEqual(file);
  });

  test('takes no file for an image that is deleted, be it before the PUT or during it', async () => {
    const answers = [false, true, false];
    const edge = await start({ isAwaited: async () => answers.shift() ?? false });
    const ticket = await edge.ticketFor(file);
    for (const _when of ['before', 'during']) {
      const answer = await putOn(ticket, file);
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('was deleted')]);
    }
    expect([edge.arrived, await edge.originals.head(edge.keyOf('a'))]).toEqual([[], undefined]);
  });
});

describe('the answer to a PUT', () => {
  test('has the ETag of the original, which the page of a listed origin may read', async () => {
    const origin = 'https://app.example';
    const edge = await start({ allowedOrigins: [origin] });
    const ticket = await edge.ticketFor(file);
    const answer = await fetch(ticket.url, { method: 'PUT', headers: { ...ticket.headers, origin }, body: file });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-expose-headers')).toBe('etag, retry-after, x-request-id');
    const stored = await fetch(await edge.downloadOf(edge.arrived[0] ?? '', 'photo.jpg'));
    expect(answer.headers.get('etag')).toMatch(/^"[\w-]+"$/);
    expect(answer.headers.get('etag')).toBe(stored.headers.get('etag'));
  });
});

describe('a sender that waits to be asked for its file', () => {
  const ask = (url: string, headers: Record<string, string | number>, method = 'PUT') => {
    const asking: ClientRequest = request(url, { method, headers: { ...headers, expect: '100-continue' } });
    asking.on('error', () => undefined);
    let asked = 0;
    asking.on('continue', () => {
      asked++;
    });
    return { asking, asked: () => asked, answered: once(asking, 'response') as Promise<[IncomingMessage]> };
  };

  test('is asked once its ticket has been looked at', async () => {
    const edge = await start();
    const { url, headers } = await edge.ticketFor(file);
    const { asking, answered } = ask(url, { ...headers, 'content-length': file.length });
    asking.flushHeaders();
    await once(asking, 'continue');
    asking.end(file);
    const [answer] = await answered;
    expect([answer.statusCode, edge.arrived.length]).toEqual([200, 1]);
  });

  test('is refused without being asked when its ticket does not fit', async () => {
    const edge = await start();
    const { url, headers } = await edge.ticketFor(file);
    const forged = url.replace(/signature=./, 'signature=_');
    const { asking, asked, answered } = ask(forged, { ...headers, 'content-length': file.length });
    asking.flushHeaders();
    const [answer] = await answered;
    expect([answer.statusCode, asked(), answer.headers.connection]).toEqual([403, 0, 'close']);
    asking.destroy();
  });

  test('is asked for the body of a call', async () => {
    const edge = await start();
    const headers = { 'content-type': 'application/json', 'content-length': 2 };
    const { asking, answered } = ask(`${edge.url}/v1/images`, headers, 'POST');
    asking.flushHeaders();
    await once(asking, 'continue');
    asking.end('{}');
    expect((await answered)[0].statusCode).toBe(200);
  });
});

describe('a body without end', () => {
  const endless = 'content-length: 90000000000';
  test.each([
    ['a PUT without a ticket', `PUT /originals/${'a'.repeat(26)}/v1`, endless, 403],
    ['a PUT without a ticket, in chunks', `PUT /originals/${'a'.repeat(26)}/v1`, 'transfer-encoding: chunked', 411],
    ['a call', 'POST /v1/images', endless, 413],
    ['a look at a picture', `GET /images/${'a'.repeat(26)}/v1/640w.avif`, endless, 404],
    ['a look at the page', 'GET /', endless, 200],
  ])('of %s is not taken in', async (_what, start_, length, status) => {
    const edge = await start({ keys: [key] });
    const call = await dial(edge);
    const chunked = length.startsWith('transfer');
    call.socket.write(`${start_} HTTP/1.1\r\nhost: localhost\r\n${length}\r\n\r\n${chunked ? 'fffffff0\r\n' : ''}`);
    // Ours, the kernel's and the sender's buffers are small beside it.
    expect(await sendForEver(call)).toBeLessThan(64 * 1024 * 1024);
    expect(call.heard()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});

describe('a request', () => {
  test('that names two hosts is refused', async () => {
    const edge = await start();
    const { socket, closed, heard } = await dial(edge);
    socket.write('GET /v1/health HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\nconnection: close\r\n\r\n');
    await closed;
    expect(heard()).toMatch(/^HTTP\/1\.1 400 /);
    expect(heard()).toContain('"code":"invalid-request"');
  });

  test('whose body is not UTF-8 is refused, and no letter of it is replaced', async () => {
    const edge = await start();
    const send = (body: Uint8Array<ArrayBuffer>) => fetch(`${edge.url}/v1/images`, { method: 'POST', body });
    const refused = await send(new Uint8Array(Buffer.from('7b2261223a22ff227d', 'hex')));
    expect([refused.status, await refused.json()]).toMatchObject([400, { code: 'invalid-request' }]);
    const taken = await send(new TextEncoder().encode('{"a":"\ufeffä😀"}'));
    expect(await taken.json()).toEqual({ body: '{"a":"\ufeffä😀"}' });
  });

  test('is answered with an id, a refusal as well', async () => {
    const edge = await start({ keys: [key] });
    const paths = ['/', '/v1/health', '/v1/images', '/nothing', '/images/x', '/originals/x'];
    const ids = await Promise.all(
      paths.map(async (path) => (await fetch(edge.url + path)).headers.get('x-request-id')),
    );
    for (const id of ids) expect(id).toMatch(/^[\w-]{16}$/);
    expect(new Set(ids).size).toBe(paths.length);
  });
});

describe('a request that Node by itself would answer without an id', () => {
  test.each([
    ['that is not HTTP', 'NONSENSE\r\n\r\n', 400],
    ['that names no host', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['whose headers are too long', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['whose headers do not end', 'GET / HTTP/1.1\r\nhost: localhost\r\n', 408],
    [
      'whose body cannot be read',
      'POST /v1/images HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nno length\r\n',
      400,
    ],
  ])('%s is refused with an id and a problem', async (_what, text, status) => {
    const edge = await start({ limits: { headerMs: status === 408 ? 1 : 60_000 } });
    const { socket, closed, heard } = await dial(edge);
    socket.write(text);
    await closed;
    const [head = '', body = ''] = heard().split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head.match(/^x-request-id: [\w-]{16}$/gim)).toHaveLength(1);
    expect(head).toMatch(/^content-type: application\/problem\+json$/im);
    expect(JSON.parse(body)).toMatchObject({ status, code: 'invalid-request' });
  });

  test('because it expects what is not known here, is answered as any other', async () => {
    const edge = await start();
    const answer = await rawRequest(`${edge.url}/v1/health`, { headers: { expect: 'the-unexpected' } });
    expect([answer.status, answer.headers['x-request-id']]).toEqual([200, expect.stringMatching(/^[\w-]{16}$/)]);
  });

  test('in the middle of an answer, is not answered a second time', async () => {
    const edge = await start();
    const image = `images/${'a'.repeat(26)}/v1/640w.avif`;
    await edge.variants.put(image, new Uint8Array(64 * 1024 * 1024));
    const call = await dial(edge);
    call.socket.once('data', () => call.socket.write('NONSENSE\r\n\r\n'));
    call.socket.write(`GET /${image} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    await call.closed;
    expect(call.heard().match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });
});

test('an original that arrives is handed on with the id of its request', async () => {
  const edge = await start();
  const answer = await putOn(await edge.ticketFor(file), file);
  expect(edge.arrivedBy).toEqual([answer.headers.get('x-request-id')]);
});

test('guesses of keys are slowed, and a key that is right is never held up', async () => {
  const edge = await start({ keys: [key] });
  const call = (authorization?: string) =>
    rawRequest(`${edge.url}/v1/images`, { headers: authorization === undefined ? {} : { authorization } });
  const guess = async () => (await call(`Bearer ${randomBytes(16).toString('hex')}`)).status;
  expect([await guess(), await guess(), await guess()]).toEqual([401, 401, 401]);
  const slowed = await call('Bearer one-guess-too-many');
  expect([slowed.status, problemOf(slowed).code]).toEqual([429, 'too-many-requests']);
  expect(Number(slowed.headers['retry-after'])).toBeGreaterThan(0);
  expect((await call(`Bearer ${key}`)).status).toBe(200);
  // A page that has no key yet guesses nothing.
  expect((await call()).status).toBe(401);
});

describe('a connection', () => {
  const hasEnded = async (call: Awaited<ReturnType<typeof dial>>) => {
    await call.closed;
    return true;
  };

  test('is closed when the headers do not come', async () => {
    const edge = await start({ limits: { headerMs: 1 } });
    const [silent, slow] = [await dial(edge), await dial(edge)];
    slow.socket.write('GET / HTTP/1.1\r\nhost:');
    expect(await Promise.all([silent, slow].map(hasEnded))).toEqual([true, true]);
  });

  test('is closed when the body does not come, and nothing is left of it', async () => {
    const edge = await start({ limits: { idleMs: 1 } });
    const ticket = await edge.ticketFor(file);
    const headers = { ...ticket.headers, 'content-length': file.length };
    const sending = request(ticket.url, { method: 'PUT', headers });
    const broken = once(sending, 'error').catch((error) => [error]);
    sending.write(file.subarray(0, 1000));
    expect(await broken).toMatchObject([{ code: 'ECONNRESET' }]);
    expect((await putOn(ticket, file)).status).toBe(200);
  });

  test('is closed when a body drips', async () => {
    const edge = await start({ limits: { idleMs: 100, minBytesPerSecond: 1_000_000_000 } });
    const call = await dial(edge);
    call.socket.write('POST /v1/images HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n');
    const drip = setInterval(() => call.socket.write('x'), 10);
    expect(await hasEnded(call)).toBe(true);
    clearInterval(drip);
  });

  test('is closed when an answer is not read, and the file that it was read from as well', async () => {
    const edge = await start({ limits: { idleMs: 1 } });
    const image = `images/${'a'.repeat(26)}/v1/640w.avif`;
    await edge.variants.put(image, new Uint8Array(64 * 1024 * 1024));
    const call = await dial(edge);
    call.socket.pause();
    call.socket.write(`GET /${image} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    await until(async () => (await connectionsOf(edge)) === 0);
    expect(edge.lines.map(({ message }) => message)).toEqual(['a connection was closed, because it was too slow']);
    expect(edge.lines[0]?.facts.requestId).toMatch(/^[\w-]{16}$/);
  });

  test('too many is refused, and that is said; the ones before are served', async () => {
    const edge = await start({ limits: { most: 2 } });
    const [first, second] = [await dial(edge), await dial(edge)];
    await until(async () => (await connectionsOf(edge)) === 2);
    const third = await dial(edge);
    await third.closed;
    expect(third.heard()).toBe('');
    expect(edge.lines).toMatchObject([{ level: 'warn', facts: { most: 2 } }]);
    for (const call of [first, second]) {
      call.socket.write('GET /v1/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
      await call.closed;
      expect(call.heard()).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  const connectionsOf = ({ server }: Edge): Promise<number> =>
    new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
});

test('a digest that is written in another way than base64 writes it is no digest', async () => {
  const { uploadRequest } = await import('../../lib/contract/requests.ts');
  const sha256 = createHash('sha256').update(file).digest('base64');
  const last = sha256.at(-2) ?? '';
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const next = letters[letters.indexOf(last) + 1] ?? '';
  const respelt = `${sha256.slice(0, -2)}${next}=`;
  expect(Buffer.from(respelt, 'base64')).toEqual(Buffer.from(sha256, 'base64'));
  const isTaken = (digest: string) =>
    uploadRequest.safeParse({ contentType: 'image/jpeg', bytes: 1, sha256: digest }).success;
  expect([isTaken(sha256), isTaken(respelt)]).toEqual([true, false]);
});
