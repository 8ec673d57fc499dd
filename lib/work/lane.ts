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

/** `over`: the lane has nothing left to do now. `held`: another run holds it, which may have been killed. */
export type LaneEnd = 'over' | 'held' | 'out of time';

/** Works on one lane of a divided job, for as long as a function may run. */
export const runLaneWith =
  (world: LaneWorld, options: LaneOptions) =>
  async (lane: LaneRef): Promise<LaneEnd> =>
    (await inTurn(world, laneId(lane.job, lane.part), () => runOut(world, options, lane))) ?? 'held';

const runOut = async (world: LaneWorld, { pause, pace }: LaneOptions, lane: LaneRef): Promise<LaneEnd> => {
  const { clock } = world;
  const until = clock.now() + runMs;
  while (await advanceLane(world, lane, pace)) {
    if (clock.now() >= until) return 'out of time';
    await pause(lanePauseMs);
  }
  return 'over';
};
