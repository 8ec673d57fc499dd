import { Command, Option } from 'commander';
import { sleep } from '../client/retry.ts';
import type { JobAnswer } from '../contract/answers.ts';
import type { JobRequest } from '../contract/requests.ts';
import { type FailureCode, failures } from '../core/errors.ts';
import { type BudgetOptions, budgetOf, withBudget } from './budget.ts';
import { failuresOf, jobReport } from './job-report.ts';
import { showState } from './progress.ts';
import { asking, type ServiceOptions, type Target, targetOf, withService } from './service.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { countInWords } from './words.ts';

type Options = ServiceOptions & {
  readonly ids?: readonly string[];
  readonly collection?: string;
  readonly all?: true;
  readonly stale?: true;
  readonly failed?: true | readonly FailureCode[];
  readonly preset?: string;
  readonly dryRun?: true;
  readonly wait?: true;
} & BudgetOptions;

export const reprocessCommand = (shell: Shell): Command =>
  withService(
    withBudget(new Command('reprocess'))
      .description('Make the variants of images again from their originals, as the next version of each.')
      .option('--ids <ids...>', 'reprocess these images')
      .option('--collection <name>', 'reprocess every image of this collection')
      .option('--all', 'reprocess every image')
      .option('--stale', 'reprocess every image that was made by another recipe than the present one')
      .addOption(
        new Option(
          '--failed [codes...]',
          'reprocess every image whose newest version failed, or failed with one of these codes',
        ).choices(Object.keys(failures)),
      )
      .option('--preset <name>', 'preset to use (default: the one of each image)')
      .option('--dry-run', 'render a sample without keeping it, and predict the cost of all images')
      .option('--wait', 'wait until the work is done; a dry run always waits'),
  )
    .addHelpText(
      'after',
      `
The service does the work as a job, beside fresh uploads and without slowing them down. "darkroom jobs <id>" shows how
far it has come. The version before stays what people see until the new one is ready.

A job that has used up its budget is paused. Continue it with a higher one: "darkroom jobs --resume <id> --max-images 9000".

"--failed gave-up" repeats what the machine is to blame for, such as an outage or a renderer that was killed. Most other
failures are the picture's, and happen again as long as the limits stay the same.

Examples:
  darkroom reprocess --ids dz3kq7w2ynfa5xbv4hcd6tjrpe --preset gallery --wait
  darkroom reprocess --stale --dry-run
  darkroom reprocess --failed gave-up --wait`,
    )
    .action((options: Options) => reprocess(shell, options));

/** As many as a request may name. */
const idsAtOnce = 1000;

const reprocess = async (shell: Shell, options: Options): Promise<void> => {
  const { ids, collection, all, stale, failed, preset, dryRun, json } = options;
  if ([ids, collection, all, stale, failed].filter((choice) => choice !== undefined).length !== 1)
    throw new CommandEnd(
      'misused',
      'Name the images by exactly one of --ids, --collection, --all, --stale and --failed.',
    );
  const target = targetOf(shell, options);
  const named = failed ? await asking(target, () => failedImages(target, failed)) : ids;
  if (named?.length === 0) {
    if (!json) shell.err.write(failed === true ? 'No image has failed.\n' : 'No image has failed in this way.\n');
    return;
  }
  const budget = budgetOf(options);
  if (budget && dryRun) throw new CommandEnd('misused', 'A dry run takes no budget.');
  if (budget && named && named.length > idsAtOnce)
    throw new CommandEnd(
      'misused',
      `A budget is for one job, and a job takes ${idsAtOnce} images by their ids at most.`,
    );
  const order = { action: 'reprocess' as const, preset, dryRun: dryRun ?? false, ...(budget && { budget }) };
  const requests: JobRequest[] = named
    ? parts([...new Set(named)], idsAtOnce).map((ids) => ({ ...order, ids }))
    : [{ ...order, collection, all, stale }];
  const report = jobReport(shell, json);
  const waits = dryRun === true || options.wait === true;
  let troubled = 0;
  let stopped: string | undefined;
  // All of them before the first wait: what stops the command during a wait then stops no work.
  const jobs = await startedJobs(shell, target, requests, waits ? () => undefined : report);
  const signal = waits ? shell.interruption() : undefined;
  for (const [at, started] of jobs.entries()) {
    const job = signal ? await untilDone({ shell, target, signal, json }, jobs.slice(at)) : started;
    if (signal) report(job);
    for (const line of json ? [] : failuresOf(job)) shell.err.write(`${line}\n`);
    troubled += job.failed;
    if (job.pausedBecause === 'budget-used') stopped = job.id;
  }
  if (stopped !== undefined)
    throw new CommandEnd(
      'failed',
      `The budget is used up. Continue with a higher one: darkroom jobs --resume ${stopped}`,
    );
  if (troubled > 0) throw new CommandEnd('failed', `${countInWords(troubled, 'image')} failed; see above.`);
};

/** Names what has no job where not all of them could be started. */
const startedJobs = async (
  shell: Shell,
  target: Target,
  requests: readonly JobRequest[],
  onStarted: (job: JobAnswer) => void,
): Promise<readonly JobAnswer[]> => {
  const jobs: JobAnswer[] = [];
  try {
    for (const request of requests) {
      const job = await asking(target, () => target.service.startJob(request));
      jobs.push(job);
      onStarted(job);
    }
  } catch (error) {
    if (jobs.length > 0) {
      const left = requests.slice(jobs.length).reduce((sum, { ids = [] }) => sum + ids.length, 0);
      shell.err.write(
        `${countInWords(left, 'image')} ${left === 1 ? 'has' : 'have'} no job. The others have: ${jobs.map(({ id }) => id).join(' ')}\n`,
      );
    }
    throw error;
  }
  return jobs;
};

const failedImages = async ({ service }: Target, wanted: true | readonly FailureCode[]): Promise<readonly string[]> => {
  const ids: string[] = [];
  for await (const { id, error } of service.images({ status: 'failed', limit: 100 }))
    if (wanted === true || wanted.some((code) => code === error?.code)) ids.push(id);
  return ids;
};

const parts = <Item>(items: readonly Item[], length: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / length) }, (_, at) => items.slice(at * length, (at + 1) * length));

const jobNow = (target: Target, id: string): Promise<JobAnswer> => asking(target, () => target.service.findJob(id));

type Waiting = {
  readonly shell: Shell;
  readonly target: Target;
  readonly signal: AbortSignal;
  readonly json: true | undefined;
};

/** Until the first of these jobs is done; the others are named where the wait is stopped. */
const untilDone = async ({ shell, target, signal, json }: Waiting, jobs: readonly JobAnswer[]): Promise<JobAnswer> => {
  const state = showState(shell);
  try {
    for (let [job] = jobs; job; job = await jobNow(target, job.id)) {
      if (job.status === 'done' || job.status === 'cancelled' || job.pausedBecause === 'budget-used') return job;
      if (!json) state.show(progressOf(job));
      await sleep(1000, signal).catch(() => undefined);
      if (signal.aborted)
        throw new CommandEnd(
          'interrupted',
          jobs.length === 1
            ? `The job continues by itself. See its progress: darkroom jobs ${job.id}`
            : `The jobs continue by themselves. See their progress: darkroom jobs ${jobs.map(({ id }) => id).join(' ')}`,
        );
    }
    throw new TypeError('There is no job to wait for.');
  } finally {
    state.close();
  }
};

const progressOf = ({ status, total, done, failed, skipped }: JobAnswer): string =>
  `${total === null ? 'counting the images' : `${done + failed + skipped} of ${total} images`}${status === 'paused' ? ', paused' : ''}`;
