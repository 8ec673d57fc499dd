import { mostFigureMinutes } from '../core/figures.ts';
import type { Clock, FigureSeries } from '../ports.ts';

/** What happened in the last hour, in short steps. Counters as `/metrics` has them say only what happened since the start. */
export type LastHour = {
  readonly ready: () => void;
  readonly failed: () => void;
  readonly rendered: (ms: number) => void;
  readonly answered: (ms: number) => void;
  /** So many tasks wait or are worked on now. */
  readonly waiting: (tasks: number) => void;
  /** `agoMs` is how long ago the last step ended that is over. */
  readonly series: (minutes: number) => { readonly agoMs: number; readonly series: FigureSeries };
};

export const figureStepMs = 10_000;
const stepsAMinute = 60_000 / figureStepMs;
const mostSteps = (mostFigureMinutes + 1) * stepsAMinute;

/** Upper bounds in milliseconds, each a fifth above the one before: from one to two minutes, and what is longer. */
const bounds = Array.from({ length: 65 }, (_, at) => 1.2 ** at);

type Step = {
  ready: number;
  failed: number;
  waiting: number | null;
  /** How many took no longer than each bound, and longer than the one before. Undefined until something is counted. */
  renders: Uint32Array | undefined;
  answers: Uint32Array | undefined;
};

/** Takes a clock that is never adjusted. A step in which nothing happened takes no memory. */
export const lastHour = (clock: Clock): LastHour => {
  const steps = new Map<number, Step>();
  const stepNow = (): number => Math.floor(clock.now() / figureStepMs);
  const first = stepNow();

  const current = (): Step => {
    const at = stepNow();
    const known = steps.get(at);
    if (known) return known;
    const made: Step = { ready: 0, failed: 0, waiting: null, renders: undefined, answers: undefined };
    steps.set(at, made);
    // In the order in which they were added, so the oldest come first.
    for (const old of steps.keys()) {
      if (old > at - mostSteps) break;
      steps.delete(old);
    }
    return made;
  };

  return {
    ready: () => void current().ready++,
    failed: () => void current().failed++,
    rendered: (ms) => {
      const step = current();
      step.renders = counted(step.renders, ms);
    },
    answered: (ms) => {
      const step = current();
      step.answers = counted(step.answers, ms);
    },
    waiting: (tasks) => {
      const step = current();
      step.waiting = Math.max(step.waiting ?? 0, tasks);
    },
    series: (minutes) => {
      const now = stepNow();
      const from = Math.max(first, now - minutes * stepsAMinute);
      const ends = Array.from({ length: Math.max(0, now - from) }, (_, at) => from + at);
      const minuteTo = (end: number): readonly Step[] =>
        Array.from({ length: stepsAMinute }, (_, ago) => steps.get(end - ago)).filter((step) => step !== undefined);
      const quantiles = (which: 'renders' | 'answers', share: number) =>
        ends.map((end) =>
          quantile(
            minuteTo(end).map((step) => step[which]),
            share,
          ),
        );
      return {
        agoMs: clock.now() - now * figureStepMs,
        series: {
          ready: ends.map((end) => minuteTo(end).reduce((sum, { ready }) => sum + ready, 0)),
          failed: ends.map((end) => minuteTo(end).reduce((sum, { failed }) => sum + failed, 0)),
          waiting: ends.map((end) => steps.get(end)?.waiting ?? null),
          renderMedianMs: quantiles('renders', 0.5),
          renderP95Ms: quantiles('renders', 0.95),
          answerP95Ms: quantiles('answers', 0.95),
        },
      };
    },
  };
};

const counted = (counts: Uint32Array | undefined, ms: number): Uint32Array => {
  const all = counts ?? new Uint32Array(bounds.length);
  const at = bounds.findIndex((bound) => ms <= bound);
  const place = at === -1 ? bounds.length - 1 : at;
  all[place] = (all[place] ?? 0) + 1;
  return all;
};

/** The time that a share of the counts stays below, interpolated between two bounds; null where nothing was counted. */
const quantile = (some: readonly (Uint32Array | undefined)[], share: number): number | null => {
  const sums = bounds.map((_, at) => some.reduce((sum, counts) => sum + (counts?.[at] ?? 0), 0));
  const rank = share * sums.reduce((sum, count) => sum + count, 0);
  if (rank === 0) return null;
  let below = 0;
  for (const [at, count] of sums.entries()) {
    if (count > 0 && below + count >= rank) {
      const [lower, upper] = [bounds[at - 1] ?? 0, bounds[at] ?? 0];
      return lower + ((upper - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return null;
};
