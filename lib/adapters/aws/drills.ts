import { metrics } from './metrics.ts';

/** What a drill may do to a stack. Resources are called by their logical id without its digest, alarms as in docs/aws.md. */
export type DrillHands = {
  has(alarm: string): boolean;
  isOn(alarm: string): Promise<boolean>;
  threshold(alarm: string): Promise<number>;
  /** Sets the alarm itself; CloudWatch sets it back at its next look. */
  signal(alarm: string): Promise<void>;
  /** Adds values to a metric of the deployment. */
  count(metric: string, value: number, times?: number): Promise<void>;
  call(lambda: string, payload: unknown): Promise<void>;
  /** Rejects if the function does not read its queue anyway; then `readAgain` leaves that as it is. */
  stopReading(mapping: string): Promise<void>;
  readAgain(mapping: string): Promise<void>;
  /** The same for a rule of the clock. */
  stopRule(rule: string): Promise<void>;
  startRule(rule: string): Promise<void>;
  /** Sends messages that every function drops. */
  send(queue: string, count: number): Promise<void>;
};

export type Drill = {
  readonly alarm: string;
  /** What it does, for people. */
  readonly does: string;
  /** How long the alarm may take. */
  readonly withinMinutes: number;
  /** Uploads wait meanwhile, so it is done only where that is asked for. */
  readonly disturbs?: true;
  /** Once, at the start. */
  readonly cause?: (hands: DrillHands) => Promise<void>;
  /** At the start, and each minute until the alarm is on. */
  readonly keepUp?: (hands: DrillHands) => Promise<void>;
  /** Also when the cause failed halfway. */
  readonly undo?: (hands: DrillHands) => Promise<void>;
};

const figure = (alarm: string, metric: string, does: string, withinMinutes: number, value = 1, times = 1): Drill => ({
  alarm,
  does: `counts ${does}`,
  withinMinutes,
  keepUp: (hands) => hands.count(metric, value, times),
});

const clock = (chore: string, withinMinutes: number): Drill => ({
  alarm: `Clock${chore}`,
  does: `stops the rule Clock-${chore}`,
  withinMinutes,
  cause: (hands) => hands.stopRule(`ImagesClock${chore}`),
  undo: (hands) => hands.startRule(`ImagesClock${chore}`),
});

/** Uploads wait while no function reads their queue; the messages are dropped when it is read again. */
const waiting = (alarm: 'OldestMessage' | 'QueueDepth', does: string): Drill => ({
  alarm,
  does: `stops reading the queue, and puts ${does}`,
  withinMinutes: 15,
  disturbs: true,
  cause: async (hands) => {
    await hands.stopReading('ImagesRenderMessages');
    await hands.send('ImagesQueue', alarm === 'QueueDepth' ? (await hands.threshold(alarm)) + 1 : 1);
  },
  undo: (hands) => hands.readAgain('ImagesRenderMessages'),
});

const signalled = (alarm: string, why: string): Drill => ({
  alarm,
  does: `sets the alarm itself, because ${why}`,
  withinMinutes: 2,
  cause: (hands) => hands.signal(alarm),
});

/** One for each alarm of the stack. */
export const drills: readonly Drill[] = [
  {
    alarm: 'DeadLetters',
    does: 'puts a message that no function knows into the dead letters',
    withinMinutes: 15,
    cause: (hands) => hands.send('ImagesQueueDeadLetters', 1),
  },
  figure('EventsRefused', metrics.eventsRefused, 'an event as refused, each minute', 10),
  signalled('StreamAge', 'events would have to wait for ten minutes'),
  {
    alarm: 'UntoldEvents',
    does: 'stops reading the queue Untold, and puts a message into it that is dropped',
    withinMinutes: 20,
    cause: async (hands) => {
      await hands.stopReading('ImagesPublishMessages');
      await hands.send('ImagesEventsUntold', 1);
    },
    undo: (hands) => hands.readAgain('ImagesPublishMessages'),
  },
  waiting('OldestMessage', 'a message into it that no function knows'),
  waiting('QueueDepth', 'more messages into it than the alarm allows'),
  {
    alarm: 'OldestVersion',
    does: 'counts a version that has not moved for longer than the alarm allows',
    withinMinutes: 35,
    keepUp: async (hands) => hands.count(metrics.oldestUnfinishedSeconds, (await hands.threshold('OldestVersion')) + 1),
  },
  figure('FailureRate', metrics.failed, 'a thousand failed versions, each minute', 20, 1, 1000),
  figure('RenderTime', metrics.renderMs, 'a thousand renders of 20 seconds, each minute', 25, 20_000, 1000),
  signalled('ApiErrors', 'the API would have to fail'),
  signalled('CdnErrors', 'the CDN would have to fail'),
  {
    alarm: 'FunctionErrors',
    does: 'calls the function publish with something that is no event',
    withinMinutes: 15,
    keepUp: (hands) => hands.call('ImagesPublishFunction', {}),
  },
  signalled('Throttles', 'functions would have to find no place'),
  figure('AuditHeld', metrics.auditHeld, 'an image that an audit left alone', 10),
  clock('sweep', 65),
  clock('audit', 65),
  clock('jobs', 25),
  clock('purge', 25),
];
