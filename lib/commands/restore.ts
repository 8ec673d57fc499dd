import { Command } from 'commander';
import { restore } from '../local/restore.ts';
import { readSettings } from '../local/settings.ts';
import { bucketOf } from './bucket.ts';
import { tellingTrouble } from './home-trouble.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { writeJson } from './table.ts';

export const restoreCommand = (shell: Shell): Command =>
  new Command('restore')
    .description('Put a backup into DARKROOM_DATA. Stop the service first. No existing file is deleted.')
    .argument('<folder>', 'folder of the backup')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
An original that is there with other bytes than in the backup is named and stays; then the command ends with 1.

Example:
  DARKROOM_DATA=/srv/darkroom darkroom restore /backups/2026-11-21`,
    )
    .action(async (folder: string, { json }: { json?: true }) => {
      const { data, objects } = readSettings(shell.variables);
      const bucket = await bucketOf(objects, shell);
      const places = { folder: data, stores: [bucket?.place] };
      const report = await tellingTrouble(places, () => restore(data, folder, shell, bucket));
      const { restored, different, newer, aside } = report;
      if (json) writeJson(shell, report);
      else shell.out.write(`Originals that were missing and are back: ${restored}.\n`);
      if (!json && aside !== undefined) shell.out.write(`The database that was there before is in ${aside}.\n`);
      for (const key of different) shell.err.write(`${key} differs from the backup, and was left as it is.\n`);
      if (!json && newer.length > 0)
        shell.out.write(
          `Originals that are newer than the backup: ${newer.length}. Run darkroom rebuild before the service starts, so that it knows them.\n`,
        );
      if (different.length > 0)
        throw new CommandEnd(
          'failed',
          'Some originals differ from the backup; see above. To put back those of the backup, move these away and run the command again.',
        );
    });
