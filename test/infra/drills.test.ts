import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Drill, type DrillHands, drills } from '../../lib/adapters/aws/drills.ts';
import { metrics } from '../../lib/adapters/aws/metrics.ts';
import { endOfDrill, runDrills } from '../../lib/adapters/aws/run-drills.ts';
import { type Figures, type Series, stateOf } from './alarm-evaluator.ts';
import { synthesised } from './synthesised.ts';

const { template } = synthesised();
const everyId = Object.keys(template.toJSON().Resources).map((id) => id.replace(/[0-9A-F]{8}$/, ''));
const alarms = new Map(
  Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => [
    id.replace(/^ImagesMonitoring/, '').replace(/[0-9A-F]{8}$/, ''),
    Properties,
  ]),
);
const alarmOf = (name: string) => alarms.get(name) ?? {};

/** Six periods of the same. */
const always = (value: number | undefined): Series => Array.from({ length: 6 }, () => value);

/** A stack whose metrics follow from what is done to it, and whose alarms are evaluated as CloudWatch does. */
const fakeStack = () => {
  const done: string[] = [];
  const stopped = new Set<string>();
  const figures = new Map<string, number>();
  const signalled = new Set<string>();
  const queues = new Map<string, number>();
  const resource = (name: string): string => {
    expect(everyId.filter((id) => id === name)).toHaveLength(1);
    return name;
  };
  const start = async (name: string) => void stopped.delete(resource(name));
  const stop = async (name: string) => {
    done.push(`stop ${name}`);
    stopped.add(resource(name));
  };
  const hands: DrillHands = {
    has: (alarm) => alarms.has(alarm),
    isOn: async (alarm) =>
      signalled.has(alarm) || stateOf(alarmOf(alarm), shown(alarm), 'leaves the empty empty') === 'ALARM',
    threshold: async (alarm) => alarmOf(alarm).Threshold,
    signal: async (alarm) => void signalled.add(alarm),
    count: async (metric, value) => void figures.set(metric, value),
    call: async (name) => {
      resource(name);
      figures.set('Errors', 1);
    },
    stopReading: stop,
    stopRule: stop,
    readAgain: start,
    startRule: start,
    send: async (name, count) => {
      resource(name);
      queues.set(name, count);
      if (name === 'ImagesQueueDeadLetters') figures.set('Invocations', 1);
    },
  };
  const shown =
    (alarm: string): Figures =>
    (metric, { chore }) => {
      const isRead = {
        UntoldEvents: 'ImagesPublishMessages',
        OldestMessage: 'ImagesRenderMessages',
        QueueDepth: 'ImagesRenderMessages',
      };
      const mapping = isRead[alarm as keyof typeof isRead];
      const queue = alarm === 'UntoldEvents' ? 'ImagesEventsUntold' : 'ImagesQueue';
      const waits = mapping !== undefined && stopped.has(mapping) ? (queues.get(queue) ?? 0) : 0;
      if (metric === 'ApproximateNumberOfMessagesVisible') return always(waits);
      if (metric === 'ApproximateAgeOfOldestMessage') return always(waits > 0 ? 360 : 0);
      if (metric === metrics.choreDone) return always(stopped.has(`ImagesClock${chore}`) ? undefined : 1);
      return always(figures.get(metric));
    };
  return { hands, done, stopped };
};

let said: string[];
let stack: ReturnType<typeof fakeStack>;
beforeEach(() => {
  said = [];
  stack = fakeStack();
});
const run = (of: readonly Drill[], more: Partial<Parameters<typeof runDrills>[1]> = {}) =>
  runDrills(of, {
    hands: stack.hands,
    say: (line) => void said.push(line),
    minute: async () => undefined,
    isStopped: () => false,
    disturb: true,
    ...more,
  });

describe('The drills', () => {
  test('are one for each alarm of the stack', () => {
    expect(drills.map(({ alarm }) => alarm).sort()).toEqual([...alarms.keys()].sort());
  });

  test('raise every alarm, by the figures that it watches where that stops no answer, and leave nothing behind', async () => {
    for (const { alarm } of drills) expect([alarm, await stack.hands.isOn(alarm)]).toEqual([alarm, false]);
    expect(await run(drills)).toEqual({ quiet: [], leftOut: [] });
    for (const { alarm } of drills) expect(said.join('\n')).toContain(`${alarm}: ALARM after`);
    expect([...stack.stopped]).toEqual([]);
    const bySignal = drills.filter(({ does }) => does.startsWith('sets the alarm itself'));
    expect(bySignal.map(({ alarm }) => alarm)).toEqual(['StreamAge', 'ApiErrors', 'CdnErrors', 'Throttles']);
  });

  test('for which uploads wait come last, and only where that is asked for', async () => {
    const result = await run(drills, { disturb: false });
    const leftOut = ['OldestMessage', 'QueueDepth'];
    expect(result).toEqual({ quiet: [], leftOut: expect.arrayContaining(leftOut) });
    expect(result.leftOut).toHaveLength(2);
    expect(endOfDrill(result)).toEqual({ text: expect.stringContaining('Try them with --disturb.'), code: 2 });
    expect(stack.done).not.toContain('stop ImagesRenderMessages');
    expect(said).toContain('QueueDepth: left out, because uploads would wait (--disturb)');
    stack = fakeStack();
    await run(drills);
    expect(stack.done.slice(-2)).toEqual(['stop ImagesRenderMessages', 'stop ImagesRenderMessages']);
  });

  test('can be chosen by their alarms; another name is refused before anything is done', async () => {
    expect(await run(drills, { only: ['Clocksweep'] })).toEqual({ quiet: [], leftOut: [] });
    expect(stack.done).toEqual(['stop ImagesClocksweep']);
    await expect(run(drills, { only: ['Clocksweep', 'Sweep'] })).rejects.toThrow('There is no alarm Sweep.');
    expect(stack.done).toHaveLength(1);
  });
});

test('A drill ends with 0 only if no alarm stayed quiet and none was left out', () => {
  expect(endOfDrill({ quiet: [], leftOut: [] }).code).toBe(0);
  expect(endOfDrill({ quiet: [], leftOut: ['QueueDepth'] }).code).toBe(2);
  const both = endOfDrill({ quiet: ['AuditHeld'], leftOut: ['QueueDepth'] });
  expect(both).toEqual({ text: expect.stringMatching(/AuditHeld.*QueueDepth/), code: 1 });
});

describe('A drill', () => {
  const sweep = drills.filter(({ alarm }) => alarm === 'Clocksweep');

  test('does nothing about an alarm that is on already, and says so', async () => {
    expect(await run(sweep, { hands: { ...stack.hands, isOn: async () => true } })).toEqual({
      quiet: ['Clocksweep'],
      leftOut: [],
    });
    expect(stack.done).toEqual([]);
    expect(said).toEqual(['Clocksweep: is on already, and not for a drill']);
  });

  test('of an alarm that stays quiet is undone when its time is over, and is named', async () => {
    let minutes = 0;
    const hands = { ...stack.hands, isOn: async () => false };
    const minute = async () => void minutes++;
    expect(await run(sweep, { hands, minute })).toEqual({ quiet: ['Clocksweep'], leftOut: [] });
    expect(minutes).toBe(66);
    expect([...stack.stopped]).toEqual([]);
    expect(said.at(-2)).toBe('Clocksweep: still quiet after 65 minutes');
  });

  test('that is stopped by a person, or fails, is undone', async () => {
    const isOn = async () => false;
    expect(await run(sweep, { hands: { ...stack.hands, isOn }, isStopped: () => true })).toEqual({
      quiet: ['Clocksweep'],
      leftOut: [],
    });
    expect(said.slice(-2)).toEqual(['Clocksweep: stopped', 'Clocksweep: undone']);
    const untold = drills.filter(({ alarm }) => alarm === 'UntoldEvents');
    const send = () => Promise.reject(new Error('no queue'));
    expect(await run(untold, { hands: { ...stack.hands, send } })).toEqual({ quiet: ['UntoldEvents'], leftOut: [] });
    expect(said.slice(-2)).toEqual(['UntoldEvents: Error: no queue', 'UntoldEvents: undone']);
    expect([...stack.stopped]).toEqual([]);
  });

  test('that cannot be undone says so', async () => {
    const startRule = () => Promise.reject(new Error('no rights'));
    await run(sweep, { hands: { ...stack.hands, startRule } });
    expect(said.at(-1)).toBe('Clocksweep: COULD NOT BE UNDONE: Error: no rights');
  });
});
