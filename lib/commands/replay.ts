import { Command } from 'commander';
import * as z from 'zod';
import { sqliteOutbox } from '../adapters/local/sqlite-outbox.ts';
import { imageId } from '../contract/common.ts';
import { presentHome } from './present-home.ts';
import { CommandEnd, type Shell } from './shell.ts';

const request = z.object({
  since: z.iso.datetime({ offset: true, error: 'a time such as 2026-11-20T08:00:00Z' }),
  id: imageId.optional(),
});

export const replayCommand = (shell: Shell): Command =>
  new Command('replay')
    .description('Send past webhook events again. The service may run.')
    .requiredOption('--since <time>', 'send the events since then, such as 2026-11-20T08:00:00Z')
    .option('--id <image>', 'send events of this image only')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
Example:
  DARKROOM_DATA=/srv/darkroom darkroom events replay --since 2026-11-20T08:00:00Z`,
    )
    .action(async ({ json, ...options }: { json?: true }) => {
      const events = await replay(shell, options);
      shell.out.write(json ? `${JSON.stringify({ events })}\n` : `Events that are due again: ${events}.\n`);
    });

/** Makes events due again; a service that is running delivers them at once. Resolves to how many. */
const replay = async (shell: Shell, options: unknown): Promise<number> => {
  const parsed = request.safeParse(options);
  if (!parsed.success)
    throw new CommandEnd(
      'misused',
      parsed.error.issues.map(({ path, message }) => `--${path.join()} takes ${message}.`).join('\n'),
    );
  const { database } = await presentHome(shell);
  const { since, id } = parsed.data;
  const marked = sqliteOutbox(database).replay({ since: Date.parse(since), id }, shell.now());
  database.close();
  return marked;
};
