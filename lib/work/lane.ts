import { laneId, lanePauseMs } from '../core/bulk-job.ts';
import type { JobWorld } from '../pipeline/advance-job.ts';
import { advanceLane, type LaneRef } from '../pipeline/advance-lane.ts';
import type { Ports } from '../ports.ts';
import { inTurn } from './in-turn.ts';

type LaneWorld = JobWorld & Pick<Ports, 'turns'>;
type LaneOptions = {
  readonly pause: (ms: number) => Promise<void>;
  /** How many images of the lane may be with the renderers at a time. */
  readonly pace: number;
};

const runMs = 10 * 60_000;

/**
 * Works on one lane of a divided job, for as long as a function may run. True if the lane has nothing left to do now, or
 * another run holds it.
 */
export const runLaneWith =
  (world: LaneWorld, options: LaneOptions) =>
  async (lane: LaneRef): Promise<boolean> =>
    (await inTurn(world, laneId(lane.job, lane.part), () => runOut(world, options, lane))) ?? true;

/** Whether the lane has come to its end; false when the time is up. */
const runOut = async (world: LaneWorld, { pause, pace }: LaneOptions, lane: LaneRef): Promise<boolean> => {
  const { clock } = world;
  const until = clock.now() + runMs;
  while (await advanceLane(world, lane, pace)) {
    if (clock.now() >= until) return false;
    await pause(lanePauseMs);
  }
  return true;
};
