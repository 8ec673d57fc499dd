import { describe, expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { metrics } from '../../lib/adapters/aws/metrics.ts';
import { calculate, type Figures, type Series, type State, stateOf } from './alarm-evaluator.ts';
import { resources, synthesised } from './synthesised.ts';

type Metric = { readonly Namespace: string; readonly MetricName: string; readonly Dimensions: readonly unknown[] };
/** Of an alarm on one metric, or on an expression over several. */
type AlarmProperties = Metric & {
  readonly AlarmDescription: string;
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: Metric } }[];
};

const usual = synthesised();
const alarms = new Map(
  Object.entries(usual.template.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => [
    /Monitoring(.+)[0-9A-F]{8}$/.exec(id)?.[1] ?? id,
    Properties,
  ]),
);
const alarm = (name: string) => {
  const found = alarms.get(name);
  if (!found) throw new Error(`There is no alarm ${name}, only ${[...alarms.keys()].join(', ')}`);
  return found;
};

/** Six periods in which these metrics show these values, and all others nothing. */
const nothing: Series = Array.from({ length: 6 }, () => undefined);
const always = (value: number): Series => nothing.map(() => value);
const last = (...values: (number | undefined)[]): Series => [...nothing, ...values].slice(-6);
const figures =
  (shown: Readonly<Record<string, Series>>): Figures =>
  (metric) =>
    shown[metric] ?? nothing;

const waiting = 'ApproximateNumberOfMessagesVisible';
const hidden = 'ApproximateNumberOfMessagesNotVisible';
const oldestAllowed = config.ticketSeconds + 2 * 3600;

const cases: readonly (readonly [name: string, what: string, shown: Record<string, Series>, state: State])[] = [
  ['FailureRate', 'all fail, and nothing has ever become ready', { Failed: always(3) }, 'ALARM'],
  ['FailureRate', 'all fail', { Failed: always(3), Ready: always(0) }, 'ALARM'],
  ['FailureRate', 'half fail', { Failed: always(3), Ready: always(3) }, 'ALARM'],
  ['FailureRate', 'one in a hundred fails', { Failed: always(1), Ready: always(99) }, 'OK'],
  ['FailureRate', 'none fails, and none has ever failed', { Ready: always(3) }, 'OK'],
  ['FailureRate', 'there are no uploads', {}, 'OK'],
  ['RenderTime', 'renders are slow', { RenderMs: always(15_001) }, 'ALARM'],
  ['RenderTime', 'renders were slow for two periods', { RenderMs: last(1000, 16_000, 16_000) }, 'OK'],
  ['RenderTime', 'there are no uploads', {}, 'OK'],
  ['DeadLetters', 'a message waits', { [waiting]: last(1) }, 'ALARM'],
  ['DeadLetters', 'a message was handled at once', { Invocations: last(1) }, 'ALARM'],
  ['DeadLetters', 'there is none', { [waiting]: always(0) }, 'OK'],
  ['DeadLetters', 'the queue has slept for long', {}, 'OK'],
  ['EventsRefused', 'the bus takes nothing', { EventsRefused: always(10) }, 'ALARM'],
  [
    'EventsRefused',
    'the bus takes nothing, and is asked every other minute',
    { EventsRefused: [9, undefined, 9, undefined, 9, undefined] },
    'OK',
  ],
  [
    'EventsRefused',
    'the bus took nothing in three of five minutes',
    { EventsRefused: last(9, undefined, 9, undefined, 9) },
    'ALARM',
  ],
  ['EventsRefused', 'the bus was busy for a moment', { EventsRefused: last(2) }, 'OK'],
  ['EventsRefused', 'the bus takes everything', {}, 'OK'],
  ['StreamAge', 'the publisher has been stuck for eleven minutes', { IteratorAge: last(660_000) }, 'ALARM'],
  ['StreamAge', 'events are told at once', { IteratorAge: always(200) }, 'OK'],
  ['StreamAge', 'nothing happens', {}, 'OK'],
  ['UntoldEvents', 'an event waits', { [waiting]: last(1), [hidden]: last(0) }, 'ALARM'],
  ['UntoldEvents', 'an event is being told again', { [waiting]: last(0), [hidden]: last(1) }, 'ALARM'],
  ['UntoldEvents', 'none waits', { [waiting]: always(0), [hidden]: always(0) }, 'OK'],
  ['UntoldEvents', 'the queue has slept for long', {}, 'OK'],
  ['OldestMessage', 'an upload has waited for six minutes', { ApproximateAgeOfOldestMessage: last(360) }, 'ALARM'],
  ['OldestMessage', 'uploads are taken at once', { ApproximateAgeOfOldestMessage: always(2) }, 'OK'],
  ['OldestMessage', 'no uploads', {}, 'OK'],
  ['QueueDepth', 'more than twenty uploads a renderer wait', { [waiting]: always(101) }, 'ALARM'],
  ['QueueDepth', 'they waited, but not for five minutes', { [waiting]: last(101, 101, 101, 101, 3) }, 'OK'],
  ['QueueDepth', 'no uploads', {}, 'OK'],
  ['OldestVersion', 'a version has not moved for hours', { OldestUnfinishedSeconds: last(oldestAllowed + 1) }, 'ALARM'],
  ['OldestVersion', 'a ticket is not used', { OldestUnfinishedSeconds: last(config.ticketSeconds) }, 'OK'],
  ['OldestVersion', 'the sweep says nothing, which is another alarm', {}, 'OK'],
  ['ApiErrors', 'the API answers with a 5xx', { '5xx': last(1) }, 'ALARM'],
  ['ApiErrors', 'it answers with none', { '5xx': always(0) }, 'OK'],
  ['ApiErrors', 'no requests', {}, 'OK'],
  ['CdnErrors', 'every answer of the CDN is a 5xx', { '5xxErrorRate': always(100) }, 'ALARM'],
  ['CdnErrors', 'half of them are', { '5xxErrorRate': always(50) }, 'ALARM'],
  ['CdnErrors', 'a few were, for five minutes', { '5xxErrorRate': last(0, 0, 3) }, 'OK'],
  ['CdnErrors', 'no views', {}, 'OK'],
  ['FunctionErrors', 'one function fails, and the others are not called', { Errors: last(1) }, 'ALARM'],
  ['FunctionErrors', 'none fails', { Errors: always(0) }, 'OK'],
  ['FunctionErrors', 'none is called', {}, 'OK'],
  ['Throttles', 'functions find no place, again and again', { Throttles: last(4, 0, 4) }, 'ALARM'],
  ['Throttles', 'they found none once', { Throttles: last(4, 0, 0) }, 'OK'],
  ['Throttles', 'none is called', {}, 'OK'],
  ['AuditHeld', 'an audit left images alone', { AuditHeld: last(1) }, 'ALARM'],
  ['AuditHeld', 'audits find what the catalogue knows', { AuditHeld: always(0) }, 'OK'],
  ['AuditHeld', 'there was no audit, which is another alarm', {}, 'OK'],
  ...['Clocksweep', 'Clockpurge', 'Clockaudit', 'Clockjobs'].flatMap((name) => [
    [name, 'the chore is never completed', {}, 'ALARM'] as const,
    [name, 'the chore is completed', { ChoreDone: always(1) }, 'OK'] as const,
    [name, 'the chore was completed until now', { ChoreDone: [1, 1, 1, 1, 1, undefined] }, 'ALARM'] as const,
  ]),
];

describe('An alarm', () => {
  test.each(cases)('%s, when %s', (name, _what, shown, state) => {
    expect(stateOf(alarm(name), figures(shown), 'fills all')).toBe(state);
    expect(stateOf(alarm(name), figures(shown), 'leaves the empty empty')).toBe(state);
  });

  test('is shown to go off, to stay quiet, and what it does without data: each of them', () => {
    for (const name of alarms.keys()) {
      const own = cases.filter(([of]) => of === name);
      expect([name, ...new Set(own.map(([, , , state]) => state))].sort()).toEqual([name, 'ALARM', 'OK'].sort());
      expect(own.filter(([, , shown]) => Object.keys(shown).length === 0)).toHaveLength(1);
    }
  });

  test('of one function that fails goes off whichever it is', () => {
    const { Metrics } = alarm('FunctionErrors');
    const functions = (Metrics as { MetricStat?: { Metric: { Dimensions: { Value: unknown }[] } } }[]).flatMap(
      ({ MetricStat }) => (MetricStat ? [MetricStat.Metric.Dimensions[0]?.Value] : []),
    );
    expect(functions).toHaveLength(resources(usual, 'AWS::Lambda::Function', 'Images').length);
    for (const failing of functions) {
      const figuresOfOne: Figures = (_, { FunctionName }) =>
        JSON.stringify(FunctionName) === JSON.stringify(failing) ? last(1) : nothing;
      const state = stateOf(alarm('FunctionErrors'), figuresOfOne, 'leaves the empty empty');
      expect(state).toBe('ALARM');
    }
  });

  test('of the queue follows how many renders may run at once', () => {
    const large = synthesised({ maxConcurrentRenders: 200 });
    const [depth] = resources(large, 'AWS::CloudWatch::Alarm', 'QueueDepth');
    expect(depth?.Properties.Threshold).toBe(4000);
  });

  test('of the CDN is there only where CloudFront counts', () => {
    const [found] = resources(usual, 'AWS::CloudWatch::Alarm', 'CdnErrors');
    const { Condition = '' } = found as { Condition?: string };
    expect(usual.template.toJSON().Conditions[Condition]).toEqual({
      'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'],
    });
  });

  describe.each([
    ['Darkroom-Images', usual],
    ['Staging-Images', synthesised({ stackName: 'Staging' })],
  ])('of the deployment %s', (name, made) => {
    const found = resources(made, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties as AlarmProperties);
    const ownMetrics = found.flatMap(({ Metrics, ...alone }) =>
      (Metrics?.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []) ?? [alone]).filter(
        ({ Namespace }) => Namespace === metrics.namespace,
      ),
    );

    test('says which it is: each of them', () => {
      expect(found).toHaveLength(alarms.size);
      for (const { AlarmDescription } of found) expect(AlarmDescription).toContain(`(${name})`);
    });

    test('looks at the figures of its own deployment: each metric of the functions', () => {
      const looked = new Set(ownMetrics.map(({ MetricName }) => MetricName));
      expect(looked).toEqual(
        new Set([
          ...[metrics.ready, metrics.failed, metrics.renderMs, metrics.eventsRefused],
          ...[metrics.oldestUnfinishedSeconds, metrics.auditHeld, metrics.choreDone],
        ]),
      );
      for (const { Dimensions } of ownMetrics)
        expect(Dimensions).toContainEqual({ Name: metrics.deployment, Value: name });
    });

    test('has the name by which the functions count', () => {
      const names = resources(made, 'AWS::Lambda::Function', 'Images').flatMap(
        ({ Properties }) => Properties.Environment.Variables.DARKROOM_NAME ?? [],
      );
      expect(new Set(names)).toEqual(new Set([name]));
    });
  });
});

test('Missing values count as the documentation says', () => {
  const known = new Map<string, Series>([
    ['a', [1, undefined, undefined]],
    ['b', [2, 2, undefined]],
  ]);
  expect(calculate('a + b', known, 'fills all')).toEqual([3, 2, undefined]);
  expect(calculate('10 * a + b', known, 'fills all')).toEqual([12, 2, undefined]);
  expect(calculate('FILL(a, 0) + b * 10', known, 'fills all')).toEqual([21, 20, 0]);
  expect(calculate('IF(a > 0, b / a, 7)', known, 'fills all')).toEqual([2, undefined, undefined]);
  expect(calculate('FILL(c, 0)', new Map([['c', [undefined]]]), 'fills all')).toEqual([0]);
  expect(calculate('FILL(c, 0)', new Map([['c', [undefined]]]), 'leaves the empty empty')).toEqual([undefined]);
  expect(() => calculate('RATE(a)', known, 'fills all')).toThrow('RATE');
});
