import type { Received, SqliteTaskQueue } from '../adapters/local/sqlite-task-queue.ts';
import type { VersionRef } from '../core/object-keys.ts';
import { type Trouble, Troubled } from '../core/trouble.ts';
import { forgiveAttempt, releaseAll, releaseAttempt } from '../pipeline/parts/release-attempt.ts';
import type { Ports, Renderer } from '../ports.ts';
import { hide, returnOf, workWith } from '../work/work.ts';
import { circuitBreaker, type Pauses } from './circuit-breaker.ts';
import type { Clocks } from './clocks.ts';
import { deathWatch } from './death-watch.ts';
import { fairShare } from './fair-share.ts';
import { type LastingOptions, lastingRenderer } from './lasting-renderer.ts';
import type { Metrics } from './metrics.ts';
import { ownTrouble } from './own-trouble.ts';
import { RendererGone, type RenderProcess } from './render-process.ts';
import { taskEnd } from './render-report.ts';

/**
 * Works on the tasks of the queue, and renders outside the host's process. Native code decodes untrusted bytes, so this
 * happens in a process that gets an original, sends files back, and has access to nothing else. A crash, a hang or too much
 * memory there does not affect the host. Each process renders one picture at a time. docs/decisions.md#step-in-host
 */
export type RenderWorkers = {
  /** Checks the queue now instead of at the next tick. */
  readonly wake: () => void;
  /** How many renderers run. */
  readonly alive: () => number;
  /** Waits for so long for renders under way; then ends the renderers. */
  readonly stop: (graceMs: number) => Promise<void>;
};

export type RenderWorkersNeeds = Pick<
  Ports,
  'catalogue' | 'originals' | 'variants' | 'jobs' | 'config' | 'recipeOf' | 'clock' | 'log'
> &
  // Leases and the queue are counted by its steady clock.
  Pick<Clocks, 'steady'> & { readonly queue: SqliteTaskQueue };

export type WorkerOptions = LastingOptions & {
  readonly count: number;
  /**
   * A renderer that has not answered by then is killed. It is long, because a renderer limits the processor time of a
   * picture itself: this limit is for a codec that hangs, or an overloaded machine.
   */
  readonly timeoutMs: number;
  readonly pollMs: number;
  /** In pixels of all frames: an animation of this size is large, and leaves a renderer to other pictures. */
  readonly largePixels?: number;
  /** How long all slots pause while the machine is in trouble. */
  readonly pauses?: Pauses;
  /** Counts what happens. */
  readonly watcher?: WorkerWatcher;
};
export type WorkerWatcher = Pick<Metrics, 'taskEnded' | 'rendered' | 'died' | 'workerStarted'>;

/** Some 5 seconds of processor time with the preset `web`. */
const largePixels = 20_000_000;
/** How long a large animation waits before it is tried again. */
const letPassMs = 1000;

/** Only a hint: if the database is in trouble, the next call to it reports that. */
const uploadWaits = (queue: SqliteTaskQueue): boolean => {
  try {
    return queue.hasUpload();
  } catch {
    return false;
  }
};

/** Short, because a machine that is in trouble again and again looks like this too. */
const ownPauseMs = (times: number): number => Math.min(5000 * 2 ** (times - 1), 60_000);

export const defaultPauses: Pauses = { firstMs: 250, longestMs: 5 * 60_000, lookAgainMs: 250 };

export const startRenderWorkers = (world: RenderWorkersNeeds, options: WorkerOptions): RenderWorkers => {
  const { queue, catalogue, clock, steady, log } = world;
  const leaseMs = options.timeoutMs + 60_000;
  let stopping = false;
  const naps = new Set<() => void>();
  const pauses = new Set<() => void>();
  const breaker = circuitBreaker(() => performance.now(), options.pauses ?? defaultPauses);
  const own = ownTrouble();
  const watch = deathWatch();
  const share = fairShare(options.count, options.largePixels ?? largePixels, () => uploadWaits(queue));

  const wake = (): void => {
    if (own.isOneSuspected()) {
      breaker.probeNow();
      for (const end of pauses) end();
    }
    for (const end of naps) end();
  };

  const nap = (ms: number, kind: 'idle' | 'pause'): Promise<void> =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        naps.delete(end);
        pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      if (kind === 'idle') naps.add(end);
      else pauses.add(end);
    });

  const pauseAfter = (error: unknown): number => {
    const pauseMs = breaker.failed();
    log.error('rendering pauses: the machine is in trouble', { error, pauseMs });
    return pauseMs;
  };

  /**
   * Writes that must not be lost, or an upload would be charged or lost. Repeated until they succeed or the host stops.
   */
  const insist = async (note: () => Promise<unknown>): Promise<void> => {
    for (let hasFailed = false; !stopping; ) {
      const waitMs = hasFailed ? breaker.waitMs() : 0;
      if (waitMs > 0) {
        await nap(waitMs, 'pause');
        continue;
      }
      try {
        await note();
        // It was the probe, if it had to wait.
        if (hasFailed) breaker.saidNothing();
        return;
      } catch (error) {
        hasFailed = true;
        pauseAfter(error);
      }
    }
  };

  const rendersIn = ({ task }: Received): readonly VersionRef[] => ('render' in task ? [task.render] : []);

  const release = (refs: readonly VersionRef[]): Promise<void> => {
    // While the trouble lasts the lease may end, and another slot may begin.
    const end = { died: false, leaseEndsBy: steady.now() + leaseMs };
    return insist(async () => {
      for (const ref of refs) await releaseAttempt({ catalogue, clock }, ref, end);
    });
  };

  /** Whether the picture or the machine caused the end of a renderer, and which earlier deaths do not count any more. */
  const blame = (message: Received, { begun, timedOut }: RendererGone): readonly [Trouble, readonly VersionRef[]] => {
    // The host ended it: the next host begins again.
    if (stopping || !begun) return ['renderers', []];
    const verdict = watch.died(message.id, rendersIn(message));
    if (verdict.blame === 'machine') return ['renderers', verdict.forgiven];
    return [timedOut ? 'render-time' : 'render-death', []];
  };

  /** Whether a renderer has answered or died while it worked on a message. */
  type Met = { answered: boolean; died: boolean; forgiven: readonly VersionRef[] };

  /** The renderer as the steps know it. What it meets is noted. */
  const rendererFor = (message: Received, slot: RenderProcess, met: Met): Renderer => ({
    recipe: world.recipeOf,
    render: async (original, order, deliver, takeOver = async () => false) => {
      const mayBegin = (weight: number) => share.begin(String(message.id), weight);
      try {
        const { result } = await slot.render(
          original,
          order,
          { deliver, takeOver },
          { timeoutMs: options.timeoutMs, mayBegin },
        );
        met.answered = true;
        if ('error' in result) throw result.error;
        return result.rendered;
      } catch (error) {
        if (!(error instanceof RendererGone)) throw error;
        const [trouble, forgiven] = blame(message, error);
        Object.assign(met, { died: true, forgiven });
        options.watcher?.died(trouble);
        const { receives, id: messageId } = message;
        log.error('a renderer died', { messageId, receives, rendering: error.begun, timedOut: error.timedOut });
        throw new Troubled(trouble, { cause: error, died: error.begun && !stopping });
      }
    },
  });

  /** After a standstill of this host a message may be visible again though a slot still works on it. */
  const underWay = new Set<number>();

  const workOn = async (message: Received, slot: RenderProcess): Promise<void> => {
    underWay.add(message.id);
    try {
      await workAlone(message, slot);
    } finally {
      underWay.delete(message.id);
    }
  };

  const workAlone = async (message: Received, slot: RenderProcess): Promise<void> => {
    const met: Met = { answered: false, died: false, forgiven: [] };
    const renderer = rendererFor(message, slot, met);
    const outcome = await workWith({ ...world, renderer }, { leaseMs })(message.task, message.receives);
    share.ended(String(message.id));
    if (outcome.end === 'put-back' && outcome.trouble === 'turn') return letPass(message);
    if (!met.died) options.watcher?.taskEnded(taskEnd(outcome));
    if (outcome.end === 'put-back') {
      // The attempt has been given back, unless the same trouble prevented that. After a standstill its lease is over.
      if (outcome.trouble !== 'standstill') await release(rendersIn(message));
      for (const ref of met.forgiven) await insist(() => forgiveAttempt({ catalogue, clock }, ref));
      const pauseMs = pauseFor(message, outcome.cause);
      return insist(() => queue.putBack(message.handle, pauseMs));
    }
    const back = returnOf(outcome, message.receives, steady.now());
    if (back) await insist(() => hide(queue, message.handle, back));
    if (met.answered) {
      breaker.succeeded();
      own.succeeded(message.id);
      watch.cameThrough();
    } else {
      breaker.saidNothing();
      if (!back) own.ended(message.id);
    }
    if (!back) await queue.remove(message.handle);
  };

  /** Pauses all slots, or only this task, so that another task is tried first where there is one, and tells more. */
  const pauseFor = ({ id: messageId }: Received, cause: unknown): number => {
    if (stopping) return 0;
    const alone = own.failed(messageId);
    const error = new Error('a task was put back', { cause });
    if (alone === 0) return pauseAfter(error);
    breaker.saidNothing();
    const pauseMs = ownPauseMs(alone);
    log.error('a picture waits: it is in trouble again, and others were not since', {
      messageId,
      error,
      pauseMs,
    });
    return pauseMs;
  };

  const letPass = async (message: Received): Promise<void> => {
    await queue.putBack(message.handle, letPassMs);
    breaker.saidNothing();
  };

  /** One picture at a time, with a renderer of its own. */
  const work = async (slot: RenderProcess): Promise<void> => {
    while (!stopping) {
      const waitMs = breaker.waitMs();
      if (waitMs > 0) {
        await nap(waitMs, 'pause');
        continue;
      }
      try {
        const message = await queue.receive(options.timeoutMs * 2);
        if (!message) {
          breaker.saidNothing();
          await nap(options.pollMs, 'idle');
        } else if (!underWay.has(message.id) && share.mayTry(String(message.id))) await workOn(message, slot);
        else await letPass(message);
      } catch (error) {
        if (!stopping) pauseAfter(error);
      }
    }
    slot.close();
  };

  // Only this host uses the data folder, so every held lease belongs to a renderer that is gone.
  const ready = insist(() => releaseAll({ catalogue, clock })).then(breaker.saidNothing);
  const slots = Array.from({ length: options.count }, () => lastingRenderer(options, log));
  const loops = slots.map((slot) => ready.then(() => work(slot)));

  return {
    wake,
    alive: () => slots.filter((slot) => slot.isAlive()).length,
    stop: async (graceMs) => {
      stopping = true;
      wake();
      for (const end of pauses) end();
      const killAll = () => {
        for (const slot of slots) slot.kill();
      };
      const killer = setTimeout(killAll, graceMs);
      await Promise.all(loops);
      clearTimeout(killer);
      killAll();
    },
  };
};
