import type { IncomingMessage, ServerResponse } from 'node:http';

export type LeastPace = {
  /** How long a body or an answer may make no progress. */
  readonly idleMs: number;
  /** How fast a body or an answer has to move on average, once it has had the time of standing still. */
  readonly minBytesPerSecond: number;
};

/** How a request and its answer move, as far as that depends on the other side. */
export type Pace = {
  /** To be asked again and again; what happened in between counts. */
  readonly isTooSlow: (nowMs: number, least: LeastPace) => boolean;
};

type Sending = Pick<IncomingMessage, 'complete'> & { readonly socket: Pick<IncomingMessage['socket'], 'bytesRead'> };
type Answering = Pick<ServerResponse, 'headersSent' | 'writableFinished'> & {
  readonly socket: Pick<NonNullable<ServerResponse['socket']>, 'bytesWritten' | 'writableLength'> | null;
};

export const paceOf = (request: Sending, response: Answering): Pace => {
  let phase: Phase | undefined;
  return {
    isTooSlow: (now, { idleMs, minBytesPerSecond }) => {
      const of = phaseOf(request, response);
      const moved = of === 'sending' ? request.socket.bytesRead : takenBy(response);
      // Our own working time does not count.
      if (of === undefined) phase = undefined;
      else if (phase?.of !== of) phase = { of, began: now, from: moved, moved, movedAt: now };
      else if (moved > phase.moved) phase = { ...phase, moved, movedAt: now };
      if (!phase) return false;
      const seconds = (now - phase.began - idleMs) / 1000;
      return now - phase.movedAt >= idleMs || phase.moved - phase.from < seconds * minBytesPerSecond;
    },
  };
};

type Phase = {
  readonly of: 'sending' | 'answering';
  readonly began: number;
  readonly from: number;
  readonly moved: number;
  readonly movedAt: number;
};

const phaseOf = (request: Sending, response: Answering): Phase['of'] | undefined => {
  // Until the answers before it on its connection have been sent, it has none itself, and does not stand still.
  if (response.headersSent && !response.writableFinished) return response.socket ? 'answering' : undefined;
  return request.complete ? undefined : 'sending';
};

/** Bytes that the system has taken over for the other side; the rest waits in our memory. */
const takenBy = ({ socket }: Answering): number => (socket ? socket.bytesWritten - socket.writableLength : 0);
