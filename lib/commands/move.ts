import { Command } from 'commander';
import { move } from '../local/move.ts';
import { readSettings } from '../local/settings.ts';
import { bucketOf } from './bucket.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { writeJson } from './table.ts';
import { countInWords } from './words.ts';

export const moveCommand = (shell: Shell): Command =>
  new Command('move')
    .description('Move originals and variants from the folders of DARKROOM_DATA into an S3-compatible store.')
    .requiredOption('--to <place>', 'bucket, and a path in it if you like, such as s3://pictures/darkroom')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
Run it while the service works: it copies, and reads every copy back. Then stop the service and run it again: it copies
what is new and switches. Ids, versions and addresses stay, and so do the files in the folders. It can be repeated after
an interruption and continues. DARKROOM_OBJECTS_ENDPOINT, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are
those of the service.

Example:
  DARKROOM_DATA=/srv/darkroom darkroom move --to s3://pictures/darkroom`,
    )
    .action(async ({ to, json }: { to: string; json?: true }) => {
      const { data, objects } = readSettings({ ...shell.variables, DARKROOM_OBJECTS: to });
      const bucket = await bucketOf(objects, shell);
      if (!bucket) throw new CommandEnd('misused', 'Name the place with --to.');
      const tell = (copied: number) => shell.err.write(`${countInWords(copied, 'object')} copied\n`);
      const report = await move(data, bucket, tell);
      const { copied, before, switched } = report;
      if (json) writeJson(shell, { ...report, place: bucket.place });
      else shell.out.write(`Objects copied: ${copied}. Copied before: ${before}.\n`);
      if (!switched)
        throw new CommandEnd(
          'failed',
          `A service uses ${data}. Stop it and run this command again, which then switches.`,
        );
      if (json) return;
      shell.out.write(
        `The pictures are in ${bucket.place} now. Start the service with DARKROOM_OBJECTS=${bucket.place}.\n`,
      );
    });
