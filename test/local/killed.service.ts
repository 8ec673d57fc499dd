import { readdir, readFile } from 'node:fs/promises';
import { getPriority, setPriority } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { fileObjectStore } from '../../lib/adapters/local/file-object-store.ts';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { askForTicket, imageOnce, isDone, put, type Service, stalledPut, upload } from '../support/service.ts';
import { servicesInFolder } from '../support/services.ts';
import { whenNotEmpty } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

let photo: Uint8Array<ArrayBuffer>;
// A busy machine may take minutes to end a render.
const services = servicesInFolder({ DARKROOM_STOP_SECONDS: '600' });
/** Renderers of the newest service that were killed. */
let killed: number;

beforeAll(async () => {
  photo = await bytesOf(noise(480, 360).jpeg());
});

const start = async (): Promise<Service> => {
  killed = 0;
  return services.start();
};

/** A moment in the middle of a render does not last. */
const often = { mostPauseMs: 10 };
const isProcessing = ({ status }: ImageAnswer) => status === 'processing';
/** With some progress the decoder has met the picture for certain, so the death of the renderer is the picture's. */
const isRendering = (image: ImageAnswer) => isProcessing(image) && image.progress > 0;

/**
 * Stops the renderer in the middle of an attempt, so that what is done next is done there, however slow we are. Undefined
 * when the attempt came to its end before that.
 */
const frozenRenderer = async (service: Service, id: string): Promise<number | undefined> => {
  const seen = await imageOnce(service, id, (now) => isDone(now) || isRendering(now), often);
  if (isDone(seen)) return undefined;
  // The image may have been seen just before the service noticed that the renderer before was dead.
  const renderer = await until(
    async () =>
      service.renderers()[killed] ?? (isDone((await service.call('GET', `/v1/images/${id}`)).body) ? null : undefined),
    undefined,
    often,
  );
  if (renderer === null) return undefined;
  process.kill(renderer, 'SIGSTOP');
  if (isRendering((await service.call('GET', `/v1/images/${id}`)).body)) return renderer;
  process.kill(renderer, 'SIGCONT');
  return undefined;
};

const kill = (renderer: number): void => {
  process.kill(renderer, 'SIGKILL');
  killed++;
};

/** An upload whose renderer stands still in the middle of it. Where it was too quick for us, there is another upload. */
const halfRendered = async (service: Service): Promise<{ readonly id: string; readonly renderer: number }> => {
  for (;;) {
    const { id } = await upload(service, photo);
    const renderer = await frozenRenderer(service, id);
    if (renderer !== undefined) return { id, renderer };
  }
};

/** An upload whose renderers were killed until the service gave it up. Where they were too quick for us, there is another. */
const killedEveryTime = async (service: Service): Promise<ImageAnswer> => {
  for (;;) {
    const { id } = await upload(service, photo);
    let image: ImageAnswer;
    do {
      image = await imageOnce(service, id, (now) => isDone(now) || isRendering(now), often);
      const renderer = isDone(image) ? undefined : await frozenRenderer(service, id);
      if (renderer !== undefined) kill(renderer);
    } while (!isDone(image));
    if (image.status === 'failed') return image;
  }
};

const isListening = async ({ url }: Service): Promise<boolean> => {
  try {
    await (await fetch(`${url}/v1/health`)).text();
    return true;
  } catch {
    return false;
  }
};

const expectWhole = async ({ id, status, ready }: ImageAnswer): Promise<void> => {
  expect([status, ready?.variants.length]).toEqual(['ready', 21]);
  for (const variant of ready?.variants ?? []) {
    const answer = await fetch(variant.url);
    expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([200, variant.bytes]);
  }
  expect(await readdir(join(services.data(), 'public', 'images', id, 'v1'))).toHaveLength(22);
};

const expectNothingHalfWritten = async (): Promise<void> => {
  for (const store of ['public', 'private'])
    expect(await readdir(join(services.data(), store, '.partial')).catch(() => [])).toEqual([]);
};

/** On a busy machine a process of low priority hardly gets the processor. */
const yieldingMs = 15 * 60_000;

describe('an upload', () => {
  test('becomes ready though its renderer is killed in the middle', async () => {
    const service = await start();
    const { id, renderer } = await halfRendered(service);
    kill(renderer);
    const image = await imageOnce(service, id, isDone);
    expect(image.attempts).toBe(2);
    await expectWhole(image);
  });

  test(
    'becomes ready though the service has a lower priority than renderers take',
    async () => {
      const service = await start();
      setPriority(service.process.pid ?? 0, 10);
      // The next one inherits the priority.
      for (const renderer of service.renderers()) process.kill(renderer, 'SIGKILL');
      const { id } = await upload(service, photo);
      expect(await imageOnce(service, id, isDone, { limitMs: yieldingMs })).toMatchObject({ status: 'ready' });
    },
    2 * yieldingMs,
  );

  test('becomes ready after a restart though the whole service is killed in the middle', async () => {
    const service = await start();
    const { id, renderer } = await halfRendered(service);
    const gone = service.stop('SIGKILL');
    kill(renderer);
    await gone;
    const again = await start();
    await expectWhole(await imageOnce(again, id, isDone));
    await again.stop();
    await expectNothingHalfWritten();
  });

  test('becomes ready though the service was killed before it could note its arrival', async () => {
    const service = await start();
    const ticket = await askForTicket(service, photo);
    await service.stop('SIGKILL');
    // What a service leaves that dies right after it has stored the bytes.
    await fileObjectStore(join(services.data(), 'private')).put(`originals/${ticket.id}/v1`, photo);
    const again = await start();
    await expectWhole(await imageOnce(again, ticket.id, isDone));
  });

  test('ends as failed, with the reason, when its renderer dies every time', async () => {
    const service = await start();
    const image = await killedEveryTime(service);
    expect(image.error?.message).toContain('killed or crashed');
    expect(image).toMatchObject({ status: 'failed', attempts: 3, error: { code: 'gave-up' }, ready: null });
    const other = await upload(service, photo);
    await expectWhole(await imageOnce(service, other.id, isDone));
  });

  test('that is cut off by the death of the service leaves nothing, and its ticket still works', async () => {
    const service = await start();
    const ticket = await askForTicket(service, photo);
    await stalledPut(ticket, photo, photo.length / 2);
    await whenNotEmpty(join(services.data(), 'private', '.partial'));
    await service.stop('SIGKILL');

    const again = await start();
    await expectNothingHalfWritten();
    const moved = ticket.upload.url.replace(service.url, again.url);
    expect((await put({ ...ticket, upload: { ...ticket.upload, url: moved } }, photo)).status).toBe(200);
    await expectWhole(await imageOnce(again, ticket.id, isDone));
  });
});

describe('a service that is asked to stop', () => {
  test('lets the render under way come to its end, and exits with 0', async () => {
    const service = await start();
    const { id, renderer } = await halfRendered(service);
    const stopped = service.stop('SIGTERM');
    await until(async () => !(await isListening(service)));
    process.kill(renderer, 'SIGCONT');
    expect(await stopped).toBe(0);
    await expectNothingHalfWritten();
    const again = await start();
    const { body } = await again.call('GET', `/v1/images/${id}`);
    expect(body).toMatchObject({ status: 'ready', attempts: 1 });
  });

  test('shows the same images when it is started again', async () => {
    const service = await start();
    const { id } = await upload(service, photo);
    const before = await imageOnce(service, id, isDone);
    await service.stop();
    const again = await start();
    const after = await imageOnce(again, id, isDone);
    const elsewhere = JSON.stringify(before).replaceAll(service.url, again.url);
    expect(after).toEqual(JSON.parse(elsewhere));
    await expectWhole(after);
  });
});

test('a renderer takes the processor after the service, so answers come first', async () => {
  const service = await start();
  const renderer = await until(() => service.renderers()[0], service.output);
  const least = Math.max(2, getPriority(service.process.pid ?? 0));
  // It is started with the priority of the service, and lowers its own.
  await until(
    () => getPriority(renderer) >= least,
    () => `it has ${getPriority(renderer)}`,
  );
});

test('a renderer works in a service whose niceness is greater than its own', async () => {
  const service = await start();
  setPriority(service.process.pid ?? 0, 12);
  const [first] = await until(() => (service.renderers().length > 0 ? service.renderers() : undefined));
  process.kill(first ?? 0, 'SIGKILL');
  const { id } = await upload(service, photo);
  await expectWhole(await imageOnce(service, id, isDone));
  expect(service.renderers().length).toBeGreaterThan(1);
});

test('without memory, the kernel ends a renderer before the service', async () => {
  const service = await start();
  const [renderer] = await until(() => (service.renderers().length > 0 ? service.renderers() : undefined));
  const claim = async (pid = 0) => Number(await readFile(`/proc/${pid}/oom_score_adj`, 'utf8'));
  expect(await claim(renderer)).toBe(500);
  expect(await claim(service.process.pid)).toBeLessThan(500);
});
