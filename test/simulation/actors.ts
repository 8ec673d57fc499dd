import type { DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import type { JobOrder, Selection } from '../../lib/core/bulk-job.ts';
import type { ImageEvent } from '../../lib/core/events.ts';
import type { Kind } from '../../lib/core/formats.ts';
import { originalKey, type VersionRef, variantKey } from '../../lib/core/object-keys.ts';
import { Troubled } from '../../lib/core/trouble.ts';
import { choresHandler } from '../../lib/handlers/chores.ts';
import { deadLetterHandler } from '../../lib/handlers/dead-letter.ts';
import { publishHandler } from '../../lib/handlers/publish.ts';
import { renderHandler } from '../../lib/handlers/render.ts';
import { deathWatch } from '../../lib/local/death-watch.ts';
import { advanceJobs } from '../../lib/pipeline/advance-job.ts';
import { auditStore } from '../../lib/pipeline/audit-store.ts';
import { findImage } from '../../lib/pipeline/find-image.ts';
import { forgiveAttempt, releaseAll, releaseAttempt } from '../../lib/pipeline/parts/release-attempt.ts';
import { purge } from '../../lib/pipeline/purge.ts';
import { removeImage } from '../../lib/pipeline/remove-image.ts';
import { reprocessImage } from '../../lib/pipeline/reprocess-image.ts';
import { requestUpload } from '../../lib/pipeline/request-upload.ts';
import { requestVersion } from '../../lib/pipeline/request-version.ts';
import { startJob } from '../../lib/pipeline/start-job.ts';
import { steerJob } from '../../lib/pipeline/steer-job.ts';
import { sweep } from '../../lib/pipeline/sweep.ts';
import type { Deliver, Renderer, RenderTask, UploadTerms } from '../../lib/ports.ts';
import type { Chore } from '../../lib/work/chores.ts';
import { endDeadTask } from '../../lib/work/dead-task.ts';
import { hide, returnOf, type TaskOutcome, workWith } from '../../lib/work/work.ts';
import type { Faults } from './faults.ts';
import type { Message } from './queue.ts';
import type { Random } from './random.ts';
import { digestOf, type Nature, pictureBytes } from './renderer.ts';
import type { Actor, Ending, Scheduler } from './scheduler.ts';
import { renderTimeoutMs, type World } from './world.ts';

const minuteMs = 60_000;
/** How many images of a job may be with the renderers at a time. */
const pace = 4;

type HostPorts = ReturnType<World['portsFor']>;

export type Story = {
  readonly world: World;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly faults: Faults;
  /** Each message is given to two workers at once. */
  readonly doubled: boolean;
};

/** All processes: those that the clock starts, those that a message starts, and the clients. */
export const actorsOf = ({ world, scheduler, random, faults, doubled }: Story) => {
  const { model, messages, home } = world;
  const { spawn, sleep, call } = scheduler;
  let serial = 0;
  const host = new Set<Actor>();
  const renderers = new Set<Actor>();
  let starts = 0;
  let uploads = 0;
  /** No task is received before a host that starts has ended the leases of its predecessor. */
  let ready: Promise<unknown> = Promise.resolve();

  /** An invocation of our code: it may crash, and its clock may be wrong. */
  const invoke = <T>(name: string, work: (actor: Actor) => Promise<T>): Promise<Ending<T>> => {
    const isOff = home === 'aws' && faults.happens('clock off');
    const skewMs = isOff ? random.between(-5, 5) * 1000 : 0;
    return spawn(`${name} ${++serial}`, { mortal: true, skewMs }, work);
  };

  /** On one box the host is one process for all but the renderers: it crashes as a whole, and starts again. */
  const inHost = async <T>(name: string, work: (actor: Actor) => Promise<T>): Promise<Ending<T>> => {
    const ending = await invoke(name, async (actor) => {
      if (home === 'box') host.add(actor);
      const result = await work(actor);
      host.delete(actor);
      return result;
    });
    if (home === 'box' && ending.end === 'crashed' && host.size > 0) {
      starts++;
      for (const actor of [...host, ...renderers]) scheduler.kill(actor);
      host.clear();
      renderers.clear();
      await restart();
    }
    return ending;
  };

  const restart = async (): Promise<void> => {
    messages.releaseAll();
    watch = deathWatch();
    ready = spawn('the host starts', {}, (actor) => releaseAll(world.portsFor(actor)));
    await ready;
    await spawn('the first sweep', {}, (actor) => sweep(world.portsFor(actor), 0));
    world.wake();
  };

  const renderMs = (): number => renderTimeoutMs(world.config().limits.renderSeconds);

  /** Ends an invocation whose time is over, unless its whole machine pauses. */
  const limit = (actor: Actor, ms: number): void =>
    scheduler.at(scheduler.now() + ms, () => {
      if (!actor.alive) return;
      if (actor.frozenMs > 0) limit(actor, ms + actor.frozenMs);
      else {
        scheduler.tell(actor.name, 'is ended after its time limit');
        scheduler.kill(actor);
      }
    });

  const subjectsIn = (message: Message): readonly VersionRef[] => {
    const body = JSON.parse(message.body) as Partial<Record<'render', VersionRef>> & { Records?: S3Record[] };
    if (body.render) return [body.render];
    const key = body.Records?.[0]?.s3.object.key.split('/') ?? [];
    return key.length === 3 ? [{ id: key[1] ?? '', version: Number(key[2]?.slice(1)) }] : [];
  };

  const charge = (message: Message): void => {
    for (const { id, version } of subjectsIn(message)) model.charged(id, version);
  };

  /** A pause longer than a lease, a crash, and repeated trouble count as an attempt. */
  const watched = (actor: Actor, message: Message): void => {
    limit(actor, renderMs());
    actor.froze = () => charge(message);
  };

  const renderOnAws = async (message: Message): Promise<void> => {
    let troubles = 0;
    const record = { body: message.body, messageId: 'm', receiptHandle: message.handle };
    const attributes = { ApproximateReceiveCount: String(message.receives) };
    const ending = await invoke('render', async (actor) => {
      watched(actor, message);
      const ports = world.portsFor(actor, subjectsIn(message)[0]);
      const handler = renderHandler(ports, workWith(ports));
      const answer = await handler({ Records: [{ ...record, attributes }] } as unknown as SQSEvent);
      troubles = actor.troubles;
      return answer;
    });
    if (ending.end !== 'done' || troubles > 1) charge(message);
    // Lambda removes what the answer does not name.
    if (ending.end === 'done' && ending.result.batchItemFailures.length === 0) messages.remove(message.handle);
  };

  let watch = deathWatch();

  /** What a slot of `lib/local/render-workers.ts` remembers of its task. */
  type Met = { answered: boolean; forgiven: readonly VersionRef[] };

  /** The renderer that the host gives to a step: it works in a process of its own, which can die while the host lives. */
  const rendererApart = (host: Actor, ports: HostPorts, message: Message, met: Met): Renderer => ({
    recipe: ports.recipeOf,
    render: async (original, order, deliver) => {
      const underWay = new Set<Promise<void>>();
      let timedOut = false;
      const ending = await spawn(`renderer ${++serial}`, { mortal: true }, async (renderer) => {
        renderers.add(renderer);
        renderer.froze = () => charge(message);
        scheduler.at(scheduler.now() + renderMs(), () => {
          timedOut = renderer.alive;
          scheduler.kill(renderer);
        });
        const send: Deliver = async (variant, bytes, progress) => {
          await call(renderer, 'renderer', `send ${variant.name}.${variant.format}`, () => undefined);
          const stored = deliver(variant, bytes, progress);
          underWay.add(stored);
          await stored;
        };
        try {
          return { rendered: await ports.rendererIn(renderer).render(original, order, send) };
        } catch (error) {
          return { error };
        } finally {
          renderers.delete(renderer);
        }
      });
      await Promise.allSettled(underWay);
      if (!host.alive) return new Promise(() => undefined);
      if (ending.end !== 'done') throw deathOf(message, met, timedOut);
      met.answered = true;
      if ('error' in ending.result) throw ending.result.error;
      return ending.result.rendered;
    },
  });

  const deathOf = (message: Message, met: Met, timedOut: boolean): Troubled => {
    const { blame, forgiven } = watch.died(message.number, subjectsIn(message));
    met.forgiven = forgiven;
    if (blame === 'machine') return new Troubled('renderers', { died: true });
    charge(message);
    return new Troubled(timedOut ? 'render-time' : 'render-death', { died: true });
  };

  /** On one box, leases are counted by a clock that is not set back. */
  const steady = { now: scheduler.now };
  const leaseOnBoxMs = () => renderMs() + minuteMs;

  const renderOnBox = async (message: Message): Promise<void> => {
    const hostNumber = starts;
    const met: Met = { answered: false, forgiven: [] };
    const ending = await inHost('worker', async (actor) => {
      actor.froze = () => charge(message);
      const ports = world.portsFor(actor, subjectsIn(message)[0]);
      const renderer = rendererApart(actor, ports, message, met);
      const work = workWith({ ...ports, renderer, steady }, { leaseMs: leaseOnBoxMs() });
      const outcome = await work(JSON.parse(message.body) as RenderTask, message.receives);
      if (actor.troubles > 1) charge(message);
      return outcome;
    });
    if (ending.end !== 'done') return;
    // These writes are repeated until they succeed; a host that has started again does not know this task.
    const leaseEndsBy = scheduler.now() + leaseOnBoxMs();
    while (starts === hostNumber) {
      const { end } = await inHost('host', (actor) => settleOnBox(actor, message, ending.result, met, leaseEndsBy));
      if (end !== 'error') return;
      await new Promise<void>((resolve) => scheduler.at(scheduler.now() + 20_000, resolve));
    }
  };

  const settleOnBox = async (
    actor: Actor,
    message: Message,
    outcome: TaskOutcome,
    { answered, forgiven }: Met,
    leaseEndsBy: number,
  ): Promise<void> => {
    const ports = world.portsFor(actor);
    if (outcome.end === 'put-back') {
      for (const ref of subjectsIn(message)) await releaseAttempt(ports, ref, { died: false, leaseEndsBy });
      for (const ref of forgiven) await forgiveAttempt(ports, ref);
      return ports.queue.putBack(message.handle, minuteMs);
    }
    const back = returnOf(outcome, message.receives, steady.now());
    if (back) await hide(ports.queue, message.handle, back);
    if (answered) watch.cameThrough();
    if (!back) await call(actor, 'queue', `remove message ${message.number}`, () => messages.remove(message.handle));
  };

  /** Takes one message after the other, and waits while there is none. */
  const worker = async (name: string): Promise<void> => {
    await spawn(name, {}, async (actor) => {
      for (;;) {
        await ready;
        const from = faults.happens('reordered events') ? 'any' : 'oldest';
        const visibleMs = home === 'aws' ? 6 * renderMs() : 2 * renderMs();
        const message = await call(actor, 'queue', 'receive', () => messages.receive(visibleMs, from));
        if (!message) {
          await new Promise<void>((resolve) => {
            const ring = () => {
              world.wakers.delete(ring);
              resolve();
            };
            world.wakers.add(ring);
          });
          continue;
        }
        world.wakeAt(scheduler.now() + visibleMs + 1);
        if (doubled && message.receives === 1) messages.hide(message.handle, 0, true);
        if (faults.happens('doubled event')) messages.hide(message.handle, random.below(minuteMs), false);
        await (home === 'aws' ? renderOnAws(message) : renderOnBox(message));
      }
    });
  };

  const endDead = async (): Promise<void> => {
    for (let dead = messages.receiveDead(minuteMs); dead; dead = messages.receiveDead(minuteMs)) {
      const { body, handle } = dead;
      const ending = await inHost('dead letters', async (actor) => {
        const ports = world.portsFor(actor);
        const handler = deadLetterHandler(ports.log, (task) =>
          endDeadTask(home === 'aws' ? ports : { ...ports, steady }, task),
        );
        await handler({ Records: [{ body }] } as unknown as SQSEvent);
      });
      if (ending.end === 'done') messages.remove(handle);
    }
  };

  const choreOnBox = (chore: Chore, actor: Actor): Promise<unknown> => {
    const ports = world.portsFor(actor);
    if (chore === 'sweep') return sweep(ports, 10 * minuteMs);
    if (chore === 'purge') return purge(ports);
    return advanceJobs(ports, pace);
  };

  const chore = async (which: Exclude<Chore, 'audit'>): Promise<void> => {
    await inHost(which, (actor) => {
      if (home === 'box') return choreOnBox(which, actor);
      const ports = world.portsFor(actor);
      return choresHandler(ports, { pause: ports.pause, pace, tally: () => undefined })({ chore: which });
    });
  };

  const audit = async (letter: string): Promise<void> => {
    await inHost(`audit of ${letter}`, (actor) => auditStore(world.portsFor(actor), letter));
  };

  /** The reader of the stream: from the first event that was not sent. */
  const stream = { position: 0, parked: [] as ImageEvent[] };
  const publish = async (): Promise<void> => {
    while (stream.position < world.rows.events.length) {
      const from = stream.position;
      const batch = world.eventsFrom(from);
      const records = batch.map((event, at) => ({
        eventName: 'INSERT',
        dynamodb: { NewImage: { event: { S: JSON.stringify(event) } }, SequenceNumber: String(from + at) },
      }));
      const ending = await invoke('publish', (actor) =>
        publishHandler({
          ...world.portsFor(actor),
          publish: (events) =>
            call(actor, 'bus', `tell ${events.map(({ type, id }) => `${type} of ${id}`).join(', ')}`, () => {
              const published = faults.happens('refusing bus') ? random.below(events.length) : events.length;
              for (const event of events.slice(0, published)) model.told(event);
              return published < events.length ? { published, refused: 'for now' as const } : { published };
            }),
          park: async (event) => void stream.parked.push(event),
          tallyRefused: () => undefined,
        })({ Records: records } as unknown as DynamoDBStreamEvent),
      );
      const failed = ending.end === 'done' ? ending.result.batchItemFailures[0]?.itemIdentifier : String(from);
      stream.position = failed === undefined ? from + batch.length : Number(failed);
      if (failed !== undefined) return;
    }
  };

  /** The message for a stored original: S3 sends it to the queue; the one-box home adds it to its own. */
  const arrived = (ref: VersionRef): void => {
    if (faults.happens('lost event')) return;
    const key = originalKey(ref);
    const body =
      home === 'aws' ? { Records: [{ eventName: 'ObjectCreated:Put', s3: { object: { key } } }] } : { render: ref };
    const send = (): void => {
      const lateMs = faults.happens('late event') ? random.below(40 * minuteMs) : random.below(3000);
      messages.add(JSON.stringify(body), `render ${ref.id} v${ref.version}`, scheduler.now() + lateMs);
      world.wakeAt(scheduler.now() + lateMs + 1);
    };
    send();
    if (home === 'aws' && faults.happens('doubled event')) send();
  };

  /** A PUT, as S3 and `lib/local/originals.ts` accept it. Resolves to the status that the client sees. */
  const put = async (actor: Actor, url: string, bytes: Uint8Array): Promise<number> => {
    const { key, terms, expiresAt } = JSON.parse(url) as { key: string; terms: UploadTerms; expiresAt: number };
    const [, id = '', v = ''] = key.split('/');
    const ref = { id, version: Number(v.slice(1)) };
    const admitted = await call(actor, 'originals', `begin to PUT ${key}`, () => {
      if (expiresAt <= world.wall()) return 403;
      return world.originals.read(key) ? 412 : 200;
    });
    if (admitted !== 200) return admitted;
    if (faults.happens('broken upload')) return 0;
    await sleep(actor, faults.happens('slow upload') ? random.below(40) * minuteMs : random.below(20_000));
    return call(actor, 'originals', `PUT ${key}`, () => {
      if (bytes.length !== terms.bytes) return 403;
      if (terms.sha256 !== null && digestOf(bytes) !== terms.sha256) return 400;
      if (home === 'box' && world.rows.images.get(id)?.deletedAt !== null) return 403;
      if (!world.originals.create(key, bytes)) return 412;
      uploads++;
      arrived(ref);
      return faults.happens('lost answer of a PUT') ? 0 : 200;
    });
  };

  /** Asks until there is an answer: after trouble it asks again, and a refusal is an answer. */
  const ask = async <T>(
    client: Actor,
    name: string,
    step: (actor: Actor) => Promise<T>,
  ): Promise<T | 'refused' | 'gave up'> => {
    for (let tries = 0; tries < 12; tries++) {
      const ending = await inHost(name, step);
      if (ending.end === 'done') return ending.result;
      const { name: kind, code } = (ending.error ?? {}) as { name?: string; code?: string };
      if (kind === 'Refusal' && code !== 'unavailable') return 'refused';
      await sleep(client, random.between(2, 200) * 1000);
    }
    return 'gave up';
  };

  const upload = async (client: Actor, ticket: { upload: { url: string } }, bytes: Uint8Array): Promise<boolean> => {
    for (let tries = 0; tries < 5; tries++) {
      const status = await put(client, ticket.upload.url, bytes);
      scheduler.tell(client.name, `hears ${status}`);
      if (status === 200) return true;
      if (status !== 0) return status === 412;
      await sleep(client, random.between(1, 60) * 1000);
    }
    return false;
  };

  const look = async (client: Actor, id: string): Promise<void> => {
    const found = await ask(client, 'api', (actor) => findImage(world.portsFor(actor).catalogue, id));
    if (typeof found === 'string' || !found.visible) return;
    const { rendering, version } = found.visible;
    for (const { name, format } of rendering.variants) {
      const key = variantKey({ id, version, name, format });
      const bytes = await call(client, 'variants', `look at ${key}`, () => world.view(key));
      if (bytes) model.viewed(key, bytes);
    }
  };

  /** One client with one picture: its actions were drawn before, from its own seed. */
  const client = (number: number, plan: ClientPlan): Promise<unknown> =>
    spawn(`client ${number}`, {}, async (actor) => {
      await sleep(actor, plan.startsMs);
      const { bytes, declared } = plan;
      const claim = (what: string, expiresAt: number) =>
        plan.claims ? { key: `${number} ${what}`, fingerprint: what, expiresAt } : undefined;
      const later = () => scheduler.now() + 86_400_000;
      const first = await ask(actor, 'api', (api) => {
        const ports = world.portsFor(api);
        return requestUpload(ports, { ...declared, collection: plan.collection }, claim('first', later()));
      });
      if (typeof first === 'string') return;
      const { id } = first.version;
      scheduler.tell(actor.name, `has a ticket for ${id}`);
      if (plan.putsMs !== null) {
        await sleep(actor, plan.putsMs);
        await upload(actor, first, bytes);
      }
      for (const { afterMs, deed } of plan.deeds) {
        await sleep(actor, afterMs);
        if (deed === 'look') await look(actor, id);
        else if (deed === 'delete') {
          await ask(actor, 'api', (api) => removeImage(world.portsFor(api), id));
        } else if (deed === 'reprocess')
          await ask(actor, 'api', (api) => reprocessImage(world.portsFor(api), id, {}, claim('again', later())));
        else {
          const { bytes: next, declared: nextDeclared } = plan.next;
          const ticket = await ask(actor, 'api', (api) =>
            requestVersion(world.portsFor(api), id, nextDeclared, claim('next', later())),
          );
          if (deed === 'reprocess before the file') {
            await ask(actor, 'api', (api) => reprocessImage(world.portsFor(api), id, {}, claim('again', later())));
            await sleep(actor, 1000);
          }
          if (typeof ticket !== 'string') await upload(actor, ticket, next);
        }
      }
      await ask(actor, 'api', async (api) => {
        const found = await world.portsFor(api).catalogue.find(id);
        scheduler.tell(api.name, `finds ${found?.newest.status ?? 'nothing'}`);
      });
    });

  const isAtWork = (id: string): boolean => (world.jobs.jobs.get(id)?.underWay.length ?? 0) > 0;

  /** An operator who starts a job, and may pause, resume or cancel it. */
  const job = (number: number, { selection, dryRun, orders }: JobPlan): Promise<unknown> =>
    spawn(`operator ${number}`, {}, async (actor) => {
      const claim = { key: `job ${number}`, fingerprint: 'job', expiresAt: scheduler.now() + 86_400_000 };
      const started = await ask(actor, 'api', (api) => startJob(world.portsFor(api), { selection, dryRun }, claim));
      if (typeof started === 'string') return;
      world.promises.answered(started.id, started);
      for (const { afterMs, order, atWork } of orders) {
        for (let looks = 0; atWork && looks < 60 && !isAtWork(started.id); looks++) await sleep(actor, minuteMs / 4);
        await sleep(actor, afterMs);
        const steered = await ask(actor, 'api', (api) => steerJob(world.portsFor(api), started.id, order));
        scheduler.tell(actor.name, `hears ${typeof steered === 'string' ? steered : steered.status} after ${order}`);
        world.promises.answered(started.id, typeof steered === 'string' ? undefined : steered);
      }
    });

  return { worker, endDead, chore, audit, publish, client, job, stream, uploads: () => uploads };
};

export type JobPlan = {
  readonly selection: Selection;
  readonly dryRun: boolean;
  /** `atWork`: not before images of it are with the renderers. */
  readonly orders: readonly { readonly afterMs: number; readonly order: JobOrder; readonly atWork: boolean }[];
};

export const ordersFor = (random: Random): JobPlan['orders'] =>
  random
    .pick<readonly JobOrder[]>([[], ['pause'], ['cancel'], ['pause', 'resume'], ['pause', 'cancel']])
    .map((order) => ({
      order,
      afterMs: random.chance(0.7) ? random.below(5000) : random.below(40 * minuteMs),
      atWork: order !== 'resume' && random.chance(0.7),
    }));

type S3Record = { readonly s3: { readonly object: { readonly key: string } } };
type Declared = {
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256?: string;
  readonly preset: string;
};
type Picture = { readonly bytes: Uint8Array; readonly declared: Declared };

export const deeds = ['look', 'delete', 'reprocess', 'new version', 'reprocess before the file'] as const;
export type ClientPlan = Picture & {
  readonly startsMs: number;
  /** How long after its ticket it puts the file; null: never. */
  readonly putsMs: number | null;
  readonly collection: string | undefined;
  readonly claims: boolean;
  readonly deeds: readonly { readonly afterMs: number; readonly deed: (typeof deeds)[number] }[];
  readonly next: Picture;
};

const pictureFor = (random: Random, nature?: Nature): Picture => {
  const drawn = random.next();
  const likely: Nature =
    drawn < 0.8
      ? 'good'
      : drawn < 0.87
        ? 'bad'
        : drawn < 0.92
          ? 'flaky'
          : drawn < 0.95
            ? 'killer'
            : drawn < 0.97
              ? 'slow'
              : 'hungry';
  const kind = random.pick<Kind>(['photo', 'photo', 'graphic', 'transparent', 'animated']);
  const nonce = [random.below(256), random.below(256), random.below(256), random.below(256)];
  const bytes = pictureBytes(nature ?? likely, kind, random.below(6), nonce);
  const sha256 = random.chance(0.6) ? { sha256: digestOf(bytes) } : {};
  return { bytes, declared: { contentType: 'image/jpeg', bytes: bytes.length, preset: 'web', ...sha256 } };
};

/** All actions of a client. */
export const planFor = (random: Random, spanMs: number): ClientPlan => ({
  ...pictureFor(random),
  startsMs: random.below(spanMs),
  putsMs: random.chance(0.06) ? null : random.chance(0.1) ? random.below(16 * minuteMs) : random.below(5000),
  collection: random.pick(['birds', 'fish', undefined]),
  claims: random.chance(0.8),
  deeds: Array.from({ length: random.pick([0, 0, 1, 1, 2, 3]) }, () => ({
    afterMs: random.chance(0.3) ? random.below(5000) : random.below(30 * minuteMs),
    deed: random.pick<(typeof deeds)[number]>(['look', 'look', 'delete', 'reprocess', 'new version']),
  })),
  next: pictureFor(random),
});

/** The plan of a client without random choices, for the stories that try every crash point. */
export const plainPlan = (random: Random, deed: (typeof deeds)[number] | undefined): ClientPlan => ({
  ...pictureFor(random, 'good'),
  startsMs: 0,
  putsMs: 1000,
  collection: 'birds',
  claims: true,
  deeds: deed ? [{ afterMs: minuteMs, deed }] : [],
  next: pictureFor(random, 'good'),
});
