import { describe, expect, test } from '@jest/globals';
import { drillHands } from '../../../lib/adapters/aws/drill-hands.ts';
import { drills } from '../../../lib/adapters/aws/drills.ts';
import { metrics } from '../../../lib/adapters/aws/metrics.ts';
import { runDrills } from '../../../lib/adapters/aws/run-drills.ts';
import { region } from './deploy.ts';
import { settings } from './emulated.ts';

const ofStack = () => drillHands({ ...settings(), region }, 'Darkroom');

/** The emulator evaluates no alarm, so what follows from a figure is shown in test/infra/drills.test.ts. */
describe('What a drill does to the deployed stack', () => {
  test('finds every alarm, and may count, signal and stop the clock, which it starts again', async () => {
    const hands = await ofStack();
    // The alarm of the CDN has a condition on the region, and the emulator leaves it out.
    const others = drills.filter(({ alarm }) => alarm !== 'CdnErrors');
    expect(others.filter(({ alarm }) => !hands.has(alarm))).toEqual([]);
    expect(await hands.isOn('AuditHeld')).toBe(false);
    expect(await hands.threshold('FailureRate')).toBeGreaterThan(0);
    await hands.count(metrics.auditHeld, 1);
    await hands.stopRule('ImagesClockaudit');
    await expect(hands.stopRule('ImagesClockaudit')).rejects.toThrow('is DISABLED, and not for a drill');
    await hands.startRule('ImagesClockaudit');
    await hands.stopRule('ImagesClockaudit');
    await hands.startRule('ImagesClockaudit');
  });

  test('stops the reader of a queue, puts a message into that, and lets it be read again', async () => {
    const hands = await ofStack();
    await hands.stopReading('ImagesPublishMessages');
    await hands.send('ImagesEventsUntold', 1);
    await expect(hands.stopReading('ImagesPublishMessages')).rejects.toThrow('is Disabled, and not for a drill');
    await hands.readAgain('ImagesPublishMessages');
  });

  test('raises an alarm by its signal, and says so', async () => {
    const said: string[] = [];
    const result = await runDrills(drills, {
      hands: await ofStack(),
      say: (line) => void said.push(line),
      minute: async () => undefined,
      isStopped: () => false,
      disturb: false,
      only: ['ApiErrors'],
    });
    expect(result).toEqual({ quiet: [], leftOut: [] });
    expect(said.at(-1)).toBe('ApiErrors: ALARM after 0 minutes');
  });
});
