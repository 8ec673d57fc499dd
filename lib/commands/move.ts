import { Command, Option } from 'commander';
import type { Config } from '../core/config.ts';
import { Unusable } from '../core/unusable.ts';
import { type MoveReport, move, moveFromCloud, moveToCloud } from '../local/move.ts';
import { readSettings } from '../local/settings.ts';
import type { CloudHome } from '../ports.ts';
import { bucketOf } from './bucket.ts';
import { tellingTrouble } from './home-trouble.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { writeJson } from './table.ts';
import { countInWords } from './words.ts';

type Options = {
  readonly to?: string;
  readonly from?: string;
  readonly stopped?: true;
  readonly profile?: string;
  readonly region?: string;
  readonly json?: true;
};

export const moveCommand = (shell: Shell, configured: () => Promise<Config>): Command =>
  new Command('move')
    .description('Move the pictures of DARKROOM_DATA into an S3-compatible store or the AWS home, or back from AWS.')
    .addOption(
      new Option(
        '--to <place>',
        'bucket, and a path in it if you like, such as s3://pictures/darkroom; or aws:<stack>',
      ).conflicts('from'),
    )
    .option('--from <place>', 'aws:<stack>: move the pictures of that AWS home into DARKROOM_DATA')
    .option('--stopped', 'with --from: nothing changes in the AWS home any more, so switch')
    .option('--profile <name>', 'profile of the AWS home, where the usual variables are those of a store')
    .option('--region <name>', 'region of the AWS home')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
Run it while the service works: it copies, and reads every copy back. Then stop the service and run it again: it copies
what is new and switches. Ids, versions and addresses stay, and so do the files at the old place. It can be repeated
after an interruption and continues. DARKROOM_OBJECTS_ENDPOINT, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
are those of the service. To and from the AWS home the catalogue moves too; DARKROOM_OBJECTS names the bucket of this
service, if it has one.

Examples:
  DARKROOM_DATA=/srv/darkroom darkroom move --to s3://pictures/darkroom
  DARKROOM_DATA=/srv/darkroom darkroom move --to aws:Darkroom
  DARKROOM_DATA=/srv/new darkroom move --from aws:Darkroom --stopped`,
    )
    .action(async ({ to, from, stopped, json, ...where }: Options) => {
      const onProgress = (copied: number, one: string) => shell.err.write(`${countInWords(copied, one)} copied\n`);
      const [place, stack] = [to ?? from, stackOf(to ?? from)];
      if (place === undefined || (from !== undefined && stack === undefined))
        throw new CommandEnd('misused', 'Name the place with --to, or an AWS home with --from aws:<stack>.');
      if (stopped && from === undefined) throw new CommandEnd('misused', '--stopped goes with --from only.');
      if (stack === undefined && (where.profile ?? where.region) !== undefined)
        throw new CommandEnd('misused', '--profile and --region go with aws:<stack> only. A store has AWS_REGION.');
      const say = (report: MoveReport, hint: string, next: string): void => {
        const { copied, before, images, switched } = report;
        if (json) writeJson(shell, { ...report, place });
        else shell.out.write(`Objects copied: ${copied}. Copied before: ${before}.\n`);
        if (!switched) throw new CommandEnd('failed', hint);
        if (json) return;
        if (images !== undefined) shell.out.write(`Images copied into the catalogue: ${images}.\n`);
        shell.out.write(next);
      };
      const inUse = (data: string) =>
        `A service uses ${data}. Stop it and run this command again, which then switches.`;

      if (stack === undefined) {
        const { data, objects } = readSettings({ ...shell.variables, DARKROOM_OBJECTS: place });
        const bucket = await bucketOf(objects, shell);
        if (!bucket) throw new CommandEnd('misused', 'Name the place with --to.');
        const next = `The pictures are in ${bucket.place} now. Start the service with DARKROOM_OBJECTS=${bucket.place}.\n`;
        const places = { folder: data, stores: [bucket.place] };
        const report = await tellingTrouble(places, () => move(data, bucket, onProgress));
        return say(report, inUse(data), next);
      }
      const { data, objects } = readSettings(shell.variables);
      const bucket = await bucketOf(objects, shell);
      const cloud = await cloudOf(where, stack, (await configured()).retention);
      const places = { folder: data, stores: [bucket?.place, cloud.place] };
      if (from === undefined) {
        const next = `The pictures are in ${cloud.place} now. This service is no longer needed.\n`;
        const report = await tellingTrouble(places, () => moveToCloud(data, bucket, cloud, onProgress));
        return say(report, inUse(data), next);
      }
      const hint = `Nothing is switched yet. Stop ${cloud.place} (docs/migrating.md) and run this command again with --stopped.`;
      const next = `The pictures are in ${bucket?.place ?? data} now. Start the service.\n`;
      const fetched = () => moveFromCloud(data, bucket, cloud, stopped ?? false, onProgress);
      say(await tellingTrouble(places, fetched), hint, next);
    });

const stackOf = (place: string | undefined): string | undefined =>
  /^aws:([A-Za-z][A-Za-z0-9-]{0,127})$/.exec(place ?? '')?.[1];

/** The SDK is loaded only here. */
const cloudOf = async (
  where: { readonly profile?: string; readonly region?: string },
  stack: string,
  retention: Config['retention'],
): Promise<CloudHome> => {
  const { cloudHome } = await import('../adapters/aws/cloud-home.ts');
  try {
    return await cloudHome(where, stack, retention);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Unusable(
      `The AWS home aws:${stack} cannot be used: ${reason}. See that aws sts get-caller-identity answers, and name the region by --region.`,
      { cause },
    );
  }
};
