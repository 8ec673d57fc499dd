import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { drillHands } from '../../../lib/adapters/aws/drill-hands.ts';
import { drills } from '../../../lib/adapters/aws/drills.ts';
import { metrics } from '../../../lib/adapters/aws/metrics.ts';
import { runDrills } from '../../../lib/adapters/aws/run-drills.ts';
import { deployed, region } from './deploy.ts';
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

/** `npm run deploy -- --drill` of the deployed project. `onSaid` gets all that it has said so far, and may stop it as Ctrl-C would, each time anew. */
const command = async (
  words: readonly string[],
  onSaid: (said: string, stop: () => void) => void = () => undefined,
): Promise<{ code: number; said: string }> => {
  const { url, project } = deployed();
  const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const running = spawn('node', ['bin/deploy.ts', '--drill', ...words], {
    cwd: project,
    env: { ...process.env, ...keys, AWS_ENDPOINT_URL: url, AWS_REGION: region },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  running.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    onSaid(said, () => running.kill('SIGINT'));
  });
  const [code] = await once(running, 'close');
  return { code, said };
};

describe('npm run deploy -- --drill', () => {
  test('makes the named alarm go off, says so, and ends with 0', async () => {
    const { code, said } = await command(['StreamAge']);
    expect(said).toContain('StreamAge: ALARM after 0 minutes\n');
    expect(said).toContain('Every alarm that was tried went off.\n');
    expect(code).toBe(0);
  });

  test('ends with 2 if the only alarm asked for would let uploads wait', async () => {
    const { code, said } = await command(['QueueDepth']);
    expect(said).toContain('QueueDepth: left out, because uploads would wait (--disturb)\n');
    expect(code).toBe(2);
  });

  test('tries every alarm that lets no upload wait, and undoes all of it when it is stopped, however often', async () => {
    const tried = drills.filter(({ alarm, disturbs }) => alarm !== 'CdnErrors' && !disturbs);
    const { code, said } = await command([], (soFar, stop) => {
      if (tried.every(({ alarm }) => soFar.includes(`${alarm}: `))) stop();
    });
    for (const { alarm, does, undo } of tried) {
      expect(said).toMatch(new RegExp(`^${alarm}: (?:${does}; this may take|is on already)`, 'm'));
      if (undo) expect(said).toContain(`${alarm}: undone\n`);
    }
    expect(said).not.toContain('COULD NOT BE UNDONE');
    // The emulator evaluates no alarm, so those that only a figure raises were still quiet.
    expect(said).toContain('Not shown to go off: ');
    expect(code).toBe(1);
    // What was stopped may be stopped again, so it is on.
    const hands = await ofStack();
    for (const rule of ['sweep', 'audit', 'jobs', 'purge'].map((chore) => `ImagesClock${chore}`)) {
      await hands.stopRule(rule);
      await hands.startRule(rule);
    }
  });
});
