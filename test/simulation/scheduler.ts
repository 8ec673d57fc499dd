import type { Instant } from '../../lib/core/image.ts';
import type { FaultKind, Faults } from './faults.ts';
import type { Random } from './random.ts';

/** A process of the story: a function invocation, a worker, a client. Each of its calls is a step of the story. */
export type Actor = {
  readonly name: string;
  /** Whether faults may happen to its calls. */
  readonly mortal: boolean;
  /** How wrong its clock is. */
  readonly skewMs: number;
  alive: boolean;
  /** How long it has paused. */
  frozenMs: number;
  /** How many of its calls got no answer, or a bad one. */
  troubles: number;
  /** Is called when it begins to pause. */
  froze: () => void;
  readonly died: () => void;
};

export type Ending<T> =
  | { readonly end: 'done'; readonly result: T }
  | { readonly end: 'crashed' | 'error'; readonly error?: unknown };

/** The fault of one call, for the runs that try every crash point: the number of the call, and what happens there. */
export type Point = { readonly at: number; readonly fault: PointFault };
export const pointFaults = ['crash before a call', 'crash after a call', 'lost answer', 'frozen process'] as const;
export type PointFault = (typeof pointFaults)[number];

type Pending = {
  readonly at: Instant;
  readonly order: number;
  readonly actor: Actor;
  readonly what: string;
  readonly run: () => void;
};

/** A call that waits for its turn. */
type Waiting<T> = {
  readonly actor: Actor;
  readonly service: Service;
  readonly what: string;
  readonly effect: () => T;
  readonly resolve: (result: T) => void;
  readonly reject: (error: unknown) => void;
};

/** `renderer` stands for the work of a renderer's own process, which can only die or pause. */
export type Service =
  | 'catalogue'
  | 'originals'
  | 'variants'
  | 'queue'
  | 'edge'
  | 'bus'
  | 'jobs'
  | 'tickets'
  | 'renderer';

export type Scheduler = {
  readonly now: () => Instant;
  /** One call to the world: it waits a while, and then happens at one instant, unless a fault happens. */
  readonly call: <T>(actor: Actor, service: Service, what: string, effect: () => T) => Promise<T>;
  readonly sleep: (actor: Actor, ms: number) => Promise<void>;
  readonly spawn: <T>(name: string, options: ActorOptions, work: (actor: Actor) => Promise<T>) => Promise<Ending<T>>;
  readonly kill: (actor: Actor) => void;
  /** Does something at an instant, without an actor. */
  readonly at: (instant: Instant, deed: () => void) => void;
  /** Steps until no work is left before the instant. */
  readonly runUntil: (end: () => boolean) => Promise<void>;
  readonly tell: (who: string, what: string) => void;
  readonly steps: () => number;
  /** How many calls of mortal actors there were. */
  readonly points: () => number;
  /** A fingerprint of everything that happened, in its order. */
  readonly digest: () => string;
};
export type ActorOptions = { readonly mortal?: boolean; readonly skewMs?: number };

/** The errors of the real services, by which the code finds the kind of trouble. */
export const troubles = {
  throttled: () => Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }),
  unreachable: () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  full: () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }),
};

const callFaults: readonly FaultKind[] = [
  'crash before a call',
  'crash after a call',
  'lost answer',
  'throttle',
  'frozen process',
  'outage',
  'full disk',
];
const processFaults: readonly FaultKind[] = ['crash before a call', 'crash after a call', 'frozen process'];
const minuteMs = 60_000;
/** Many times as long as any story that ends. */
const mostSteps = 40_000;
const writing = /put|send|move|add|remove|note|save|report|create/;

/**
 * A cooperative scheduler: every call of every actor waits in one queue, ordered by simulated time, and the seed decides
 * how long each takes. Between two steps the actor that got its answer runs until its next call. Nothing else decides
 * the order, so the same seed gives the same story.
 */
export const scheduler = (
  start: Instant,
  random: Random,
  faults: Faults,
  options: { readonly point?: Point | undefined; readonly tell?: ((line: string) => void) | undefined },
): Scheduler => {
  const { point } = options;
  let time = start;
  let order = 0;
  let steps = 0;
  let points = 0;
  let hash = 0x811c9dc5;
  const heap: Pending[] = [];
  const outages = new Map<Service, Instant>();
  let fullUntil = 0;
  let broken: Violation | undefined;

  const mix = (text: string): void => {
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  };

  const note = (who: string, what: string): void => {
    mix(who);
    mix(what);
    options.tell?.(`${stamp(time - start)}  ${who}: ${what}`);
  };

  const kill = (actor: Actor): void => {
    if (!actor.alive) return;
    actor.alive = false;
    actor.died();
  };

  const faultOf = (actor: Actor, service: Service): FaultKind | undefined => {
    if (!actor.mortal) return undefined;
    const kinds = service === 'renderer' ? processFaults : callFaults;
    if (point) return point.at === points++ && kinds.includes(point.fault) ? point.fault : undefined;
    points++;
    return faults.happensToCall(kinds);
  };

  const refusalOf = (service: Service, what: string, fault: FaultKind | undefined): Error | undefined => {
    if (fault === 'throttle' || (outages.get(service) ?? 0) > time) return troubles.throttled();
    const isFull = fullUntil > time && service !== 'edge' && service !== 'bus';
    return isFull && writing.test(what) ? troubles.full() : undefined;
  };

  const make = <T>({ actor, effect, resolve, reject }: Waiting<T>, fault: FaultKind | undefined): void => {
    const freezeMs = fault === 'frozen process' ? (2 + random.below(30)) * minuteMs : 0;
    actor.frozenMs += freezeMs;
    if (freezeMs > 0) actor.froze();
    try {
      const result = effect();
      if (fault === 'crash after a call') kill(actor);
      else if (fault === 'lost answer') reject(troubles.unreachable());
      else if (freezeMs === 0) resolve(result);
      else push(heap, { at: time + freezeMs, order: order++, actor, what: 'goes on', run: () => resolve(result) });
    } catch (error) {
      if (error instanceof Violation) throw error;
      reject(error);
    }
  };

  const attempt = <T>(waiting: Waiting<T>): void => {
    const { actor, service, what } = waiting;
    const fault = faultOf(actor, service);
    if (fault) note(actor.name, `${what}: ${fault}`);
    if (fault === 'outage') outages.set(service, time + (1 + random.below(20)) * minuteMs);
    if (fault === 'full disk') fullUntil = time + (1 + random.below(20)) * minuteMs;
    const refusal = actor.mortal && fault !== 'crash before a call' ? refusalOf(service, what, fault) : undefined;
    if (refusal || fault === 'lost answer') actor.troubles++;
    if (fault === 'crash before a call') kill(actor);
    else if (refusal) waiting.reject(refusal);
    else make(waiting, fault);
  };

  const call = <T>(actor: Actor, service: Service, what: string, effect: () => T): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const run = (): void => attempt({ actor, service, what, effect, resolve, reject });
      push(heap, { at: time + latency(random), order: order++, actor, what, run });
    });

  const sleep = (actor: Actor, ms: number): Promise<void> =>
    new Promise((resolve) => {
      push(heap, { at: time + Math.max(0, ms), order: order++, actor, what: '', run: resolve });
    });

  const spawn = <T>(name: string, { mortal = false, skewMs = 0 }: ActorOptions, work: (actor: Actor) => Promise<T>) =>
    new Promise<Ending<T>>((resolve) => {
      const actor: Actor = { name, mortal, skewMs, ...unharmed(), died: () => resolve({ end: 'crashed' }) };
      const done = (ending: Ending<T>): void => {
        if (!actor.alive) return;
        actor.alive = false;
        resolve(ending);
      };
      work(actor).then(
        (result) => done({ end: 'done', result }),
        (error) => {
          if (actor.alive && !isExpected(error)) broken ??= asViolation(name, error);
          done({ end: 'error', error });
        },
      );
    });

  const runUntil = async (end: () => boolean): Promise<void> => {
    while (!end()) {
      const next = pop(heap);
      if (!next) return;
      if (next.at > time) time = next.at;
      if (!next.actor.alive) continue;
      steps++;
      if (steps > mostSteps) throw new Violation('everything settles', `the story goes on after ${mostSteps} steps`);
      if (next.what !== '') note(next.actor.name, next.what);
      hash = Math.imul(hash ^ time, 0x01000193);
      next.run();
      await quiet();
      if (broken) throw broken;
    }
  };

  const nature: Actor = { name: '', mortal: false, skewMs: 0, ...unharmed(), died: () => undefined };
  const at = (instant: Instant, deed: () => void): void =>
    push(heap, { at: Math.max(time, instant), order: order++, actor: nature, what: '', run: deed });

  return {
    now: () => time,
    at,
    call,
    sleep,
    spawn,
    kill,
    runUntil,
    tell: note,
    steps: () => steps,
    points: () => points,
    digest: () => (hash >>> 0).toString(16).padStart(8, '0'),
  };
};

/** Resolves when no promise has anything left to do: Node runs a tick only when all microtasks are done. */
const quiet = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

const unharmed = () => ({ alive: true, frozenMs: 0, troubles: 0, froze: () => undefined });

/** A promise to clients is broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

/** Trouble that the simulated world made; any other error of a step is a fault of the step. */
const isExpected = (error: unknown): boolean => {
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  return name === 'ThrottlingException' || code === 'ECONNRESET' || code === 'ENOSPC' || name === 'Refusal';
};

const asViolation = (who: string, error: unknown): Violation =>
  error instanceof Violation ? error : new Violation('no step breaks', `${who} met ${String(error)}`);

/** Mostly some milliseconds, at times a second. */
const latency = (random: Random): number => {
  const drawn = random.next();
  return 1 + Math.floor(drawn * drawn * drawn * drawn * 1000);
};

const stamp = (ms: number): string => {
  const pad = (value: number, length = 2) => String(Math.floor(value)).padStart(length, '0');
  const days = ms >= 86_400_000 ? `${Math.floor(ms / 86_400_000)}d ` : '';
  return `${days}${pad((ms / 3_600_000) % 24)}:${pad((ms / 60_000) % 60)}:${pad((ms / 1000) % 60)}.${pad(ms % 1000, 3)}`;
};

const isBefore = (a: Pending, b: Pending): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

const push = (heap: Pending[], one: Pending): void => {
  let at = heap.length;
  heap.push(one);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (!above || !isBefore(one, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = one;
};

const pop = (heap: Pending[]): Pending | undefined => {
  const first = heap[0];
  const last = heap.pop();
  if (!first || !last || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    const right = heap[child + 1];
    let below = heap[child];
    if (right && below && isBefore(right, below)) {
      child++;
      below = right;
    }
    if (!below || !isBefore(below, last)) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = last;
  return first;
};
