import * as z from 'zod';
import type { LaneRef } from '../pipeline/advance-lane.ts';
import { runLaneWith } from '../work/lane.ts';

const order = z.object({ job: z.string().min(1), part: z.number().int().min(0) });

/** `isOver`: the lane has nothing left to do now, or another run holds it. Otherwise the engine calls again. */
export type LaneReport = LaneRef & { readonly isOver: boolean };

/** What Step Functions sends, which runs all lanes of a job beside each other. */
export const laneHandler = (...needs: Parameters<typeof runLaneWith>) => {
  const runLane = runLaneWith(...needs);
  return async (event: unknown): Promise<LaneReport> => {
    const lane = order.parse(event);
    return { ...lane, isOver: await runLane(lane) };
  };
};
