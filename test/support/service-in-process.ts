import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { localTicketOffice } from '../../lib/adapters/local/signed-urls.ts';
import { answerWith } from '../../lib/api/answer.ts';
import type { StoredKey } from '../../lib/core/grants.ts';
import type { Check } from '../../lib/core/health.ts';
import { accessControl } from '../../lib/local/access.ts';
import { corsFor } from '../../lib/local/cors.ts';
import { httpListener } from '../../lib/local/http-listener.ts';
import { addressOf, close, startListening } from '../../lib/local/listen.ts';
import { isAwaitedBy, originalsEndpoint } from '../../lib/local/originals.ts';
import { rateLimit } from '../../lib/local/rate-limit.ts';
import { advanceJobs } from '../../lib/pipeline/advance-job.ts';
import type { Deliver, Rendered, Renderer } from '../../lib/ports.ts';
import { openWorld, type TestWorld } from './world.ts';

/** What a test may change while the service runs. */
type Terms = {
  keys: readonly StoredKey[];
  origins: readonly string[];
  checks: readonly Check[];
  /** Called before a file is taken, with its key; a status is the answer instead. */
  beforePut?: ((key: string) => Promise<number | undefined>) | undefined;
};

export type ServiceInProcess = {
  readonly url: string;
  readonly world: TestWorld;
  readonly terms: Terms;
  /** Stores an image that is ready: its id. */
  readonly add: (bytes: Uint8Array, more?: object) => Promise<string>;
  readonly close: () => Promise<void>;
};

/** Encodes a picture once: most tests of commands are about the same one. */
const rememberingRenders = (renderer: Renderer): Renderer => {
  const made = new Map<string, { readonly rendered: Rendered; readonly files: Parameters<Deliver>[] }>();
  return {
    recipe: renderer.recipe,
    render: async (original, { earlier: _, ...order }, deliver) => {
      const key = createHash('sha256').update(original).update(JSON.stringify(order)).digest('hex');
      const known = made.get(key);
      for (const file of known?.files ?? []) await deliver(...file);
      if (known) return known.rendered;
      const files: Parameters<Deliver>[] = [];
      const rendered = await renderer.render(original, order, async (...file) => {
        files.push(file);
        await deliver(...file);
      });
      made.set(key, { rendered, files });
      return rendered;
    },
  };
};

const secret = 'of a test';
const preset = 'thumbnails';

/**
 * The API, the originals and the variants of the one-box home behind HTTP, in the process of the test. Before a call is
 * answered, everything is rendered that the calls before it have asked for, so that no test waits for a renderer.
 */
export const startServiceInProcess = async (): Promise<ServiceInProcess> => {
  const opened = await openWorld();
  const world = { ...opened, config: { ...opened.config, defaultPreset: preset } };
  const terms: Terms = { keys: [], origins: [], checks: [] };
  const server = createServer();
  await startListening(server, { host: '127.0.0.1', port: 0 });
  const url = addressOf(server);
  const tickets = localTicketOffice({ secret, site: url });
  const unlimited = rateLimit(world.clock, 1_000_000);

  const renderer = rememberingRenders(world.renderer);
  const workOff = async (): Promise<void> => {
    await world.drain({ renderer });
    for (let rounds = 0; rounds < 20 && (await advanceJobs(world, 10)); rounds++) await world.drain({ renderer });
  };
  let working = Promise.resolve();
  const listener = () =>
    httpListener({
      api: async (request, caller) => {
        await working;
        const answer = await answerWith({
          ...world,
          tickets,
          site: url,
          release: '9.9.9',
          look: async () => terms.checks,
          watchSecret: async () => secret,
        })(request, caller);
        if (request.method !== 'GET') {
          working = working.then(workOff);
          world.pass(1);
        }
        return answer;
      },
      originals: originalsEndpoint({
        ...world,
        secret,
        isAwaited: isAwaitedBy(world),
        arrived: (original) => {
          working = working.then(() => world.queue.put({ render: original }, 'urgent')).then(workOff);
        },
      }),
      variants: world.variants,
      arrivals: undefined,
      pageOrigins: {},
      metrics: async (_request, response) => void response.writeHead(404).end(),
      access: accessControl(
        { host: '127.0.0.1', publicUrl: undefined, keys: terms.keys, allowedOrigins: [] },
        unlimited,
      ),
      cors: corsFor(terms.origins),
      limit: unlimited,
      address: url,
      chance: world.chance,
      log: world.log,
    });
  // Made for each request: a test may have changed the terms.
  server.on('request', async (request, response) => {
    const status =
      request.method === 'PUT' ? await terms.beforePut?.(request.url?.split('?')[0]?.slice(1) ?? '') : undefined;
    if (status === undefined) return void listener()(request, response);
    request.resume();
    response.writeHead(status).end(`<Error><Message>The store says ${status}.</Message></Error>`);
  });

  return {
    url,
    world,
    terms,
    add: async (bytes, more = {}) => {
      const sha256 = createHash('sha256').update(bytes).digest('base64');
      const body = { contentType: 'image/jpeg', bytes: bytes.length, sha256, filename: 'photo.jpg', preset, ...more };
      const headers = { 'content-type': 'application/json' };
      const asked = await fetch(`${url}/v1/images`, { method: 'POST', headers, body: JSON.stringify(body) });
      const ticket = (await asked.json()) as { id: string; upload: { url: string; headers: Record<string, string> } };
      await fetch(ticket.upload.url, { method: 'PUT', headers: ticket.upload.headers, body: new Uint8Array(bytes) });
      await working;
      return ticket.id;
    },
    close: async () => {
      await close(server);
      await working;
      await world.close();
    },
  };
};
