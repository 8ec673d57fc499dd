import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tallyFor } from '../../functions/tally.ts';
import { type FailureCode, failures } from '../../lib/core/errors.ts';
import { chores } from '../../lib/work/chores.ts';

const page = readFileSync(new URL('../../docs/aws.md', import.meta.url), 'utf8').replace(/\s+/g, ' ');

type Line = Readonly<Record<string, unknown>> & {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
};

/** CloudWatch bills a metric once for each set of values of its dimensions. */
const billed = (line: Line): readonly string[] =>
  line._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name }) => Dimensions.map((names) => [Name, ...names.map((name) => line[name])].join(' '))),
  );

describe('Of the metrics of a deployment', () => {
  const { write } = process.stdout;
  let said: string[];
  beforeEach(() => {
    said = [];
    process.stdout.write = (text: string | Uint8Array) => said.push(String(text)) > 0;
  });
  afterEach(() => {
    process.stdout.write = write;
  });
  const metrics = () =>
    new Set(said.flatMap((text) => text.trim().split('\n')).flatMap((text) => billed(JSON.parse(text))));

  const tally = tallyFor('Darkroom-Images');
  const tick = () => {
    tally.chore({ chore: 'sweep', expired: 0, oldestMs: 0 });
    tally.chore({ chore: 'audit', held: 0 });
    for (const chore of chores) tally.chore({ chore });
  };

  test('the clock counts as many as the page says, without any upload', () => {
    tick();
    expect(metrics().size).toBe(6);
    expect(page).toContain('the clock’s six metrics ($0.30 each)');
  });

  test('traffic adds as many as the page says when every kind of failure was seen, and one more with copies', () => {
    tick();
    const ofClock = metrics().size;
    const spent = { wallMs: 1, cpuMs: 1, decodeMs: 1, resizeMs: 1, encodeMs: 1, scoreMs: 1, deliverMs: 1 };
    const ready = { end: 'ready', attempt: 1, ms: 1, bytes: 1, spent } as const;
    tally.render({ ...ready, copied: 0 });
    for (const code of Object.keys(failures) as FailureCode[])
      tally.render({ end: 'failed', error: { code, message: '' } });
    tally.chore({ chore: 'sweep', expired: 1 });
    tally.refused(1);
    expect(metrics().size - ofClock).toBe(16);
    expect(page).toContain('sixteen more when every kind of failure has been seen');
    tally.render({ ...ready, copied: 7 });
    expect(metrics().size - ofClock).toBe(17);
  });
});
