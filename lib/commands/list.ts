import { Command, Option } from 'commander';
import type { ImageAnswer } from '../contract/answers.ts';
import { parseWholeNumber } from './arguments.ts';
import { asking, type ServiceOptions, targetOf, withService } from './service.ts';
import type { Shell } from './shell.ts';
import { writeJson, writeTable } from './table.ts';
import { bytesInWords } from './words.ts';

type Options = ServiceOptions & {
  readonly collection?: string;
  readonly status?: ImageAnswer['status'];
  readonly limit: number;
};

const statuses: readonly ImageAnswer['status'][] = ['pending', 'processing', 'retrying', 'ready', 'failed', 'expired'];

export const listCommand = (shell: Shell): Command =>
  withService(
    new Command('list')
      .description('List images, newest first.')
      .option('--collection <name>', 'list images of this collection only')
      .addOption(new Option('--status <status>', 'list images with this status only').choices(statuses))
      .option('--limit <count>', 'number of images to list at most', parseWholeNumber(1, 1_000_000), 100),
  )
    .addHelpText(
      'after',
      `
The columns are id, status, version, size of the original, its bytes, collection and file name.

Examples:
  darkroom list
  darkroom list --collection holidays --status failed
  darkroom list --limit 100000 --json | jq -r .id`,
    )
    .action((options: Options) => list(shell, options));

const list = async (shell: Shell, options: Options): Promise<void> => {
  const { collection, status, limit } = options;
  const target = targetOf(shell, options);
  const rows: (readonly (string | number)[])[] = [];
  await asking(target, async () => {
    let left = limit;
    for await (const image of target.service.images({ collection, status, limit: Math.min(limit, 100) })) {
      if (options.json) writeJson(shell, image);
      else rows.push(rowOf(image));
      if (--left === 0) break;
    }
  });
  if (!options.json) writeTable(shell, ['ID', 'STATUS', 'V', 'SIZE', 'BYTES', 'COLLECTION', 'FILE'], rows);
};

const rowOf = ({ id, status, version, original, collection, filename }: ImageAnswer) => [
  id,
  status,
  `v${version}`,
  original.width === null ? '-' : `${original.width}x${original.height}`,
  bytesInWords(original.bytes),
  collection ?? '-',
  filename ?? '-',
];
