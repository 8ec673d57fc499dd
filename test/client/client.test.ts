import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Darkroom, DarkroomError, darkroom, type Progress } from '../../lib/client/darkroom.ts';
import { routes } from '../../lib/routes.ts';
import { bytesOf, corners, noise } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let service: Service;
let client: Darkroom;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let photo: File;

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(folder.path);
  client = darkroom({ url: `${service.url}/` });
  photo = new File([await bytesOf(corners(320, 240).jpeg())], 'ägypten.jpg', { type: 'image/jpeg' });
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

const trouble = async (doing: Promise<unknown>): Promise<DarkroomError> => {
  const error = await doing.then(
    () => undefined,
    (reason) => reason,
  );
  if (!(error instanceof DarkroomError)) throw new Error(`no DarkroomError, but ${error}`);
  return error;
};

test('the client has a method for every route, but for those that browsers take by themselves, and the one that findImage calls with a watch token', () => {
  const { docs, findVariant, findUpload, ...rest } = routes;
  expect(docs.answer.contentType).toMatch('html');
  expect(findVariant.answer.status).toBe(302);
  expect(findUpload).toMatchObject({ open: 'watch', query: routes.findImage.query, answer: routes.findImage.answer });
  expect(Object.keys(client)).toEqual(expect.arrayContaining(Object.keys(rest)));
});

describe('an upload', () => {
  test('ends with an image that people can see', async () => {
    const image = await client.upload(photo, { collection: 'trips', preset: 'gallery' });
    expect(image).toMatchObject({ status: 'ready', collection: 'trips', filename: 'ägypten.jpg', version: 1 });
    const [variant] = image.ready.variants;
    expect((await fetch(variant?.url ?? '')).status).toBe(200);
    const digest = createHash('sha256').update(new Uint8Array(await photo.arrayBuffer()));
    expect(image.original.sha256).toBe(digest.digest('base64'));
  });

  test('tells how far it is: first of the sending, then of the making', async () => {
    const told: Progress[] = [];
    const bytes = await bytesOf(corners(400, 300).jpeg());
    const progress = [0, 0.25, 0.75];
    // Whether a render takes as long as three questions depends on the machine, so the first three answers say that it does.
    const slow: typeof client = darkroom({
      url: service.url,
      fetch: async (url, init) => {
        const answer = await fetch(url, init);
        const done = init.method === 'GET' ? progress.shift() : undefined;
        if (done === undefined) return answer;
        const image = (await answer.json()) as object;
        return Response.json({ ...image, status: 'processing', progress: done, ready: null });
      },
    });
    await slow.upload(bytes, { contentType: 'image/jpeg', onProgress: (step) => told.push(step) });
    const stages = told.map(({ stage }) => stage);
    expect(stages).toEqual([...stages].sort().reverse());
    expect(told[0]).toEqual({ stage: 'uploading', done: 1 });
    const made = told.filter(({ stage }) => stage === 'processing').map(({ done }) => done);
    expect(made.slice(0, 3)).toEqual([0, 0.25, 0.75]);
  });

  test('of a next version keeps the image and its names', async () => {
    const first = await client.upload(photo, { preset: 'gallery', collection: 'kept' });
    const bytes = await bytesOf(corners(400, 300).png());
    const second = await client.upload(bytes, { id: first.id, contentType: 'image/png', preset: 'gallery' });
    expect(second).toMatchObject({ id: first.id, version: 2, collection: 'kept', filename: 'ägypten.jpg' });
    expect(second.ready).toMatchObject({ version: 2, width: 400 });
  });

  test.each([
    ['a text', 'image/jpeg', async () => new TextEncoder().encode('not a picture, but long enough'), 'not-an-image'],
    ['a PNG', 'image/jpeg', async () => bytesOf(corners(200, 200).png()), 'type-mismatch'],
    ['half a JPEG', 'image/jpeg', async () => (await bytesOf(noise(300, 300).jpeg())).slice(0, 9000), 'corrupt'],
    ['a stamp', 'image/png', async () => bytesOf(corners(50, 50).png()), 'too-small'],
  ])('of %s as %s ends with the reason why it failed', async (_what, contentType, make, code) => {
    const error = await trouble(client.upload(await make(), { contentType }));
    expect(error).toMatchObject({ name: 'DarkroomError', code, status: undefined });
    expect(error.message).toBe(error.detail);
    expect(error.message.length).toBeGreaterThan(10);
  });

  test.each([
    [{ contentType: 'image/tiff' }, 'unsupported-type', 415, ['contentType']],
    [{ collection: '../..' }, 'invalid-request', 400, ['collection']],
    [{ preset: 'huge' }, 'invalid-request', 400, ['preset']],
    [{ id: 'a'.repeat(26) }, 'not-found', 404, []],
  ])('with %j is refused with the code and the fields of the problem', async (options, code, status, fields) => {
    const error = await trouble(client.upload(photo, options));
    expect(error).toMatchObject({ code, status });
    expect(error.fields.map(({ path }) => path)).toEqual(fields);
  });

  test('of more bytes than are accepted is refused before any of them is sent', async () => {
    const large = new Uint8Array(11 * 1024 * 1024);
    expect(await trouble(client.upload(large, { contentType: 'image/png' }))).toMatchObject({ code: 'too-large' });
  });

  test('of a file that is not the declared one is refused by the store', async () => {
    const request = { contentType: 'image/jpeg', bytes: photo.size };
    const { upload } = await client.requestUpload({ ...request, bytes: photo.size + 1 });
    const { putFile } = await import('../../lib/client/put.ts');
    const error = await trouble(putFile(fetch, upload, photo, {}));
    expect(error).toMatchObject({ code: 'upload-refused', status: 403 });
    expect(error.message).toMatch(/headers of the ticket/);
  });

  test('of a file that the store refuses is not sent again', async () => {
    const { putFile } = await import('../../lib/client/put.ts');
    let sent = 0;
    const refusing = async () => {
      sent++;
      return new Response('', { status: 403 });
    };
    const terms = { method: 'PUT', url: 'https://store.example/file', headers: {}, expiresAt: '2026-11-22T00:00:00Z' };
    const error = await trouble(putFile(refusing, terms as never, photo, {}));
    expect([error.code, sent]).toEqual(['upload-refused', 1]);
  });
});

describe('waiting for a version', () => {
  const answers = (...bodies: readonly object[]) => {
    let at = 0;
    const fetch = async () => Response.json(bodies[Math.min(at++, bodies.length - 1)]);
    return { client: darkroom({ url: 'https://pictures.example', fetch }), asked: () => at };
  };
  const expired = { id: 'x', version: 2, status: 'expired', error: { code: 'expired', message: 'Too late.' } };

  test('goes on when a later version comes to nothing, because this one may still be rendered', async () => {
    const { client, asked } = answers(expired, expired, { ...expired, ready: { version: 1 } });
    expect((await client.untilReady('x', 1)).ready.version).toBe(1);
    expect(asked()).toBe(3);
  });

  test('ends at once when this version comes to nothing', async () => {
    const { client, asked } = answers(expired);
    expect(await trouble(client.untilReady('x', 2))).toMatchObject({ code: 'expired' });
    expect(asked()).toBe(1);
  });
});

describe('the calls', () => {
  test('lead through the life of an image', async () => {
    const { id } = await client.upload(photo, { collection: 'life', preset: 'gallery' });
    expect(await client.findImage(id)).toMatchObject({ id, status: 'ready' });
    const asked = await client.findImage(id, { alt: 'A photo', sizes: '50vw' });
    expect(asked.ready?.picture.html).toMatch(/sizes="50vw".* alt="A photo"/);

    const { version } = await client.reprocess(id, { preset: 'thumbnails' });
    const again = await client.untilReady(id, version);
    expect(again.ready.variants.map(({ name }) => name)).toContain('medium');

    const { url } = await client.downloadOriginal(id);
    expect(await (await fetch(url)).bytes()).toEqual(new Uint8Array(await photo.arrayBuffer()));

    const { keys, objects } = await client.removeImage(id);
    expect(objects).toBe(keys.length);
    expect(keys).toContain(`originals/${id}/v1`);
    expect(await trouble(client.findImage(id))).toMatchObject({ code: 'not-found', status: 404 });
  });

  test('walk through every page of a list', async () => {
    const ids: string[] = [];
    for (let made = 0; made < 5; made++) {
      const { id } = await client.requestUpload({ contentType: 'image/png', bytes: 9, collection: 'paged' });
      ids.push(id);
    }
    const found: string[] = [];
    for await (const { id } of client.images({ collection: 'paged', limit: 2 })) found.push(id);
    expect(found).toHaveLength(5);
    expect([...found].sort()).toEqual([...ids].sort());
    const oldest: string[] = [];
    const query = { collection: 'paged', status: ['pending', 'failed'], order: 'oldest', limit: 2 } as const;
    for await (const { id } of client.images(query)) oldest.push(id);
    expect(oldest).toEqual(found.toReversed());
    const { items, nextCursor } = await client.listImages({ status: 'pending', collection: 'paged', limit: 5 });
    expect([items.length, nextCursor]).toEqual([5, null]);
  });

  test('start a job and tell how far it is', async () => {
    const { id } = await client.startJob({ action: 'reprocess', ids: ['a'.repeat(26)] });
    expect(await client.findJob(id)).toMatchObject({ id, action: 'reprocess' });
  });

  test('list jobs', async () => {
    const { id } = await client.startJob({ action: 'reprocess', ids: ['a'.repeat(26)] });
    const { items, nextCursor } = await client.listJobs({ limit: 1 });
    expect([items.map((job) => job.id), typeof nextCursor]).toEqual([[id], 'string']);
  });

  test.each(['pauseJob', 'resumeJob', 'cancelJob'] as const)('%s asks for the job that it names', async (order) => {
    expect(await trouble(client[order]('a'.repeat(26)))).toMatchObject({ code: 'not-found', status: 404 });
  });

  test('show the health of the service, its figures and its description', async () => {
    expect(await client.figures({ minutes: 5 })).toMatchObject({
      stepSeconds: 10,
      renderers: { wanted: expect.any(Number) },
    });
    expect(await client.health()).toMatchObject({ status: 'ok' });
    expect(await client.openapi()).toMatchObject({ openapi: '3.1.1' });
    const page = await fetch(`${service.url}/v1/docs`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(await page.text()).toMatch('<main id="main">');
  });

  test('refuse what does not fit, and say in which state', async () => {
    const { id } = await client.requestUpload({ contentType: 'image/png', bytes: 9 });
    expect(await trouble(client.reprocess(id))).toMatchObject({ code: 'conflict', status: 409 });
  });

  test('make one thing under one key, and refuse another thing under it', async () => {
    const options = { idempotencyKey: 'mine' };
    const request = { contentType: 'image/png', bytes: 9 };
    const [first, second] = [
      await client.requestUpload(request, options),
      await client.requestUpload(request, options),
    ];
    expect(second.id).toBe(first.id);
    expect((await client.requestUpload(request)).id).not.toBe(first.id);
    const other = trouble(client.requestUpload({ ...request, bytes: 10 }, options));
    expect(await other).toMatchObject({ code: 'conflict' });
  });
});
