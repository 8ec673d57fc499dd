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
  const { service } = target;
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
  let troubled = 0;
  let stopped: string | undefined;
  for (const request of requests) {
    const started = await asking(target, () => service.startJob(request));
    const job = dryRun || options.wait ? await untilDone(shell, target, started, options) : started;
    report(job);
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

const failedImages = async ({ service }: Target, wanted: true | readonly FailureCode[]): Promise<readonly string[]> => {
  const ids: string[] = [];
  for await (const { id, error } of service.images({ status: 'failed', limit: 100 }))
    if (wanted === true || wanted.some((code) => code === error?.code)) ids.push(id);
  return ids;
};

const parts = <Item>(items: readonly Item[], length: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / length) }, (_, at) => items.slice(at * length, (at + 1) * length));

const untilDone = async (shell: Shell, target: Target, started: JobAnswer, { json }: Options): Promise<JobAnswer> => {
  const signal = shell.interruption();
  const state = showState(shell);
  try {
    for (let job = started; ; job = await asking(target, () => target.service.findJob(started.id))) {
      if (job.status === 'done' || job.status === 'cancelled' || job.pausedBecause === 'budget-used') return job;
      if (!json) state.show(progressOf(job));
      await sleep(1000, signal).catch(() => undefined);
      if (signal.aborted)
        throw new CommandEnd('interrupted', `The job continues by itself. See its progress: darkroom jobs ${job.id}`);
    }
  } finally {
    state.close();
  }
};

const progressOf = ({ status, total, done, failed, skipped }: JobAnswer): string =>
  `${total === null ? 'counting the images' : `${done + failed + skipped} of ${total} images`}${status === 'paused' ? ', paused' : ''}`;
