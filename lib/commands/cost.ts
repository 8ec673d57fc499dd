import { Command, InvalidArgumentError } from 'commander';
import { costOf, typicalUsage, type Usage } from '../adapters/aws/cost.ts';
import { costRows, costTable } from '../adapters/aws/cost-table.ts';
import { type Bill, billsOf, type Month } from './month.ts';
import type { Shell } from './shell.ts';
import { writeJson, writeTable } from './table.ts';

type Options = Partial<Usage> & {
  readonly compare?: true;
  readonly json?: true;
  readonly arrivals?: number;
  readonly filesSeen: number;
};

/** One file for each size of the preset `web`, in the one format that a browser takes. */
const sizesSeen = 7;

export const costCommand = (shell: Shell): Command =>
  new Command('cost')
    .description('Compute what pictures cost on AWS, or in a month in both homes and at hosted services.')
    .option('--compare', 'compute a month, by item, on AWS, on one box and at hosted services')
    .option('--images <count>', 'number of pictures', amount, typicalUsage.images)
    .option('--original-bytes <bytes>', 'bytes of one original', amount, typicalUsage.originalBytes)
    .option('--variant-bytes <bytes>', 'bytes of all variants of an image', amount, typicalUsage.variantBytes)
    .option('--variant-files <count>', 'number of variants of an image', amount, typicalUsage.variantFiles)
    .option('--render-seconds <seconds>', 'seconds to render an image', amount, typicalUsage.renderSeconds)
    .option('--render-memory-mib <mebibytes>', 'memory of the renderer', amount, typicalUsage.renderMemoryMib)
    .option('--views-per-image <count>', 'views of an image in a month', amount, typicalUsage.viewsPerImage)
    .option('--view-bytes <bytes>', 'bytes of one view', amount, typicalUsage.viewBytes)
    .option(
      '--cdn-hit-share <share>',
      'share of the views that the CDN answers, from 0 to 1',
      share,
      typicalUsage.cdnHitShare,
    )
    .option('--no-cold', 'keep originals in S3 Standard')
    .option('--arrivals <count>', 'with --compare: pictures that are new in the month (default: a tenth)', amount)
    .option(
      '--files-seen <count>',
      'with --compare: files of a picture that views ask for, which a hosted service makes',
      amount,
      sizesSeen,
    )
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
The prices are list prices, for AWS those of us-east-1. docs/aws.md says where and when those
of AWS were found, --compare says it beside each of the others.

Examples:
  darkroom cost --images 100000 --render-seconds 2
  darkroom cost --compare --images 20000`,
    )
    .action((options: Options) => cost(shell, options));

const cost = (shell: Shell, { compare, json, arrivals, filesSeen, ...given }: Options): void => {
  const usage = { ...typicalUsage, ...given };
  const bills = billsOf({ ...usage, filesSeen, arrivals: arrivals ?? usage.images / 10 });
  if (json) for (const answer of compare ? bills : [costOf(usage)]) writeJson(shell, answer);
  else if (!shell.out.isTTY) shell.out.write(`${compare ? billTable(bills) : costTable(usage)}\n`);
  else if (compare) writeTable(shell, ['', 'FOR', 'US DOLLARS A MONTH', 'PRICE FOUND IN'], bills.flatMap(rowsOf));
  else
    writeTable(
      shell,
      ['', 'US DOLLARS'],
      costRows(usage).map(([what, dollars]) => [what, dollars.toFixed(4)]),
    );
};

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1e12)) throw new InvalidArgumentError('Give a number from 0.');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('Give a number from 0 to 1.');
  return value;
}

const rowsOf = ({ name, items, dollars }: Bill): readonly (readonly string[])[] => [
  ...items.map((one) => [
    `${name}: ${one.item}`,
    one.amount,
    one.dollars ? one.dollars.toFixed(2) : '',
    one.source ?? '',
  ]),
  [`${name}, together`, '', total(dollars), ''],
];

/** Bills by item, as Markdown. */
const billTable = (bills: readonly Bill[]): string =>
  [
    '| | for | US dollars a month | price found in |',
    '|---|---|---:|---|',
    ...bills.flatMap((bill) => {
      const rows = rowsOf(bill);
      const [name = '', , sum = ''] = rows.at(-1) ?? [];
      return [...rows.slice(0, -1).map((row) => `| ${row.join(' | ')} |`), `| **${name}** | | **${sum}** | |`];
    }),
  ].join('\n');

/** The sums alone, for several sizes of a service that are alike otherwise. */
export const sizesTable = (sizes: readonly number[]): string => {
  const months = sizes.map((images) => billsOf(typicalMonth(images)));
  const names = months[0]?.map(({ name }) => name) ?? [];
  return [
    `| US dollars a month | ${sizes.map((images) => `${images.toLocaleString('en')} pictures`).join(' | ')} |`,
    `|---|${sizes.map(() => '---:|').join('')}`,
    ...names.map((name, at) => `| ${name} | ${months.map((bills) => total(bills[at]?.dollars)).join(' | ')} |`),
  ].join('\n');
};

const typicalMonth = (images: number): Month => ({
  ...typicalUsage,
  images,
  arrivals: images / 10,
  filesSeen: sizesSeen,
});

const total = (dollars: number | undefined): string => dollars?.toFixed(2) ?? 'no published price';
