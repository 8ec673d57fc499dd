import type { ServerResponse } from 'node:http';
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { purgeHook } from '../../lib/adapters/local/purge-hook.ts';
import { patientPurge } from '../../lib/local/patient-purge.ts';
import { removeImage } from '../../lib/pipeline/remove-image.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { imageOnce, isDone, type Service, upload } from '../support/service.ts';
import { servicesInFolder } from '../support/services.ts';
import { until } from '../support/until.ts';
import { openWorld } from '../support/world.ts';

const secret = 'a-secret-of-both-sides';
// First, so that services end before what they call.
const services = servicesInFolder();
let cdn: Receiver;
let hook: Receiver;
let photo: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  photo = await bytesOf(corners(120, 120).jpeg());
});
beforeEach(async () => {
  cdn = await startReceiver();
  hook = await startReceiver();
});
afterEach(async () => {
  await cdn.close();
  await hook.close();
});

const start = (cdn: Record<string, string>): Promise<Service> =>
  services.start({
    DARKROOM_WEBHOOK_URL: hook.url,
    DARKROOM_WEBHOOK_SECRET: secret,
    DARKROOM_WEBHOOK_PRIVATE: 'allow',
    ...cdn,
  });
const startWithCdn = () => start({ DARKROOM_PURGE_URL: cdn.url, DARKROOM_PURGE_SECRET: secret });

const shown = async (service: Service): Promise<string> => {
  const { id } = await upload(service, photo);
  expect((await imageOnce(service, id, isDone)).status).toBe('ready');
  return id;
};

const wasTold = (eventId: string) => hook.deliveries.some(({ event }) => event.id === eventId);

test('the receiver of purges is told until it says yes, also when the service is killed in between, and then the webhook', async () => {
  cdn.answer = 503;
  const service = await startWithCdn();
  const id = await shown(service);
  const receipt = await service.call('DELETE', `/v1/images/${id}`);
  expect(receipt).toMatchObject({ status: 200, body: { id, purged: 'pending' } });
  await cdn.received(1);
  await until(() => service.log().some(({ message }) => message === 'the CDN could not be told what to forget'));
  await until(() => wasTold(`${id}.deleted`));
  expect(wasTold(`${id}.purged`)).toBe(false);
  expect((await service.call('DELETE', `/v1/images/${id}`)).status).toBe(404);
  await service.stop('SIGKILL');

  cdn.answer = 204;
  const refused = cdn.deliveries.length;
  await startWithCdn();
  await until(() => wasTold(`${id}.purged`));
  const [taken, ...others] = cdn.deliveries.slice(refused);
  expect(others).toEqual([]);
  expect(taken).toMatchObject({ method: 'POST', headers: { authorization: `Bearer ${secret}` } });
  expect(JSON.parse(taken?.body ?? '')).toEqual({ reason: 'deleted', ids: [id], paths: [`/images/${id}/*`] });
});

test('without a receiver of purges a deletion is done at once, and the webhook is told so', async () => {
  const service = await start({});
  const id = await shown(service);
  expect(await service.call('DELETE', `/v1/images/${id}`)).toMatchObject({ body: { purged: 'done' } });
  await until(() => wasTold(`${id}.purged`));
  const told = hook.deliveries.map(({ event }) => event.id);
  expect(told.indexOf(`${id}.deleted`)).toBeLessThan(told.indexOf(`${id}.purged`));
});

test.each([
  ['an answer of 500', 500],
  ['an answer of 404', 404],
  ['a redirect', (response: ServerResponse) => response.writeHead(307, { location: '/' }).end()],
  ['a broken connection', (response: ServerResponse) => response.destroy()],
  ['a hang', () => undefined],
])('%s is no yes', async (what, answer) => {
  cdn.answer = answer as Receiver['answer'];
  const edge = purgeHook({ url: cdn.url, secret, timeoutMs: what === 'a hang' ? 5000 : 600_000 });
  await expect(edge.forget(['a'.repeat(26)], 'deleted')).rejects.toThrow();
  expect(cdn.deliveries).toHaveLength(1);
});

test('a receiver in trouble is asked after 5 s, then after twice as long each time up to 5 minutes, and without end', async () => {
  const world = await openWorld();
  cdn.answer = 500;
  const seconds: unknown[] = [];
  const log = { ...world.log, warn: (_: string, facts?: object) => void seconds.push(facts) };
  const edge = purgeHook({ url: cdn.url, secret, timeoutMs: 10_000 });
  const work = patientPurge({ ...world, log, edge, isOwed: () => true });
  const id = await world.file();
  await removeImage({ ...world, hasEdge: true }, id);
  world.pass(10_000);
  for (const restMs of [5, 10, 20, 40, 80, 160, 300, 300, 300].map((rest) => 1000 * rest)) {
    await work();
    expect(seconds.at(-1)).toMatchObject({ nextInSeconds: restMs / 1000, attempt: seconds.length });
    world.pass(restMs - 1);
    await work();
    expect(cdn.deliveries).toHaveLength(seconds.length);
    world.pass(1);
  }
  cdn.answer = 200;
  await work();
  const told = cdn.deliveries.length;
  await work();
  expect(cdn.deliveries).toHaveLength(told);
  for await (const { purgedAt } of world.catalogue.openDeletions()) expect(purgedAt).toBe(world.clock.now());
  await world.close();
});
