import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { DarkroomError } from '../client/error.ts';
import { showProgress } from './progress.ts';
import { asking, endOf, type ServiceOptions, sentenceOfError, targetOf, withService } from './service.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { sideBySide } from './side-by-side.ts';
import { writeJson } from './table.ts';
import { countInWords } from './words.ts';

type Options = ServiceOptions & { readonly collection?: string; readonly dryRun?: true; readonly yes?: true };

export const deleteCommand = (shell: Shell, input: NodeJS.ReadableStream & { readonly isTTY?: boolean }): Command =>
  withService(
    new Command('delete')
      .description('Delete images with all their versions. This cannot be undone.')
      .argument('[ids...]', 'ids of images')
      .option('--collection <name>', 'delete every image of this collection')
      .option('--dry-run', 'list what would be deleted, and delete nothing')
      .option('--yes', 'do not ask; needed where there is no terminal'),
  )
    .addHelpText(
      'after',
      `
An image that is gone already is not an error, so the command may be repeated.

Examples:
  darkroom delete dz3kq7w2ynfa5xbv4hcd6tjrpe
  darkroom delete --collection trial --dry-run
  darkroom delete --collection trial --yes`,
    )
    .action((ids: string[], options: Options) => remove(shell, input, ids, options));

const remove = async (
  shell: Shell,
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean },
  named: readonly string[],
  options: Options,
): Promise<void> => {
  const { collection, dryRun, yes, json } = options;
  if (named.length > 0 === (collection !== undefined))
    throw new CommandEnd('misused', 'Name the images: either their ids or --collection.');
  const target = targetOf(shell, options);
  const ids = await asking(target, async () => {
    if (collection === undefined) return [...new Set(named)];
    const found: string[] = [];
    for await (const { id } of target.service.images({ collection, limit: 100 })) found.push(id);
    return found;
  });
  if (dryRun) {
    for (const id of ids) json ? writeJson(shell, { id, action: 'delete' }) : shell.out.write(`${id}\n`);
    return;
  }
  const question = `Delete ${countInWords(ids.length, 'image')} from ${target.url} for ever?`;
  if (!yes && ids.length > 0 && !(await agreed(shell, input, question)))
    throw new CommandEnd('failed', 'Nothing was deleted.');
  let [gone, failed] = [0, 0];
  const progress = showProgress(shell, { count: ids.length, unit: 'images', bytes: ids.length, doing: 'deleting' });
  await asking(target, () =>
    sideBySide(ids, 4, async (id) => {
      progress.begin(id, 1);
      const receipt = await target.service.removeImage(id).catch((error: unknown) => {
        if (!(error instanceof DarkroomError) || endOf(target.url, error)) throw error;
        return error.code === 'not-found' ? undefined : error;
      });
      if (receipt instanceof DarkroomError) {
        failed++;
        const reason = sentenceOfError(receipt);
        progress.end(id, 'failed');
        if (json) progress.say('out', `${JSON.stringify({ id, status: 'failed', reason })}\n`);
        else progress.say('err', `${id}: ${reason}\n`);
        return;
      }
      if (!receipt) gone++;
      progress.end(id, receipt ? 'done' : 'skipped');
      if (json) progress.say('out', `${JSON.stringify(receipt ?? { id, deletedAt: null })}\n`);
      else progress.say('out', receipt ? `${id}\t${receipt.objects} objects\n` : `${id}\tis not there\n`);
    }),
  ).finally(progress.close);
  if (!json) shell.err.write(`${countInWords(ids.length - gone - failed, 'image')} deleted\n`);
  if (failed > 0)
    throw new CommandEnd(
      'failed',
      `${countInWords(failed, 'image')} ${failed === 1 ? 'was' : 'were'} not deleted; see above. Run the command again.`,
    );
};

const agreed = async (
  shell: Shell,
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean },
  question: string,
): Promise<boolean> => {
  if (!input.isTTY) throw new CommandEnd('misused', `${question} There is no terminal to ask on: confirm with --yes.`);
  shell.err.write(`${question} Type yes: `);
  const asked = createInterface({ input });
  try {
    for await (const line of asked) return line.trim() === 'yes';
    return false;
  } finally {
    // Or the program would wait for more until the terminal is closed.
    asked.close();
  }
};
