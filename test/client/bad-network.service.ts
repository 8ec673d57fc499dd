import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Darkroom, DarkroomError, darkroom } from '../../lib/client/darkroom.ts';
import { maxCallAttempts } from '../../lib/client/retry.ts';
import { type FlakyProxy, startFlakyProxy } from '../support/flaky-proxy.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { type Service, startServiceOnKnownPort } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { NodeXMLHttpRequest } from '../support/xml-http-request.ts';

let service: Service;
let proxy: FlakyProxy;
let client: Darkroom;
let photo: File;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  proxy = await startFlakyProxy();
  // Tickets lead through the bad network too.
  const started = await startServiceOnKnownPort(folder.path, { DARKROOM_PUBLIC_URL: proxy.url });
  service = started;
  proxy.target = `http://127.0.0.1:${started.port}`;
  client = darkroom({ url: proxy.url });
  photo = new File([await bytesOf(corners(320, 240).jpeg())], 'photo.jpg', { type: 'image/jpeg' });
});
afterAll(async () => {
  await service.stop();
  await proxy.close();
  await folder.remove();
});
beforeEach(() => {
  proxy.forget();
});

const tries = (method: string, path = '') =>
  proxy.seen.filter((one) => one.method === method && one.path.includes(path));
const collectionOf = async (collection: string) => (await client.listImages({ collection })).items;
const small = { preset: 'gallery' };
const reasonOf = (doing: Promise<unknown>) =>
  doing.then(
    () => 'nothing',
    (reason) => reason,
  );

describe('on a bad network', () => {
  test('what is read is asked for again', async () => {
    proxy.plan('GET', '/v1/health', 'lost', 'unanswered');
    expect(await client.health()).toMatchObject({ status: 'ok' });
    expect(tries('GET', '/v1/health')).toHaveLength(3);
  });

  test('a ticket whose answer was lost is asked for again under the same key, and there is one image', async () => {
    proxy.plan('POST', '/v1/images', 'unanswered', { status: 503 });
    const { id } = await client.requestUpload({ contentType: 'image/png', bytes: 9, collection: 'once' });
    expect((await collectionOf('once')).map((image) => image.id)).toEqual([id]);
    const keys = tries('POST').map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  test.each([
    ['never arrived', ['lost'], 2],
    ['arrived, but its answer was lost', ['unanswered'], 2],
    ['was answered with 500 by a store in trouble', [{ status: 500 }], 2],
    ['met another write of its key in the store', [{ status: 409 }], 2],
    ['arrived at the second attempt, unanswered', ['lost', 'unanswered'], 3],
  ] as const)('a file that %s is sent again, and its image becomes ready', async (_what, mishaps, attempts) => {
    proxy.plan('PUT', '/originals/', ...mishaps);
    expect(await client.upload(photo, small)).toMatchObject({ status: 'ready', version: 1, attempts: 1 });
    expect(tries('PUT')).toHaveLength(attempts);
  });

  test('a file that the store has had all along is not taken for ours', async () => {
    proxy.plan('PUT', '/originals/', { status: 412, body: '<Error><Message>There is one already.</Message></Error>' });
    expect(await reasonOf(client.upload(photo, small))).toMatchObject({
      code: 'upload-refused',
      status: 412,
      message: 'There is one already.',
    });
    expect(tries('PUT')).toHaveLength(1);
  });

  test('a deletion is not repeated when its answer was lost, because its receipt is lost too', async () => {
    const { id } = await client.requestUpload({ contentType: 'image/png', bytes: 9 });
    proxy.plan('DELETE', id, 'unanswered');
    expect(await reasonOf(client.removeImage(id))).toMatchObject({ code: 'unreachable', status: undefined });
    expect(tries('DELETE')).toHaveLength(1);
    expect(await reasonOf(client.findImage(id))).toMatchObject({ code: 'not-found' });
  });

  test('a refusal is not asked for again', async () => {
    await reasonOf(client.findImage('a'.repeat(26)));
    await reasonOf(client.requestUpload({ contentType: 'image/tiff', bytes: 9 }));
    expect(proxy.seen).toHaveLength(2);
  });

  test('the client gives up after five attempts and says that no service answers', async () => {
    proxy.plan('GET', '/v1/health', ...Array.from({ length: maxCallAttempts }, () => 'lost' as const));
    const error = await reasonOf(client.health());
    expect(error).toBeInstanceOf(DarkroomError);
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('connection') });
    expect(tries('GET')).toHaveLength(maxCallAttempts);
  });
});

describe('a service that asks its callers to wait', () => {
  const busy = (retryAfter: string) => ({
    status: 429,
    headers: { 'retry-after': retryAfter, 'content-type': 'application/problem+json' },
    body: JSON.stringify({ code: 'too-many-requests', detail: 'Slow down.' }),
  });

  test('gets it: nothing is asked again before the time it named', async () => {
    proxy.plan('POST', '/v1/images', busy('1'));
    const started = performance.now();
    await client.requestUpload({ contentType: 'image/png', bytes: 9 });
    expect(performance.now() - started).toBeGreaterThan(990);
  });

  test('may name a date', async () => {
    proxy.plan('DELETE', '/v1/images', busy(new Date(Date.now() - 5000).toUTCString()));
    expect(await reasonOf(client.removeImage('a'.repeat(26)))).toMatchObject({ code: 'not-found' });
  });

  test('is not waited for longer than a minute; the caller learns how long it would be', async () => {
    proxy.plan('GET', '/v1/health', busy('3600'));
    expect(await reasonOf(client.health())).toMatchObject({
      code: 'too-many-requests',
      status: 429,
      retryAfterSeconds: 3600,
      detail: 'Slow down.',
    });
    expect(tries('GET')).toHaveLength(1);
  });
});

test.each([
  ['a page', { status: 200, body: '<html>Welcome to this hotel</html>' }],
  ['a bare status', { status: 404 }],
  ['JSON of another service', { status: 403, body: '{"message":"Forbidden"}' }],
])('%s in place of an answer is not taken for one', async (_what, answer) => {
  proxy.plan('GET', '/v1/health', answer);
  expect(await reasonOf(client.health())).toMatchObject({ code: 'unexpected-answer', status: answer.status });
});

describe('a key', () => {
  test('is sent with every call and never to the store', async () => {
    await darkroom({ url: proxy.url, key: 'secret' }).upload(photo, small);
    for (const { headers, path } of proxy.seen)
      expect(headers.authorization).toBe(path.startsWith('/v1/') ? 'Bearer secret' : undefined);
  });

  test('may change from call to call', async () => {
    let key: string | undefined;
    const changing = darkroom({ url: proxy.url, key: () => key });
    await changing.health();
    key = 'second';
    await changing.health();
    expect(proxy.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer second']);
  });
});

const asNode = 'with fetch';
const asBrowser = 'with XMLHttpRequest';

describe.each([asNode, asBrowser])('an upload %s', (how) => {
  const scope = globalThis as { XMLHttpRequest?: unknown };
  beforeAll(() => {
    if (how === asBrowser) scope.XMLHttpRequest = NodeXMLHttpRequest;
  });
  afterAll(() => {
    delete scope.XMLHttpRequest;
  });

  test('tells how much has been sent', async () => {
    const sent: number[] = [];
    const bytes = await bytesOf(corners(1200, 900).png({ compressionLevel: 0 }));
    const onProgress = ({ stage, done }: { stage: string; done: number }) => stage === 'uploading' && sent.push(done);
    await client.upload(bytes, { ...small, contentType: 'image/png', onProgress });
    expect(sent.at(-1)).toBe(1);
    expect(sent).toEqual(sent.toSorted((a, b) => a - b));
    expect(sent.length > 10).toBe(how === asBrowser);
  });

  test('is sent again after a break, and a lost answer does no harm', async () => {
    proxy.plan('PUT', '/originals/', 'lost', 'unanswered');
    expect(await client.upload(photo, { ...small, onProgress: () => undefined })).toMatchObject({ status: 'ready' });
    expect(tries('PUT')).toHaveLength(3);
  });

  test('says why the store does not take it', async () => {
    proxy.plan('PUT', '/originals/', {
      status: 403,
      body: '<Error><Message>The ticket has expired.</Message></Error>',
    });
    const error = await reasonOf(client.upload(photo, { onProgress: () => undefined }));
    expect(error).toMatchObject({ code: 'upload-refused', message: 'The ticket has expired.' });
  });

  describe('that is aborted', () => {
    const aborted = new Error('changed my mind');
    let controller: AbortController;
    beforeEach(() => {
      controller = new AbortController();
    });
    const start = (collection: string) =>
      reasonOf(client.upload(photo, { ...small, collection, signal: controller.signal, onProgress: () => undefined }));
    const seen = (method: string, count = 1) => until(() => tries(method).length >= count);

    test('before it began asks for nothing', async () => {
      controller.abort(aborted);
      expect(await start('never')).toBe(aborted);
      expect(proxy.seen).toEqual([]);
    });

    test('while it asks for its ticket ends at once, with the reason of the signal', async () => {
      proxy.plan('POST', '/v1/images', 'stalled');
      const upload = start('ticket');
      await seen('POST');
      controller.abort(aborted);
      expect(await upload).toBe(aborted);
    });

    test('while the file is sent ends at once, and nothing is stored', async () => {
      proxy.plan('PUT', '/originals/', 'stalled');
      const upload = start(`sending-${how.replaceAll(' ', '-')}`);
      await seen('PUT');
      controller.abort(aborted);
      expect(await upload).toBe(aborted);
      const [image] = await collectionOf(`sending-${how.replaceAll(' ', '-')}`);
      expect(image?.status).toBe('pending');
    });

    test('while it waits to try again ends at once', async () => {
      proxy.plan('PUT', '/originals/', { status: 503, headers: { 'retry-after': '60' } }, 'stalled');
      const upload = start('patience');
      await seen('PUT');
      // The answer is on its way; were it not waited for, a second attempt would stall.
      await sleep(100);
      controller.abort(aborted);
      expect(await upload).toBe(aborted);
    });

    test('while it waits for its variants ends at once', async () => {
      const unready = { version: 1, status: 'processing', progress: 0.5, ready: null, error: null };
      proxy.plan('GET', '/v1/images/', { status: 200, body: JSON.stringify(unready) }, 'stalled');
      const upload = start('waiting');
      await seen('GET', 2);
      controller.abort(aborted);
      expect(await upload).toBe(aborted);
    });
  });
});
