import * as z from 'zod';
import { laneId, lanePauseMs } from '../core/bulk-job.ts';
import type { JobWorld } from '../pipeline/advance-job.ts';
import { advanceLane, type LaneRef } from '../pipeline/advance-lane.ts';
import type { Ports } from '../ports.ts';
import { inTurn } from './in-turn.ts';

type World = JobWorld & Pick<Ports, 'turns'>;
type LaneOptions = {
  readonly pause: (ms: number) => Promise<void>;
  /** How many images of the lane may be with the renderers at a time. */
  readonly pace: number;
};

const order = z.object({ job: z.string().min(1), part: z.number().int().min(0) });

/** `isOver`: the lane has nothing left to do now, or another run holds it. Otherwise the engine calls again. */
export type LaneReport = LaneRef & { readonly isOver: boolean };

const runMs = 10 * 60_000;

/** Works on one lane of a divided job, for as long as a function may run. Step Functions runs all lanes of a job beside each other. */
export const laneHandler =
  (world: World, options: LaneOptions) =>
  async (event: unknown): Promise<LaneReport> => {
    const lane = order.parse(event);
    const isOver = await inTurn(world, laneId(lane.job, lane.part), () => runOut(world, options, lane));
    return { ...lane, isOver: isOver ?? true };
  };

/** Whether the lane has come to its end; false when the time is up. */
const runOut = async (world: World, { pause, pace }: LaneOptions, lane: LaneRef): Promise<boolean> => {
  const { clock } = world;
  const until = clock.now() + runMs;
  while (await advanceLane(world, lane, pace)) {
    if (clock.now() >= until) return false;
    await pause(lanePauseMs);
  }
  return true;
};
