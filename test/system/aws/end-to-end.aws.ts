import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import sharp from 'sharp';
import config from '../../../darkroom.config.ts';
import { documentClient } from '../../../lib/adapters/aws/document-client.ts';
import { dynamodbBulkJobs } from '../../../lib/adapters/aws/dynamodb-bulk-jobs.ts';
import { dynamodbCatalogue } from '../../../lib/adapters/aws/dynamodb-catalogue.ts';
import { dynamodbNotes } from '../../../lib/adapters/aws/dynamodb-notes.ts';
import { s3ObjectStore } from '../../../lib/adapters/aws/s3-object-store.ts';
import type {
  FiguresAnswer,
  Health,
  ImageAnswer,
  JobAnswer,
  Problem,
  ReceiptAnswer,
  Ticket,
} from '../../../lib/contract/answers.ts';
import { newBulkJob } from '../../../lib/core/bulk-job.ts';
import { idBytes, idFrom } from '../../../lib/core/ids.ts';
import { begin, fail, maxAttempts, newVersion, type Original, type Processing } from '../../../lib/core/image.ts';
import { manifestOf } from '../../../lib/core/manifest.ts';
import {
  cacheTag,
  imagePrefix,
  manifestKey,
  originalKey,
  originalsPrefix,
  variantKey,
} from '../../../lib/core/object-keys.ts';
import type { ChoreOrder } from '../../../lib/handlers/chores.ts';
import type { RenderTask } from '../../../lib/ports.ts';
import { sharpRenderer } from '../../../lib/render/sharp-renderer.ts';
import { bytesOf, noise as grain } from '../../support/pictures.ts';
import { until } from '../../support/until.ts';
import { account, deployed, region } from './deploy.ts';
import { dynamo, dynamoClient, eventsIn, keys, newQueue, s3, settings } from './emulated.ts';
import {
  type DeployedFunction,
  forgottenPaths,
  functionsAt,
  invoke,
  platformDeeds,
  statementsOf,
  view,
} from './emulator-api.ts';
import { type Deed, isAllowed, type Statement } from './iam.ts';
import { recordedDeeds } from './recorded-calls.ts';

const { url, api, outputs } = deployed();

// A duplicate that comes while an attempt holds its version is hidden until the lease ends: two minutes without quiet.
jest.setTimeout(400_000);

type Answer<Body> = { readonly status: number; readonly headers: Headers; readonly body: Body };

const call = async <Body = unknown>(
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer<Body>> => {
  const answer = await fetch(`${api}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${keys.test}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: JSON.parse(text === '' ? 'null' : text) as Body };
};

const drawing = await sharp({
  create: { width: 700, height: 500, channels: 3, background: '#357' },
})
  .composite([{ input: { create: { width: 300, height: 200, channels: 3, background: '#c63' } } }])
  .jpeg()
  .toBuffer();

const ticketFor = async (file: Buffer, more: Record<string, unknown> = {}): Promise<Ticket> => {
  const { status, body } = await call<Ticket>('POST', '/v1/images', {
    body: { contentType: 'image/jpeg', bytes: file.length, filename: 'a.jpg', ...more },
  });
  expect(status).toBe(201);
  return body;
};

const put = ({ upload }: Ticket, file: Buffer) =>
  fetch(upload.url, { method: 'PUT', headers: upload.headers, body: new Uint8Array(file) });

const settled = async (id: string): Promise<ImageAnswer> => {
  for (let waited = 0; waited < 120_000; waited += 200) {
    const { body } = await call<ImageAnswer>('GET', `/v1/images/${id}`);
    if (body.status === 'ready' || body.status === 'failed') return body;
    await sleep(200);
  }
  throw new Error(`${id} has not come to an end`);
};

const uploaded = async (file: Buffer, more: Record<string, unknown> = {}): Promise<ImageAnswer> => {
  const ticket = await ticketFor(file, more);
  expect((await put(ticket, file)).status).toBe(200);
  return settled(ticket.id);
};

const catalogue = () => dynamodbCatalogue(documentClient(dynamoClient()), outputs.Table, { eventDays: 30 });
const functionOf = async (name: string): Promise<DeployedFunction> => {
  const found = (await functionsAt(url)).find(({ Description }) => Description?.endsWith(`functions/${name}.ts`));
  if (!found) throw new Error(`there is no function ${name}`);
  return found;
};

describe('The deployed stack', () => {
  describe('keeps out', () => {
    test('a caller without a key', async () => {
      const { status } = await call('GET', '/v1/images', { headers: { authorization: '' } });
      expect(status).toBe(401);
    });

    test('a caller with a wrong key, with the problem of the contract', async () => {
      const { status, headers, body } = await call<Problem>('GET', '/v1/images', {
        headers: { authorization: 'Bearer wrong' },
      });
      expect(status).toBe(401);
      expect(headers.get('content-type')).toBe('application/problem+json');
      expect(body.code).toBe('unauthorized');
    });

    test.each(['/v1/%69mages', '/v1/images/', '//v1/images', '/v1/images/%2e%2e/images', '/V1/images'])(
      'a caller without a key that spells the address %s',
      async (path) => {
        const { status } = await call('GET', path, { headers: { authorization: '' } });
        expect([400, 401, 403, 404]).toContain(status);
      },
    );
  });

  test('says how it has been doing, from what CloudWatch has of this deployment', async () => {
    const before = await call<FiguresAnswer>('GET', '/v1/figures');
    expect([before.status, before.body.stepSeconds, before.body.series.ready.length]).toEqual([200, 60, 60]);
    expect(before.body.queue?.tasks).toBeGreaterThanOrEqual(0);
    expect([before.body.images, before.body.disk]).toEqual([null, null]);
    expect((await call<FiguresAnswer>('GET', '/v1/figures?minutes=5')).body.series.ready).toHaveLength(5);
  });

  test('accepts both keys of a rotation, and no key at all for the health', async () => {
    expect((await call('GET', '/v1/images', { headers: { authorization: `Bearer ${keys.older}` } })).status).toBe(200);
    const { status, body } = await call<Health>('GET', '/v1/health', { headers: { authorization: '' } });
    expect([status, body.status, body.checks.map(({ name }) => name)]).toEqual([
      200,
      'ok',
      ['catalogue', 'originals', 'queue'],
    ]);
  });

  test('describes itself without a key', async () => {
    const stranger = { headers: { authorization: '' } };
    expect((await call<{ openapi: string }>('GET', '/v1/openapi.json', stranger)).body.openapi).toMatch(/^3\.1/);
    const page = await fetch(`${api}/v1/docs`);
    expect({ status: page.status, type: page.headers.get('content-type') }).toEqual({
      status: 200,
      type: 'text/html; charset=utf-8',
    });
  });

  test('answers an address that is none with the problem of the contract', async () => {
    const { status, body } = await call<Problem>('GET', '/v1/nothing');
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'not-found' });
  });

  describe('an upload', () => {
    let image: ImageAnswer;
    beforeAll(async () => {
      image = await uploaded(drawing, { collection: 'birds' });
    });

    test('becomes ready with all its variants', () => {
      expect(image.status).toBe('ready');
      expect(image.original).toMatchObject({ width: 700, height: 500 });
      expect(image.ready?.variants.length).toBeGreaterThanOrEqual(14);
    });

    test('is delivered by the CDN, every variant of it, to be kept for ever', async () => {
      for (const variant of image.ready?.variants ?? []) {
        const seen = await view(url, outputs.CdnDomain, new URL(variant.url).pathname);
        expect({ status: seen.status, type: seen.headers['content-type'], bytes: seen.body.length }).toEqual({
          status: 200,
          type: `image/${variant.format}`,
          bytes: variant.bytes,
        });
        expect(createHash('sha256').update(seen.body).digest('base64')).toBe(variant.sha256);
        expect(seen.headers['cache-control']).toBe('public, max-age=31536000, immutable');
        expect(seen.headers['x-amz-meta-cache-tag']).toBe(cacheTag(image.id));
        expect(seen.headers['x-content-type-options']).toBe('nosniff');
      }
    });

    test.each(['/', '/images/', '/originals/', '/images/?list-type=2'])('gives no list away under %s', async (path) => {
      const seen = await view(url, outputs.CdnDomain, path);
      expect(seen.status).toBe(404);
      expect(seen.body.toString()).not.toContain(image.id);
    });

    test('is listed by its collection and its status', async () => {
      const { body } = await call<{ items: ImageAnswer[] }>('GET', '/v1/images?collection=birds&status=ready');
      expect(body.items.map((item) => item.id)).toEqual([image.id]);
    });

    test('has the manifest that the same picture has in the one-box home', async () => {
      const preset = config.presets.web;
      if (!preset) throw new Error('there is no preset web');
      const { limits, keepCopyright } = config;
      const order = { contentType: 'image/jpeg', preset, limits, keepCopyright } as const;
      const rendered = await sharpRenderer().render(drawing, order, async () => undefined);
      const sha256 = createHash('sha256').update(drawing).digest('base64');
      const original: Original = { contentType: 'image/jpeg', bytes: drawing.length, sha256, ...rendered.original };
      const stored = await s3ObjectStore(s3(), outputs.VariantsBucket).get(manifestKey({ id: image.id, version: 1 }));
      expect(Buffer.from(stored ?? []).toString()).toBe(manifestOf('web', original, rendered));
    });

    test('cannot be put a second time', async () => {
      const ticket = await ticketFor(drawing);
      expect((await put(ticket, drawing)).status).toBe(200);
      expect((await put(ticket, drawing)).status).toBe(412);
    });
  });

  describe.each([
    ['a drawing', async () => drawing, ['webp', 'webp', 'png']],
    ['a photo', async () => Buffer.from(await bytesOf(grain(700, 500).jpeg())), ['avif', 'webp', 'jpeg']],
  ] as const)('%s under addresses without a format', (_, draw, [first, second, last]) => {
    let image: ImageAnswer;
    beforeAll(async () => {
      image = await uploaded(await draw());
    });

    test.each([
      ['image/avif,image/webp,*/*', first],
      ['image/webp,*/*', second],
      ['*/*', last],
    ])('is found by Accept: %s as %s', async (accept, format) => {
      const path = `/images/${image.id}/v1/640w`;
      const seen = await view(url, outputs.CdnDomain, path, { headers: { accept } });
      // What the picture does not have in the format that the edge has chosen, the API knows the way to.
      const way = new URL(String(seen.headers.location ?? `${outputs.SiteUrl}${path}.${format}`));
      expect(way.href).toBe(`${outputs.SiteUrl}${path}.${format}`);
      if (seen.status === 302) expect(seen.headers['cache-control']).toBe('public, max-age=86400');
      // Of an answer whose format was chosen, every cache on its way has to know by what.
      expect(seen.headers.vary).toBe('Accept');
      const there = seen.status === 302 ? await view(url, outputs.CdnDomain, way.pathname) : seen;
      expect([there.status, there.headers['content-type']]).toEqual([200, `image/${format}`]);
    });

    test('is not found in another format, nor under another name or version', async () => {
      const lacking = first === 'avif' ? 'png' : 'avif';
      const statusOf = async (end: string) => (await view(url, outputs.CdnDomain, `/images/${image.id}/${end}`)).status;
      // The emulator's S3 says 403 of what is missing, also to those who may list.
      expect([403, 404]).toContain(await statusOf(`v1/640w.${lacking}`));
      for (const end of ['v2/640w', 'v1/641w']) expect(await statusOf(end)).toBe(404);
    });
  });

  test('fails a file that is no picture, with the reason', async () => {
    const image = await uploaded(randomBytes(2000));
    expect(image.status).toBe('failed');
    expect(image.error?.code).toMatch(/^(not-an-image|corrupt|type-mismatch)$/);
  });

  test('tells the bus of what became ready', async () => {
    const bus = new EventBridgeClient(settings());
    const { sqs, url: QueueUrl } = await newQueue();
    const Arn = `arn:aws:sqs:${region}:${account}:${QueueUrl.split('/').at(-1)}`;
    await bus.send(new PutRuleCommand({ Name: 'seen', EventPattern: JSON.stringify({ source: ['darkroom'] }) }));
    await bus.send(new PutTargetsCommand({ Rule: 'seen', Targets: [{ Id: 'queue', Arn }] }));
    const { id } = await uploaded(drawing);
    const told: unknown[] = [];
    for (let tries = 0; tries < 500 && told.length === 0; tries++) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      for (const { Body = '{}' } of Messages) {
        const event = JSON.parse(Body) as { 'detail-type': string; detail: { data: { id: string } } };
        if (event.detail.data.id === id) told.push({ type: event['detail-type'], detail: event.detail });
      }
      if (told.length === 0) await sleep(200);
    }
    expect(told).toEqual([
      {
        type: 'image.ready',
        detail: {
          id: `${id}.v1.ready`,
          type: 'image.ready',
          at: expect.any(String),
          data: { id, version: 1 },
          deployment: 'Darkroom-Images',
        },
      },
    ]);
  });

  test('ends a version whose message came back too often when its attempts are used up', async () => {
    const { id } = await ticketFor(drawing);
    for (let attempt = 1; attempt <= maxAttempts; attempt++)
      await catalogue().move(begin((await catalogue().version(id, 1)) as Processing, Date.now()));
    const { sqs } = await newQueue();
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: outputs.QueueUrl, AttributeNames: ['RedrivePolicy'] }),
    );
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(Attributes.RedrivePolicy ?? '{}');
    expect(Number(maxReceiveCount)).toBe(10);
    const QueueUrl = `${url}/${account}/${String(deadLetterTargetArn).split(':').at(-1)}`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ render: { id, version: 1 } }) }));
    expect((await settled(id)).error?.code).toBe('gave-up');
  });

  describe('an image', () => {
    let id: string;
    const version = async (more: Record<string, unknown> = {}) =>
      call<Ticket>('POST', `/v1/images/${id}/versions`, {
        body: { contentType: 'image/jpeg', bytes: drawing.length, ...more },
      });
    const isShown = async (number: number) =>
      (await view(url, outputs.CdnDomain, `/images/${id}/v${number}/640w.webp`)).status === 200;
    beforeAll(async () => {
      id = (await uploaded(drawing, { filename: 'Fjörd.jpg' })).id;
    });

    test('keeps its first version on show until the second is ready', async () => {
      const { status, body: ticket } = await version();
      expect({ status, version: ticket.version }).toEqual({ status: 201, version: 2 });
      const { body: meanwhile } = await call<ImageAnswer>('GET', `/v1/images/${id}`);
      expect(meanwhile).toMatchObject({ version: 2, status: 'pending', ready: { version: 1 } });
      expect((await put(ticket, drawing)).status).toBe(200);
      expect(await settled(id)).toMatchObject({ version: 2, status: 'ready', ready: { version: 2 } });
      expect([await isShown(1), await isShown(2)]).toEqual([true, true]);
    });

    test('gives one version to a request and its repeat', async () => {
      const headers = { 'idempotency-key': 'one-reprocess' };
      const body = { preset: 'gallery' };
      const first = await call<{ version: number }>('POST', `/v1/images/${id}/reprocess`, { body, headers });
      const again = await call<{ version: number }>('POST', `/v1/images/${id}/reprocess`, { body, headers });
      expect([first.status, again.status]).toEqual([202, 202]);
      expect([first.body.version, again.body.version]).toEqual([3, 3]);
      const image = await settled(id);
      expect(image.ready?.variants.map(({ name }) => name)).toEqual(['thumbnail', 'preview', 'web']);
    });

    test('gives its original back byte for byte, under its own name', async () => {
      const { body } = await call<{ url: string }>('GET', `/v1/images/${id}/original`);
      const answer = await fetch(body.url);
      expect(Buffer.from(await answer.arrayBuffer()).equals(drawing)).toBe(true);
      expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''Fj%C3%B6rd.jpg");
    });

    test('takes part in a job', async () => {
      const { status, body } = await call<JobAnswer>('POST', '/v1/jobs', { body: { action: 'reprocess', ids: [id] } });
      expect(status).toBe(202);
      expect(await jobOnceDone(body.id)).toMatchObject({ status: 'done', total: 1, done: 1, failed: 0 });
      expect((await settled(id)).version).toBe(4);
    });

    test('takes a sample in a dry run, and stays as it is', async () => {
      const { body } = await call<JobAnswer>('POST', '/v1/jobs', {
        body: { action: 'reprocess', ids: [id], dryRun: true },
      });
      expect(await jobOnceDone(body.id)).toMatchObject({ status: 'done', estimate: { sampled: 1, images: 1 } });
      expect((await settled(id)).version).toBe(4);
    });

    test('is deleted with every object, and a late event brings nothing back', async () => {
      const { status, body } = await call<ReceiptAnswer>('DELETE', `/v1/images/${id}`);
      expect({ status, purged: body.purged }).toEqual({ status: 200, purged: 'pending' });
      expect(body.objects).toBe(body.keys.length);
      expect((await call('GET', `/v1/images/${id}`)).status).toBe(404);
      await sendTask({ render: { id, version: 4 } });
      await untilQuiet();
      expect(await objectsOf(id)).toEqual([]);
      expect((await call('GET', `/v1/images/${id}`)).status).toBe(404);
    });

    test('is then forgotten by the CDN, which its receipt had promised', async () => {
      // A deletion that is being answered is left alone for ten seconds.
      const isTold = async () => (await forgottenPaths(url)).includes(`#${cacheTag(id)}`);
      for (let tries = 0; tries < 60 && !(await isTold()); tries++) {
        await chore('purge');
        await sleep(500);
      }
      expect(await isTold()).toBe(true);
      for await (const tombstone of catalogue().openDeletions())
        if (tombstone.id === id) expect(tombstone).toMatchObject({ purgedAt: expect.any(Number) });
      const told = (await eventsIn(dynamoClient(), outputs.Table)).filter((event) => event.id === id);
      expect(told.slice(-2).map(({ type }) => type)).toEqual(['image.deleted', 'image.purged']);
    });
  });

  test('shows the newest upload in the end, also when a reprocess has overtaken it', async () => {
    const { id } = await uploaded(drawing);
    const body = { contentType: 'image/jpeg', bytes: drawing.length };
    const { body: ticket } = await call<Ticket>('POST', `/v1/images/${id}/versions`, { body });
    expect((await call('POST', `/v1/images/${id}/reprocess`, { body: {} })).status).toBe(202);
    expect((await settled(id)).ready?.version).toBe(3);
    expect((await put(ticket, drawing)).status).toBe(200);
    await until(async () => (await catalogue().find(id))?.visible?.version === 4);
    expect((await catalogue().find(id))?.visible?.source).toBe(2);
  });

  test('makes a large collection again by lanes that Step Functions runs beside each other', async () => {
    const collection = 'many';
    const { id } = await uploaded(drawing, { collection });
    // This one has failed, and its original is gone.
    const gone = newId();
    const at = Date.now();
    const first = newVersion({ id: gone, version: 1, source: 1, preset: 'web', original: sized, expiresAt: at }, at);
    await catalogue().add({ id: gone, collection, filename: null, createdAt: at }, first);
    const begun = begin(first, at, { leaseMs: 1000 });
    await catalogue().move(begun);
    await catalogue().move(fail(begun, { code: 'corrupt', message: 'damaged' }, sized, at));
    // As if so many images had been counted before.
    const order = { id: newId(), selection: { collection }, preset: null, dryRun: false };
    const job = { ...newBulkJob(order, Date.now() + 1000), total: 10_000 };
    await dynamodbBulkJobs(dynamo(), outputs.Table).add(job);
    const isDone = async () => (await call<JobAnswer>('GET', `/v1/jobs/${job.id}`)).body.status === 'done';
    for (let tries = 0; tries < 1500 && !(await isDone()); tries++) {
      await chore('jobs');
      await sleep(1000);
    }
    const { body } = await call<JobAnswer>('GET', `/v1/jobs/${job.id}`);
    expect(body).toMatchObject({ status: 'done', total: 2, done: 1, skipped: 1, failed: 0, spent: { images: 1 } });
    expect(await settled(id)).toMatchObject({ version: 2, status: 'ready' });
    expect(
      (await call<{ items: JobAnswer[] }>('GET', '/v1/jobs')).body.items.map((one) => one.id.length),
    ).not.toContain(28);
  }, 1_800_000);

  test('makes a file again that a ready version has lost', async () => {
    const id = newId();
    await fileLongAgo(id);
    await s3ObjectStore(s3(), outputs.OriginalsBucket).put(originalKey({ id, version: 1 }), drawing);
    await settled(id);
    const store = s3ObjectStore(s3(), outputs.VariantsBucket);
    const lost = variantKey({ id, version: 1, name: '640w', format: 'webp' });
    const before = await store.get(lost);
    await store.remove([lost]);
    // A round that is over would make this one wait.
    await dynamodbNotes(dynamo(), outputs.Table).write('audit', JSON.stringify({ startedAt: 0, next: 1024, held: 0 }));
    await chore('audit');
    await untilQuiet();
    expect(Buffer.from((await store.get(lost)) ?? [])).toEqual(Buffer.from(before ?? []));
  });

  test('leaves a version alone whose upload has not arrived yet', async () => {
    const { id } = await ticketFor(drawing);
    await sendTask({ render: { id, version: 1 } });
    await untilQuiet();
    expect((await catalogue().find(id))?.newest.status).toBe('pending');
  });

  test('leaves nothing behind of an image that was removed while it was rendered', async () => {
    const big = await sharp({ create: { width: 4000, height: 3000, channels: 3, background: '#888' } })
      .composite([{ input: await noise(1200), tile: true }])
      .jpeg({ quality: 90 })
      .toBuffer();
    const ticket = await ticketFor(big);
    expect((await put(ticket, big)).status).toBe(200);
    while ((await catalogue().find(ticket.id))?.newest.status === 'pending') await sleep(10);
    expect(await catalogue().remove(ticket.id, Date.now())).toBeDefined();
    await untilQuiet();
    expect((await objectsOf(ticket.id)).filter((key) => key.startsWith('images/'))).toEqual([]);
  });

  test('tries three times, backing off, what fails for a reason that is not the picture', async () => {
    const id = newId();
    await fileLongAgo(id, 'a-preset-that-was-taken-away');
    await s3ObjectStore(s3(), outputs.OriginalsBucket).put(originalKey({ id, version: 1 }), drawing);
    expect(await settled(id)).toMatchObject({ attempts: 3, error: { code: 'gave-up' } });
  });

  describe('the sweep', () => {
    const sweep = () => chore('sweep');

    test('expires a ticket that was not used', async () => {
      const id = newId();
      await fileLongAgo(id);
      await sweep();
      expect((await catalogue().find(id))?.newest.status).toBe('expired');
    });

    test('closes the deletion of an image, with what came after the deletion, when the CDN has been purged', async () => {
      const { id } = await uploaded(drawing);
      // An older version has an item of its own, which goes too.
      expect((await call('POST', `/v1/images/${id}/reprocess`, { body: {} })).status).toBe(202);
      expect((await settled(id)).version).toBe(2);
      await catalogue().remove(id, Date.now() - 3 * 3_600_000);
      expect(await objectsOf(id)).not.toEqual([]);
      await sweep();
      expect(await objectsOf(id)).toEqual([]);
      await until(async () => {
        await chore('purge');
        return (await openDeletions()).every((tombstone) => tombstone.id !== id || tombstone.purgedAt !== null);
      });
      expect(await forgottenPaths(url)).toContain(`#${cacheTag(id)}`);
      await sweep();
      expect((await openDeletions()).map((tombstone) => tombstone.id)).not.toContain(id);
    });

    test('hands what was uploaded and never declared to a renderer', async () => {
      const id = newId();
      await s3ObjectStore(s3(), outputs.OriginalsBucket).put(originalKey({ id, version: 1 }), drawing);
      await untilQuiet();
      await fileLongAgo(id);
      await sweep();
      expect((await settled(id)).status).toBe('ready');
    });
  });

  describe('its functions', () => {
    const files = ['api', 'render', 'chores', 'lane', 'dead-letter', 'publish', 'authorize'];

    test.each(files)('%s may do everything that it was seen doing', async (file) => {
      const { statements, deeds } = await permissionsOf(file);
      expect(deeds.filter((deed) => !isAllowed(statements, deed))).toEqual([]);
    });

    test.each(files)('%s could not do its work with any one statement less', async (file) => {
      const { statements, deeds } = await permissionsOf(file);
      const idle = statements.filter((statement) => {
        const others = statements.filter((other) => other !== statement);
        return deeds.every((deed) => isAllowed(others, deed));
      });
      expect(idle.map(({ Sid }) => Sid)).toEqual([]);
    });

    test.each(files)('%s may do nothing to everything, but for what is listed', async (file) => {
      const { statements } = await permissionsOf(file);
      const wide = statements.filter(({ Action, Resource }) => [Action, Resource].flat().includes('*'));
      expect(wide.map(({ Sid }) => Sid)).toEqual(wideStatements[file] ?? []);
      expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    });
  });
});

/** AWS knows no narrower resource for these actions. */
const wideStatements: Readonly<Record<string, readonly string[]>> = {
  publish: ['FindTheStream'],
  api: ['ReadTheMetrics'],
};

const chore = async (name: ChoreOrder['chore']) =>
  invoke(url, (await functionOf('chores')).FunctionName, { chore: name } satisfies ChoreOrder);

/** The schedules of the stack call the same chores, and a call beside another ends at once. */
const jobOnceDone = (id: string) =>
  until(async () => {
    await chore('jobs');
    const { body } = await call<JobAnswer>('GET', `/v1/jobs/${id}`);
    return body.status === 'done' && body;
  });

const openDeletions = () => Array.fromAsync(catalogue().openDeletions());

const newId = () => idFrom(randomBytes(idBytes));

const sized: Original = { contentType: 'image/jpeg', bytes: drawing.length, sha256: null, width: null, height: null };

/** An image whose ticket ended more than an hour ago. */
const fileLongAgo = async (id: string, preset = 'web'): Promise<void> => {
  const createdAt = Date.now() - 2 * 3_600_000;
  const size = { width: null, height: null };
  const original = { contentType: 'image/jpeg', bytes: drawing.length, sha256: null, ...size } as const;
  const first = newVersion({ id, version: 1, source: 1, preset, original, expiresAt: createdAt + 1000 }, createdAt);
  await catalogue().add({ id, collection: null, filename: null, createdAt }, first);
};

const noise = async (side: number) =>
  sharp(randomBytes(side * side * 3), { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();

const sendTask = async (task: RenderTask) => {
  const { sqs } = await newQueue();
  await sqs.send(new SendMessageCommand({ QueueUrl: outputs.QueueUrl, MessageBody: JSON.stringify(task) }));
};

/** Everything that is stored for an image. */
const objectsOf = async (id: string): Promise<readonly string[]> => {
  const keys: string[] = [];
  for (const [bucket, prefix] of [
    [outputs.OriginalsBucket, originalsPrefix(id)],
    [outputs.VariantsBucket, imagePrefix(id)],
  ] as const)
    for await (const { key } of s3ObjectStore(s3(), bucket).list(prefix)) keys.push(key);
  return keys;
};

/** Until no message waits and none is being worked on. */
const untilQuiet = async (): Promise<void> => {
  const { sqs } = await newQueue();
  const depth = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  for (let quiet = 0; quiet < 5; ) {
    await sleep(200);
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: outputs.QueueUrl, AttributeNames: [...depth] }),
    );
    quiet = depth.every((name) => Attributes[name] === '0') ? quiet + 1 : 0;
  }
};

/** What a function may do, and what was done in its name: by itself, by Lambda for it, and with its tickets. */
const permissionsOf = async (file: string): Promise<{ statements: readonly Statement[]; deeds: readonly Deed[] }> => {
  const deployed = await functionOf(file);
  const recorded = (await recordedDeeds(process.env.DARKROOM_TEST_AWS_CALLS ?? '')).get(deployed.FunctionName) ?? [];
  const originals = `arn:aws:s3:::${outputs.OriginalsBucket}/${originalKey({ id: 'a'.repeat(26), version: 1 })}`;
  const tickets = [
    { action: 's3:PutObject', resource: originals },
    { action: 's3:GetObject', resource: originals },
  ];
  return {
    statements: await statementsOf(url, deployed.Role),
    deeds: [...recorded, ...(await platformDeeds(url, deployed)), ...(file === 'api' ? tickets : [])],
  };
};
