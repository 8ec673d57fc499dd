import { Command, Option } from 'commander';
import { DarkroomError } from '../client/error.ts';
import type { JobAnswer } from '../contract/answers.ts';
import { parseWholeNumber } from './arguments.ts';
import { type BudgetOptions, budgetOf, withBudget } from './budget.ts';
import { failuresOf, jobReport } from './job-report.ts';
import { asking, endOf, type ServiceOptions, sentenceOfError, targetOf, withService } from './service.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { countInWords } from './words.ts';

type Options = ServiceOptions & {
  readonly pause?: true;
  readonly resume?: true;
  readonly cancel?: true;
  readonly limit: number;
} & BudgetOptions;

export const jobsCommand = (shell: Shell): Command =>
  withService(
    withBudget(new Command('jobs'))
      .description('List jobs, newest first, show the progress of some, or pause, resume or cancel them.')
      .argument('[ids...]', 'ids of jobs (default: all)')
      .addOption(new Option('--pause', 'pause these jobs').conflicts(['resume', 'cancel']))
      .addOption(new Option('--resume', 'continue these paused jobs').conflicts('cancel'))
      .option('--cancel', 'cancel these jobs; what they made stays')
      .option('--limit <count>', 'number of jobs to list at most', parseWholeNumber(1, 1_000_000), 25),
  )
    .addHelpText(
      'after',
      `
Images that are with the renderers are still made when a job is paused or cancelled.

Examples:
  darkroom jobs
  darkroom jobs dz3kq7w2ynfa5xbv4hcd6tjrpe
  darkroom jobs --pause dz3kq7w2ynfa5xbv4hcd6tjrpe
  darkroom jobs --resume dz3kq7w2ynfa5xbv4hcd6tjrpe --max-images 9000`,
    )
    .action((ids: string[], options: Options) => (ids.length === 0 ? list(shell, options) : each(shell, ids, options)));

const each = async (shell: Shell, ids: readonly string[], options: Options): Promise<void> => {
  const target = targetOf(shell, options);
  const { pauseJob, resumeJob, cancelJob, findJob } = target.service;
  const budget = budgetOf(options);
  if (budget && !options.resume) throw new CommandEnd('misused', 'A new budget needs --resume.');
  const resume = (id: string) => resumeJob(id, { budget });
  const ask = options.pause ? pauseJob : options.resume ? resume : options.cancel ? cancelJob : findJob;
  const report = jobReport(shell, options.json);
  const say = (job: JobAnswer): void => {
    report(job);
    for (const line of options.json ? [] : failuresOf(job)) shell.out.write(`  ${line}\n`);
  };
  const [only] = ids;
  if (only !== undefined && ids.length === 1) return say(await asking(target, () => ask(only), whereJobsAre));
  let failed = 0;
  for (const id of ids)
    try {
      say(await ask(id));
    } catch (error) {
      const end = endOf(target.url, error);
      if (end || !(error instanceof DarkroomError)) throw end ?? error;
      failed++;
      shell.err.write(`${id}: ${sentenceOfError(error)}\n`);
    }
  if (failed > 0)
    throw new CommandEnd(
      'failed',
      `${failed} of ${countInWords(ids.length, 'job')} failed; see above. ${whereJobsAre}`,
    );
};

const whereJobsAre = 'Run "darkroom jobs" for the jobs that are there.';

const list = async (shell: Shell, options: Options): Promise<void> => {
  if (options.pause || options.resume || options.cancel)
    throw new CommandEnd('misused', 'Name the jobs: darkroom jobs --pause <id>. "darkroom jobs" lists them.');
  const target = targetOf(shell, options);
  const report = jobReport(shell, options.json);
  let left = options.limit;
  for (let cursor: string | null | undefined; cursor !== null && left > 0; ) {
    const query = { limit: Math.min(left, 100), cursor };
    const page = await asking(target, () => target.service.listJobs(query));
    for (const job of page.items) report(job);
    left -= page.items.length;
    cursor = page.nextCursor;
  }
};
