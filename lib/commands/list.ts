import { Command, InvalidArgumentError, Option } from 'commander';
import type { ImageAnswer } from '../contract/answers.ts';
import { parseWholeNumber } from './arguments.ts';
import { asking, type ServiceOptions, targetOf, withService } from './service.ts';
import type { Shell } from './shell.ts';
import { writeJson, writeTable } from './table.ts';
import { bytesInWords } from './words.ts';

type Options = ServiceOptions & {
  readonly collection?: string;
  readonly status?: readonly Status[];
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
};

type Status = ImageAnswer['status'];
const statuses: readonly Status[] = ['pending', 'processing', 'retrying', 'ready', 'failed', 'expired'];

export const listCommand = (shell: Shell): Command =>
  withService(
    new Command('list')
      .description('List images by age.')
      .option('--collection <name>', 'list images of this collection only')
      .option(
        '--status <statuses>',
        `list images with one of these statuses only: ${statuses.join(', ')}`,
        parseStatuses,
      )
      .addOption(
        new Option('--order <order>', 'which images come first').choices(['newest', 'oldest']).default('newest'),
      )
      .option('--limit <count>', 'number of images to list at most', parseWholeNumber(1, 1_000_000), 100),
  )
    .addHelpText(
      'after',
      `
The columns are id, status, version, size of the original, its bytes, collection and file name.

Examples:
  darkroom list
  darkroom list --collection holidays --status failed
  darkroom list --status pending,processing,retrying --order oldest
  darkroom list --limit 100000 --json | jq -r .id`,
    )
    .action((options: Options) => list(shell, options));

const list = async (shell: Shell, options: Options): Promise<void> => {
  const { collection, status, order, limit } = options;
  const target = targetOf(shell, options);
  const rows: (readonly (string | number)[])[] = [];
  await asking(target, async () => {
    let left = limit;
    for await (const image of target.service.images({ collection, status, order, limit: Math.min(limit, 100) })) {
      if (options.json) writeJson(shell, image);
      else rows.push(rowOf(image));
      if (--left === 0) break;
    }
  });
  if (!options.json) writeTable(shell, ['ID', 'STATUS', 'V', 'SIZE', 'BYTES', 'COLLECTION', 'FILE'], rows);
};

const parseStatuses = (text: string): readonly Status[] =>
  text.split(',').map((name) => {
    const status = statuses.find((one) => one === name);
    if (status === undefined)
      throw new InvalidArgumentError(`Allowed choices are ${statuses.join(', ')}, with commas between them.`);
    return status;
  });

const rowOf = ({ id, status, version, original, collection, filename }: ImageAnswer) => [
  id,
  status,
  `v${version}`,
  original.width === null ? '-' : `${original.width}x${original.height}`,
  bytesInWords(original.bytes),
  collection ?? '-',
  filename ?? '-',
];
