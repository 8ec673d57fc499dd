import { Command } from 'commander';
import { backUp } from '../local/backup.ts';
import { readSettings } from '../local/settings.ts';
import { bucketOf } from './bucket.ts';
import { tellingTrouble } from './home-trouble.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { writeJson } from './table.ts';

export const backupCommand = (shell: Shell): Command =>
  new Command('backup')
    .description('Copy the database, the secret and the originals of DARKROOM_DATA. The service may run.')
    .argument('<folder>', 'empty folder for this backup')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
Example:
  DARKROOM_DATA=/srv/darkroom darkroom backup /backups/2026-11-21`,
    )
    .action(async (folder: string, { json }: { json?: true }) => {
      const { data, objects } = readSettings(shell.variables);
      const bucket = await bucketOf(objects, shell);
      const cureIfFull =
        'Free some space there, and remove what the folder holds of this backup; or name a folder on another disk.';
      const places = { folder, stores: [bucket?.place], cureIfFull };
      const report = await tellingTrouble(places, () => backUp(data, folder, shell, bucket));
      const { originals, missing, damaged } = report;
      if (json) writeJson(shell, report);
      else shell.out.write(`Backed up to ${folder}: the database, the secret, and originals: ${originals}.\n`);
      for (const key of missing)
        shell.err.write(`${key} is in the catalogue but not stored: it could not be backed up.\n`);
      for (const key of damaged) shell.err.write(`${key} is not what was uploaded: it was backed up as it is.\n`);
      if (missing.length + damaged.length > 0)
        throw new CommandEnd('failed', 'Some originals are missing or damaged; see above.');
    });
