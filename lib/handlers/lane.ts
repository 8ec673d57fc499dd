import * as z from 'zod';
import type { LaneRef } from '../pipeline/advance-lane.ts';
import { runLaneWith } from '../work/lane.ts';

const order = z.object({ job: z.string().min(1), part: z.number().int().min(0) });

/**
 * `isHeld`: another run holds the lane, so the engine waits before it calls again. `isOver`: this run has nothing left to
 * do, which ends an execution that a release before began, and does not wait. Otherwise the engine calls at once.
 */
export type LaneReport = LaneRef & { readonly isHeld: boolean; readonly isOver: boolean };

/** What Step Functions sends, which runs all lanes of a job beside each other. */
export const laneHandler = (...needs: Parameters<typeof runLaneWith>) => {
  const runLane = runLaneWith(...needs);
  return async (event: unknown): Promise<LaneReport> => {
    const lane = order.parse(event);
    const end = await runLane(lane);
    return { ...lane, isHeld: end === 'held', isOver: end !== 'out of time' };
  };
};
