import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import * as z from 'zod';
import { sqliteOutbox } from '../adapters/local/sqlite-outbox.ts';
import { imageId } from '../contract/common.ts';
import { Unusable } from '../core/unusable.ts';
import { databaseFile, openHome } from '../local/home.ts';
import { readSettings } from '../local/settings.ts';
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
  DARKROOM_DATA=/srv/darkroom darkroom replay --since 2026-11-20T08:00:00Z`,
    )
    .action(({ json, ...options }: { json?: true }) => {
      const events = replay(readSettings(shell.variables).data, options, shell.now());
      shell.out.write(json ? `${JSON.stringify({ events })}\n` : `Events that are due again: ${events}.\n`);
    });

/** Makes events due again; a service that is running delivers them at once. Resolves to how many. */
const replay = (data: string, options: unknown, now: number): number => {
  const parsed = request.safeParse(options);
  if (!parsed.success)
    throw new CommandEnd(
      'misused',
      parsed.error.issues.map(({ path, message }) => `--${path.join()} takes ${message}.`).join('\n'),
    );
  if (!existsSync(join(data, databaseFile)))
    throw new Unusable(`There is no Darkroom in ${data}. Set DARKROOM_DATA to the folder of the service.`);
  const { database } = openHome(data);
  const { since, id } = parsed.data;
  const marked = sqliteOutbox(database).replay({ since: Date.parse(since), id }, now);
  database.close();
  return marked;
};
