import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { answerWith } from '../../lib/api/answer.ts';
import type { Ticket } from '../../lib/contract/answers.ts';
import { type Grant, type Right, rights } from '../../lib/core/grants.ts';
import { examples } from '../../lib/openapi/examples.ts';
import { type Route, type RouteName, routes } from '../../lib/routes.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const tickets = {
  upload: async (key: string) => ({ url: `https://store.example/${key}`, headers: {} }),
  download: async (key: string) => `https://store.example/${key}`,
};

type Asked = { readonly grant?: Grant; readonly isKnown?: boolean; readonly token?: string; readonly body?: object };

const ask = async (method: string, path: string, { grant, isKnown = true, token, body }: Asked = {}) => {
  const answer = answerWith({
    ...world,
    tickets,
    watchSecret: async () => 'secret',
    site: 'https://pictures.example',
    release: '9.9.9',
    look: async () => [],
  });
  const headers = {
    ...(body && { 'content-type': 'application/json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const request = new Request(`https://api.example${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  const response = await answer(request, { isKnown, grant });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
};

const upload = { contentType: 'image/jpeg', bytes: 1000 };
const may = (...allowed: Right[]): Grant => ({ rights: allowed });

describe('A key with rights', () => {
  const closed = Object.entries<Route>(routes).filter(([, { open }]) => !open);

  test.each(Object.entries<Route>(routes))('needs one for %s, unless it is open', (_name, { open, right }) => {
    expect(right === undefined).toBe(open !== undefined);
  });

  test.each(closed)(
    'is refused with forbidden at %s without the one that it needs',
    async (_name, { method, path, right }) => {
      const others = rights.filter((one) => one !== right);
      const there = path.replace('{id}', 'a'.repeat(26));
      const { status, body } = await ask(method, there, { grant: may(...others) });
      expect([status, body.code]).toEqual([403, 'forbidden']);
      expect(body.detail).toContain(`"${right}"`);
    },
  );

  test('does what it is allowed: upload, then look, then delete', async () => {
    const made = await ask('POST', '/v1/images', { grant: may('upload'), body: upload });
    expect(made.status).toBe(201);
    const path = `/v1/images/${made.body.id}`;
    expect((await ask('GET', path, { grant: may('read') })).status).toBe(200);
    expect((await ask('DELETE', path, { grant: may('manage') })).status).toBe(200);
  });
});

describe('A key for some collections', () => {
  const grant: Grant = { rights, collections: ['shop-', 'blog'] };

  test('uploads into those, and into no other', async () => {
    for (const [collection, status] of [
      ['shop-1', 201],
      ['blog', 201],
      ['shop', 403],
      ['other', 403],
      [undefined, 403],
    ] as const) {
      const answer = await ask('POST', '/v1/images', { grant, body: { ...upload, collection } });
      expect([collection, answer.status]).toEqual([collection, status]);
    }
  });

  test('lists those by name, and never everything', async () => {
    expect((await ask('GET', '/v1/images?collection=shop-1', { grant })).status).toBe(200);
    expect((await ask('GET', '/v1/images?collection=other', { grant })).body.code).toBe('forbidden');
    expect((await ask('GET', '/v1/images', { grant })).body.code).toBe('forbidden');
  });

  const closed = Object.entries<Route>(routes).filter(([, { open }]) => !open);
  test.each(closed)('gets nothing of another collection from %s', async (name, { method, path }) => {
    const foreign = await world.file('a', { collection: 'other' });
    const { body } = (examples as Partial<Record<RouteName, { body?: object }>>)[name as RouteName] ?? {};
    const { status } = await ask(method, path.replace('{id}', foreign), { grant, ...(body && { body }) });
    expect([403, 404]).toContain(status);
  });

  test('finds no image of another collection, by any call', async () => {
    const [own, foreign, loose] = [
      await world.file('a', { collection: 'shop-1' }),
      await world.file('b', { collection: 'other' }),
      await world.file('c'),
    ];
    expect((await ask('GET', `/v1/images/${own}`, { grant })).status).toBe(200);
    for (const id of [foreign, loose]) {
      const calls = [
        ['GET', `/v1/images/${id}`],
        ['GET', `/v1/images/${id}/original`],
        ['DELETE', `/v1/images/${id}`],
        ['POST', `/v1/images/${id}/reprocess`],
        ['POST', `/v1/images/${id}/versions`, upload],
      ] as const;
      for (const [method, path, body] of calls) {
        const answer = await ask(method, path, { grant, ...(body && { body }) });
        expect([method, path, answer.body.code]).toEqual([method, path, 'not-found']);
      }
    }
    expect(await world.catalogue.find(foreign)).toBeDefined();
  });

  test('moves no image of its own out of them', async () => {
    const id = await world.file('a', { collection: 'shop-1' });
    const body = { ...upload, collection: 'other' };
    expect((await ask('POST', `/v1/images/${id}/versions`, { grant, body })).body.code).toBe('forbidden');
  });

  test('sees no figures, which are about all collections', async () => {
    expect((await ask('GET', '/v1/figures', { grant })).status).toBe(403);
    expect((await ask('GET', '/v1/figures', { grant: may('manage') })).status).toBe(200);
  });

  test('starts jobs for those alone, and reads none', async () => {
    const start = async (selection: object) =>
      (await ask('POST', '/v1/jobs', { grant, body: { action: 'reprocess', ...selection } })).status;
    expect(await start({ collection: 'shop-1' })).toBe(202);
    for (const selection of [{ all: true }, { stale: true }, { collection: 'other' }, { ids: ['a'.repeat(26)] }])
      expect(await start(selection)).toBe(403);
    const job = `/v1/jobs/${'a'.repeat(26)}`;
    const others = [`GET ${job}`, 'GET /v1/jobs', `POST ${job}/pause`, `POST ${job}/resume`, `POST ${job}/cancel`];
    for (const [method = '', path = ''] of others.map((other) => other.split(' ')))
      expect([method, path, (await ask(method, path, { grant })).status]).toEqual([method, path, 403]);
  });
});

describe('The token of a ticket', () => {
  const ticket = async (): Promise<Ticket> => (await ask('POST', '/v1/images', { body: upload })).body;

  test.each(['/v1/uploads', '/v1/images'])('opens its image at %s without a key, for a day', async (path) => {
    const { id, watch } = await ticket();
    const { token } = watch;
    const look = () => ask('GET', `${path}/${id}`, { isKnown: false, token });
    expect((await look()).body.id).toBe(id);
    world.pass(24 * 3600_000 - 1000);
    expect((await look()).status).toBe(200);
    world.pass(2000);
    expect((await look()).body.code).toBe('unauthorized');
  });

  test('is the one thing that opens /v1/uploads: a gateway that asks for no token of its issuer there vouches for nothing', async () => {
    const { id } = await ticket();
    for (const asked of [{}, { token: 'a-key' }, { isKnown: true, grant: may('read') }])
      expect((await ask('GET', `/v1/uploads/${id}`, asked)).body).toMatchObject({
        code: 'unauthorized',
        detail: expect.stringContaining('watch.token'),
      });
  });

  test('finds nothing of an image that was deleted', async () => {
    const { id, watch } = await ticket();
    await ask('DELETE', `/v1/images/${id}`);
    expect((await ask('GET', `/v1/uploads/${id}`, { isKnown: false, token: watch.token })).body.code).toBe('not-found');
  });

  test('opens nothing else', async () => {
    const { id, watch } = await ticket();
    const { id: another } = await ticket();
    const { token } = watch;
    for (const [method, path] of [
      ['GET', `/v1/uploads/${another}`],
      ['GET', `/v1/images/${another}`],
      ['GET', `/v1/images/${id}/original`],
      ['DELETE', `/v1/images/${id}`],
      ['POST', `/v1/images/${id}/reprocess`],
      ['GET', '/v1/images'],
    ] as const)
      expect([method, path, (await ask(method, path, { isKnown: false, token })).status]).toEqual([method, path, 401]);
  });

  test('comes with the ticket of a next version too', async () => {
    const { id } = await ticket();
    expect((await ask('POST', `/v1/images/${id}/versions`, { body: upload })).body.watch.token).toMatch(/^w1\./);
  });
});

test('a token that is limited to no collection at all may touch none', async () => {
  const grant = { rights, collections: [] };
  const { status, body } = await ask('POST', '/v1/images', { grant, body: { ...upload, collection: 'shop' } });
  expect([status, body.code, body.detail]).toEqual([403, 'forbidden', expect.stringContaining('names none')]);
  expect((await ask('GET', '/v1/images', { grant })).status).toBe(403);
});
