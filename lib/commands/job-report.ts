import type { JobAnswer } from '../contract/answers.ts';
import type { Shell } from './shell.ts';
import { growingTable, writeJson } from './table.ts';
import { bytesInWords, countInWords, secondsInWords } from './words.ts';

/** Writes jobs as they come, one row or one JSON object each. */
export const jobReport = (shell: Shell, json: true | undefined): ((job: JobAnswer) => void) => {
  if (json) return (job) => writeJson(shell, job);
  const row = growingTable(shell, ['JOB', 'STATUS', 'IMAGES'], [26, 9]);
  return (job) => row(cellsOf(job));
};

const cellsOf = (job: JobAnswer): readonly string[] => {
  const { id, status, total, done, failed, skipped, dryRun, estimate, pausedBecause } = job;
  if (dryRun && estimate)
    return [
      id,
      `${countInWords(estimate.images, 'image')} would take about ${secondsInWords(estimate.seconds)} of one renderer and make ${countInWords(estimate.files, 'file')} with ${bytesInWords(estimate.bytes)}${estimate.dollars === null ? '' : `, for about $${estimate.dollars.toFixed(2)}`}; ${estimate.sampled} sampled`,
    ];
  const counts = [`${done} done`, `${failed} failed`, `${skipped} skipped`];
  const state = pausedBecause === 'budget-used' ? 'paused, its budget is used up' : status;
  return [id, state, total === null ? 'counting' : `${countInWords(total, 'image')}: ${counts.join(', ')}`];
};

/** Why images failed. A job keeps the first hundred reasons. */
export const failuresOf = ({ failures, failed }: JobAnswer): readonly string[] => {
  const left = failed - failures.length;
  return [
    ...failures.map(({ id, message }) => `${id}: ${message}`),
    ...(left > 0
      ? [
          `${countInWords(left, 'more failure')} not listed here. Run "darkroom list --status failed" for every image whose newest version failed.`,
        ]
      : []),
  ];
};
