import * as z from 'zod';
import { laneId, lanePauseMs } from '../core/bulk-job.ts';
import type { JobWorld } from '../pipeline/advance-job.ts';
import { advanceLane, type LaneRef } from '../pipeline/advance-lane.ts';
import type { Log, Turns } from '../ports.ts';

type World = JobWorld & {
  readonly log: Log;
  readonly turns: Turns;
  readonly pause: (ms: number) => Promise<void>;
  /** How many images of the lane may be with the renderers at a time. */
  readonly pace: number;
};

const order = z.object({ job: z.string().min(1), part: z.number().int().min(0) });

/** `isOver`: the lane has nothing left to do now, or another run holds it. Otherwise the engine calls again. */
export type LaneReport = LaneRef & { readonly isOver: boolean };

const minuteMs = 60_000;
const runMs = 10 * minuteMs;
/** A little longer than the function may run, so that the lease of a killed run ends. */
const turnMs = 15 * minuteMs;

/** Works on one lane of a divided job, for as long as a function may run. Step Functions runs all lanes of a job beside each other. */
export const laneHandler =
  (world: World) =>
  async (event: unknown): Promise<LaneReport> => {
    const { turns, clock, pause, pace } = world;
    const lane = order.parse(event);
    const turn = laneId(lane.job, lane.part);
    const now = clock.now();
    const until = now + turnMs;
    if (!(await turns.take(turn, now, until))) return { ...lane, isOver: true };
    try {
      while (await advanceLane(world, lane, pace)) {
        if (clock.now() >= now + runMs) return { ...lane, isOver: false };
        await pause(lanePauseMs);
      }
      return { ...lane, isOver: true };
    } finally {
      await turns.giveBack(turn, until);
    }
  };
