import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { answerWith } from '../../lib/api/answer.ts';
import { begin, type Failed, fail, type Image, type Pending, type Ready, retryLater } from '../../lib/core/image.ts';
import { removeImage } from '../../lib/pipeline/remove-image.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld } from '../support/world.ts';

type World = Awaited<ReturnType<typeof openWorld>>;
let world: World;
let logged: string[];
let found: string[];

beforeEach(async () => {
  world = await openWorld();
  logged = [];
  found = [];
});
afterEach(() => world.close());

const tickets = {
  upload: async (key: string) => ({ url: `https://store.example/${key}`, headers: {} }),
  download: async (key: string) => `https://store.example/${key}`,
};

type Asked = { readonly headers?: Record<string, string>; readonly body?: string; readonly isKnown?: boolean };

const ask = async (method: string, path: string, asked: Asked = {}, other: Partial<World> = {}) => {
  const { headers = {}, body, isKnown = true } = asked;
  const log = { ...world.log, error: (message: string) => void logged.push(message) };
  const answer = answerWith({
    ...world,
    ...other,
    log,
    tickets,
    site: 'https://pictures.example',
    release: '9.9.9',
    look: async () => [],
    watchSecret: async () => 'secret',
  });
  const request = new Request(`https://api.example${path}`, { method, headers, ...(body !== undefined && { body }) });
  const response = await answer(request, { isKnown, found: (route) => void found.push(route) });
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: text.startsWith('{') ? JSON.parse(text) : text,
  };
};

describe('the API', () => {
  test('tells its host once which route it has found, also of a call that it refuses, and that there is none', async () => {
    expect((await ask('GET', `/v1/images/${'a'.repeat(26)}`, { isKnown: false })).status).toBe(401);
    expect((await ask('GET', '/v1/nothing')).status).toBe(404);
    expect(found).toEqual(['findImage', 'other']);
  });

  test('answers unavailable when the catalogue does, and logs why, once', async () => {
    const catalogue = {
      ...world.catalogue,
      find: () => Promise.reject(new Error('the disk is on fire')),
    };
    const { status, headers, body } = await ask('GET', `/v1/images/${'a'.repeat(26)}`, {}, { catalogue });
    expect([status, body.code, headers['retry-after']]).toEqual([503, 'unavailable', '5']);
    expect(JSON.stringify(body)).not.toContain('fire');
    expect(logged).toEqual(['a request could not be answered']);
  });

  test('does not call a job that is not there an image', async () => {
    for (const id of ['nonsense', 'a'.repeat(26)]) {
      const { status, body } = await ask('GET', `/v1/jobs/${id}`);
      expect([status, body.code]).toEqual([404, 'not-found']);
      expect(body.detail).not.toMatch(/image/);
    }
  });

  test('tells how the service has been doing, for the last hour or for so many minutes', async () => {
    world.figures.ready();
    world.pass(5 * 60_000);
    const { status, body } = await ask('GET', '/v1/figures');
    expect([status, body.stepSeconds, body.series.ready.length]).toEqual([200, 10, 30]);
    expect(body).toMatchObject({ queue: { tasks: 0, oldestMs: null }, renderers: { alive: 1, wanted: 2 } });
    expect((await ask('GET', '/v1/figures?minutes=1')).body.series.ready).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test.each(['0', '61', '-1', 'all'])('tells no figures of %j minutes', async (minutes) => {
    const { status, body } = await ask('GET', `/v1/figures?${new URLSearchParams({ minutes })}`);
    expect([status, body.code, body.errors[0].path]).toEqual([400, 'invalid-request', 'minutes']);
  });

  test('answers unavailable when the figures cannot be had', async () => {
    const figures = { ...world.figures, recent: () => Promise.reject(new Error('CloudWatch is away')) };
    const { status, body } = await ask('GET', '/v1/figures', {}, { figures });
    expect([status, body.code, logged]).toEqual([503, 'unavailable', ['a request could not be answered']]);
  });

  test.each(['', '0', '101', '-1', '1.5', '0x10', '1e1', ' 5', '5,5', 'ten'])('takes no limit of %j', async (limit) => {
    const { status, body } = await ask('GET', `/v1/images?${new URLSearchParams({ limit })}`);
    expect([status, body.code, body.errors[0].path]).toEqual([400, 'invalid-request', 'limit']);
  });

  test('lists several statuses, with commas or repeated, and in both orders', async () => {
    const [first, second] = [await world.file('a'), await world.file('b')];
    const listed = async (query: string) =>
      (await ask('GET', `/v1/images?${query}`)).body.items.map(({ id }: { id: string }) => id);
    expect(await listed('status=pending,failed')).toEqual([second, first]);
    expect(await listed('status=failed&status=pending&order=oldest')).toEqual([first, second]);
    expect(await listed('status=ready,failed,failed')).toEqual([]);
  });

  test.each(['status=', 'status=pending,', 'status=done', 'status=pending,constructor', 'order=largest', 'order='])(
    'lists nothing for %s, and names the field',
    async (query) => {
      const { status, body } = await ask('GET', `/v1/images?${query}`);
      expect([status, body.errors.map(({ path }: { path: string }) => path)]).toEqual([400, [query.split('=')[0]]]);
    },
  );

  test('writes the alt and the sizes of a request into the finished HTML, as text', async () => {
    const id = await world.arrive(await bytesOf(noise(200, 150).jpeg()));
    await sweep(world, 0);
    await world.drain();
    const htmlFor = async (query: Record<string, string>) =>
      (await ask('GET', `/v1/images/${id}?${new URLSearchParams(query)}`)).body.ready.picture.html;
    const html = await htmlFor({ alt: 'A "market", at noon', sizes: '(max-width: 600px) 100vw, 50vw' });
    expect(html).toContain('alt="A &quot;market&quot;, at noon"');
    expect(html.match(/sizes="\(max-width: 600px\) 100vw, 50vw"/g)).toHaveLength(html.match(/<source/g).length);
    expect(await htmlFor({})).toMatch(/alt="".*|sizes="\(max-width: \d+px\) 100vw, \d+px"/);
    expect((await ask('GET', `/v1/images/${id}?t=1763755200`)).status).toBe(200);
    for (const query of ['sizes=', `alt=${'x'.repeat(1001)}`])
      expect((await ask('GET', `/v1/images/${id}?${query}`)).status).toBe(400);
  });

  test('says with which version the original came that a version was made of, as a download does', async () => {
    const id = await world.arrive(await bytesOf(noise(200, 150).jpeg()));
    await ask('POST', `/v1/images/${id}/reprocess`);
    await world.drain();
    expect((await ask('GET', `/v1/images/${id}`)).body.ready).toMatchObject({ version: 2, source: 1 });
    expect((await ask('GET', `/v1/images/${id}/original`)).body).toMatchObject({ version: 1 });
  });

  test('says when the making of a version began, what it took and when each file was stored', async () => {
    const id = await world.arrive(await bytesOf(noise(200, 150).jpeg()));
    const before = await ask('GET', `/v1/images/${id}`);
    expect(before.body).toMatchObject({ startedAt: null, ready: null });
    expect(before.body).toMatchObject({ requestedAt: before.body.createdAt, arrivedAt: null });
    await sweep(world, 0);
    await world.drain();
    const { body } = await ask('GET', `/v1/images/${id}`);
    const at = new Date(world.clock.now()).toISOString();
    expect(body).toMatchObject({ startedAt: at, ready: { startedAt: at, readyAt: at } });
    const { requestedAt, arrivedAt } = body;
    expect(body.ready).toMatchObject({ version: 1, source: 1, requestedAt, arrivedAt });
    expect([requestedAt, arrivedAt, body.startedAt]).toEqual([requestedAt, arrivedAt, body.startedAt].toSorted());
    expect(Object.keys(body.ready.spent)).toEqual([
      'wallMs',
      'cpuMs',
      'decodeMs',
      'resizeMs',
      'encodeMs',
      'scoreMs',
      'deliverMs',
    ]);
    for (const ms of Object.values(body.ready.spent)) expect(ms).toEqual(expect.any(Number));
    expect(Object.values<number>(body.ready.spent).every((ms) => Number.isInteger(ms) && ms >= 0)).toBe(true);
    for (const { storedAt } of body.ready.variants) expect(storedAt).toBe(at);
    const manifest = await world.variants.get(`images/${id}/v1/manifest.json`);
    expect(new TextDecoder().decode(manifest)).not.toMatch(/storedAt|startedAt|arrivedAt|spent|wallMs/);
  });

  test('says of a failed version how long its last attempt took, and of others nothing', async () => {
    const id = await world.arrive(await bytesOf(noise(200, 150).jpeg()));
    expect((await ask('GET', `/v1/images/${id}`)).body.tookMs).toBeNull();
    const pending = (await world.catalogue.version(id, 1)) as Pending;
    const begun = begin(pending, world.clock.now());
    const damaged = { code: 'corrupt', message: 'Damaged.' } as const;
    const shown = async (failed: Failed) => {
      const found = (await world.catalogue.find(id)) as Image;
      const catalogue = { ...world.catalogue, find: async () => ({ ...found, newest: failed }) };
      return (await ask('GET', `/v1/images/${id}`, {}, { catalogue })).body;
    };
    const startedAt = new Date(world.clock.now()).toISOString();
    const failed = fail(begun, damaged, begun.original, world.clock.now() + 700, 700);
    expect(await shown(failed)).toMatchObject({ status: 'failed', startedAt, tookMs: 700 });
    expect(await shown(fail(begun, damaged, begun.original, world.clock.now()))).toMatchObject({ tookMs: null });
  });

  test('says which attempts ended in vain, when and why, of the newest version and of the one that is shown', async () => {
    const id = await world.arrive(await bytesOf(noise(200, 150).jpeg()));
    const pending = (await world.catalogue.version(id, 1)) as Pending;
    const at = world.clock.now();
    const begun = begin(pending, at);
    await world.catalogue.move(begun);
    await world.catalogue.move(retryLater(begun, at + 500, 'render-time'));
    const ended = {
      startedAt: new Date(at).toISOString(),
      endedAt: new Date(at + 500).toISOString(),
      trouble: 'render-time',
      reason: 'the renderer did not answer in time',
      counted: true,
    };
    expect((await ask('GET', `/v1/images/${id}`)).body).toMatchObject({ status: 'retrying', endedAttempts: [ended] });
    await world.queue.put({ render: { id, version: 1 } }, 'urgent');
    await world.drain();
    const { body } = await ask('GET', `/v1/images/${id}`);
    expect(body).toMatchObject({ attempts: 2, endedAttempts: [ended], ready: { endedAttempts: [ended] } });
  });

  test('says which part of the picture each crop shows', async () => {
    const id = await world.arrive(await bytesOf(noise(400, 200).jpeg()));
    await sweep(world, 0);
    await world.drain();
    const { body } = await ask('GET', `/v1/images/${id}`);
    const square = { left: 0.25, top: 0, width: 0.5, height: 1, focus: null };
    expect(body.ready.crops).toEqual(['large', 'medium', 'small'].map((name) => ({ name, ...square })));
  });

  test('has no times of a version that was made before they were kept', async () => {
    const id = await world.arrive(await bytesOf(noise(200, 150).jpeg()));
    await sweep(world, 0);
    await world.drain();
    const { spent, startedAt, arrivedAt, ...older } = (await world.ready(id)) as Ready;
    const variants = older.rendering.variants.map(({ storedAt, ...variant }) => variant);
    const { crops, ...rendering } = older.rendering;
    const visible = { ...older, rendering: { ...rendering, variants } };
    const catalogue = {
      ...world.catalogue,
      find: async () => ({ ...((await world.catalogue.find(id)) as Image), newest: visible, visible }),
    };
    const { body } = await ask('GET', `/v1/images/${id}`, {}, { catalogue });
    const none = { startedAt: null, arrivedAt: null };
    expect(body).toMatchObject({ ...none, ready: { ...none, spent: null, crops: null } });
    expect(body.ready.variants[0].storedAt).toBeNull();
  });

  test('describes itself by the configuration that it runs with', async () => {
    const config = { ...world.config, limits: { ...world.config.limits, maxBytes: 77 } };
    const { status, headers, body } = await ask('GET', '/v1/openapi.json', {}, { config });
    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    expect(body.info.version).toBe('9.9.9');
    expect(body.components.schemas.UploadRequest.properties.bytes.maximum).toBe(77);
  });

  test('answers with a page where a row of the table says so', async () => {
    const { status, headers, body } = await ask('GET', '/v1/docs');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(body).toMatch(/^<!doctype html>/);
  });
});

describe('who may call', () => {
  test.each([
    ['GET', '/v1/images'],
    ['HEAD', '/v1/images'],
    ['POST', '/v1/images'],
    ['DELETE', `/v1/images/${'a'.repeat(26)}`],
    ['GET', '/v1/jobs/x'],
  ])('%s %s is refused to a caller that the host does not know', async (method, path) => {
    const { status, headers, body } = await ask(method, path, { isKnown: false });
    expect([status, headers['www-authenticate'], body.code]).toEqual([401, 'Bearer', 'unauthorized']);
  });

  test.each(['/v1/health', '/v1/docs', '/v1/openapi.json'])('%s is open to everyone', async (path) => {
    expect((await ask('GET', path, { isKnown: false })).status).toBe(200);
  });

  test('learns that an address does not exist, also without a key', async () => {
    expect((await ask('GET', '/v1/nothing', { isKnown: false })).status).toBe(404);
  });

  test('gets the methods of an address that has others', async () => {
    const { status, headers, body } = await ask('PUT', '/v1/images');
    expect([status, headers.allow, body.code]).toEqual([405, 'POST, GET, HEAD', 'invalid-request']);
  });
});

describe('a body', () => {
  const json = { 'content-type': 'application/json' };
  test.each([
    ['no content type', {}, '{}', /application\/json/],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b', /application\/json/],
    ['a type that begins like JSON', { 'content-type': 'application/jsonp' }, '{}', /application\/json/],
    ['half an object', json, '{"bytes":', /not valid JSON/],
    ['nothing', json, '', /not valid JSON/],
  ])('of %s is refused with what to send', async (_what, headers, body, sentence) => {
    const { status, body: problem } = await ask('POST', '/v1/images', { headers, body });
    expect([status, problem.code]).toEqual([400, 'invalid-request']);
    expect(problem.detail).toMatch(sentence);
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/vnd.us+json'])(
    'of the type %s is read',
    async (type) => {
      const body = JSON.stringify({ contentType: 'image/jpeg', bytes: 5 });
      expect((await ask('POST', '/v1/images', { headers: { 'content-type': type }, body })).status).toBe(201);
    },
  );

  test('may be left out where every field may', async () => {
    const id = await world.file();
    expect((await ask('POST', `/v1/images/${id}/reprocess`)).body.detail).not.toMatch(/JSON/);
  });
});

describe('the way to a variant whose format is left open', () => {
  const way = async (path: string, accept = '', method = 'GET') => {
    const { status, headers } = await ask(method, path, { headers: { accept } });
    return { status, location: headers.location, cacheControl: headers['cache-control'] };
  };
  let id: string;
  beforeEach(async () => {
    id = await world.arrive(await bytesOf(noise(200, 150).jpeg()));
    await sweep(world, 0);
    await world.drain();
  });

  // The preset has jpeg and webp for this picture; the edge asks with the format that it filled in.
  test.each([
    ['small', 'image/avif,image/webp', 'webp'],
    ['small', '*/*', 'jpeg'],
    ['small.avif', '', 'webp'],
    ['small.png', '', 'jpeg'],
  ])('leads from %s with Accept: %j to the %s', async (file, accept, format) => {
    for (const method of ['GET', 'HEAD'])
      expect(await way(`/v1/images/${id}/v1/${file}`, accept, method)).toEqual({
        status: 302,
        location: `https://pictures.example/images/${id}/v1/small.${format}`,
        cacheControl: 'public, max-age=86400',
      });
  });

  // A CDN asks for them when the file itself is not there, and would keep the circle.
  test.each(['small.webp', 'small.jpeg'])('does not lead from %s to itself', async (file) => {
    expect(await way(`/v1/images/${id}/v1/${file}`)).toEqual({
      status: 404,
      location: undefined,
      cacheControl: 'no-store',
    });
  });

  test.each(['v1/huge', 'v2/small', 'v1/small.gif', 'v01/small', 'v1/small.', 'v1/..', '1/small'])(
    'leads nowhere from %s',
    async (end) => {
      expect(await way(`/v1/images/${id}/${end}`)).toMatchObject({ status: 404, location: undefined });
    },
  );

  test('is there only while the image is, and only once it is ready', async () => {
    const waiting = await world.file();
    expect((await way(`/v1/images/${waiting}/v1/small`)).status).toBe(404);
    await removeImage(world, id);
    expect((await way(`/v1/images/${id}/v1/small`)).status).toBe(404);
  });
});

test('a job counts an image once, however often its ids name it', async () => {
  const [one, other] = ['a'.repeat(26), 'b'.repeat(26)];
  const body = JSON.stringify({ action: 'reprocess', ids: [one, one, other, one] });
  const { status, body: job } = await ask('POST', '/v1/jobs', {
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(status).toBe(202);
  expect((await world.jobs.find(job.id))?.selection).toEqual({ ids: [one, other] });
});

test.each([
  ['{ stale: true }', { stale: true }],
  ['{ all: true }', { all: true }],
  ['{ collection: "shop" }', { collection: 'shop' }],
])('a job for %s is a job for these images', async (_title, selection) => {
  const body = JSON.stringify({ action: 'reprocess', ...selection });
  const { body: job } = await ask('POST', '/v1/jobs', { headers: { 'content-type': 'application/json' }, body });
  expect((await world.jobs.find(job.id))?.selection).toEqual(selection);
});

test.each(['', 'x'.repeat(256), 'a b', 'ü'])('an Idempotency-Key of %j is refused', async (key) => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const body = JSON.stringify({ contentType: 'image/jpeg', bytes: 1000 });
  expect(await ask('POST', '/v1/images', { headers, body })).toMatchObject({
    status: 400,
    body: { code: 'invalid-request', detail: expect.stringContaining('Idempotency-Key') },
  });
});
