import { expect, test } from '@jest/globals';
import { failuresOf, jobReport } from '../../lib/commands/job-report.ts';
import type { JobAnswer } from '../../lib/contract/answers.ts';
import { recordedShell } from '../support/recorded-shell.ts';

const id = (letter: string) => letter.repeat(26);
const job: JobAnswer = {
  ...{ id: id('j'), action: 'reprocess', status: 'done', dryRun: false, preset: null },
  ...{ createdAt: '2026-11-22T08:00:00.000Z', updatedAt: '2026-11-22T09:00:00.000Z' },
  ...{ total: 130, done: 0, failed: 130, skipped: 0, pausedBecause: null, budget: null, estimate: null },
  spent: { images: 130, dollars: null },
  failures: Array.from({ length: 100 }, () => ({ id: id('a'), code: 'corrupt', message: 'The file ends early.' })),
};

test('a list of failures that was cut says how many more there are, and where to see them', () => {
  const told = failuresOf(job);
  expect(told).toHaveLength(101);
  expect(told[0]).toBe(`${id('a')}: The file ends early.`);
  expect(told.at(-1)).toBe(
    '30 more failures not listed here. Run "darkroom list --status failed" for every image whose newest version failed.',
  );
  expect(failuresOf({ ...job, failed: 100 })).toHaveLength(100);
});

test('jobs are fields with tabs, and columns with one heading on a terminal', () => {
  const piped = recordedShell();
  jobReport(piped, undefined)(job);
  expect(piped.stdout()).toBe(`${id('j')}\tdone\t130 images: 0 done, 130 failed, 0 skipped\n`);
  const shell = recordedShell({ variables: { NO_COLOR: '1' } });
  const report = jobReport({ ...shell, out: { ...shell.out, isTTY: true } }, undefined);
  report(job);
  report({ ...job, status: 'paused' });
  expect(shell.stdout().split('\n')).toEqual([
    `JOB${' '.repeat(25)}STATUS     IMAGES`,
    `${id('j')}  done       130 images: 0 done, 130 failed, 0 skipped`,
    `${id('j')}  paused     130 images: 0 done, 130 failed, 0 skipped`,
    '',
  ]);
});
