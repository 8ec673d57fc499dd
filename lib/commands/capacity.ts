import { Command, Option } from 'commander';
import { typicalUsage } from '../adapters/aws/cost.ts';
import { parseWholeNumber } from './arguments.ts';
import { asking, type ServiceOptions, targetOf, withService } from './service.ts';
import type { Shell } from './shell.ts';
import { CommandEnd } from './shell.ts';
import { writeJson, writeTable } from './table.ts';
import { bytesInWords, secondsInWords } from './words.ts';

type Averages = {
  readonly originalBytes: number;
  readonly variantBytes: number;
  readonly files: number;
};
type Options = ServiceOptions & {
  readonly images: number;
  readonly measure?: true;
  readonly sample: number;
  readonly renderSeconds: number;
  readonly workers: number;
  readonly perHour?: number;
  readonly headroom: number;
} & Partial<Averages>;

/** `darkroom cost` uses these values, too. */
const typical: Averages = {
  originalBytes: typicalUsage.originalBytes,
  variantBytes: typicalUsage.variantBytes,
  files: typicalUsage.variantFiles,
};

const most = 1_000_000_000;

export const capacityCommand = (shell: Shell): Command =>
  withService(
    new Command('capacity')
      .description('Compute the files, the storage and the time for a number of pictures.')
      .requiredOption('--images <count>', 'number of pictures', parseWholeNumber(1, most))
      .option('--measure', 'take the averages from the newest images of the service')
      .option('--sample <count>', 'number of images to measure', parseWholeNumber(1, 10_000), 200)
      .option(
        '--original-bytes <bytes>',
        `bytes of one original (default: ${typical.originalBytes})`,
        parseWholeNumber(1, most),
      )
      .option(
        '--variant-bytes <bytes>',
        `bytes of all variants of one picture (default: ${typical.variantBytes})`,
        parseWholeNumber(1, most),
      )
      .option(
        '--files <count>',
        `number of variants of one picture (default: ${typical.files})`,
        parseWholeNumber(1, 1000),
      )
      .option(
        '--render-seconds <seconds>',
        'seconds that one renderer takes for one picture',
        positive,
        typicalUsage.renderSeconds,
      )
      .option('--workers <count>', 'number of renderers', parseWholeNumber(1, 10_000), 1)
      .option('--per-hour <count>', 'number of pictures per hour that have to be rendered', parseWholeNumber(1, most))
      .addOption(
        new Option('--headroom <factor>', 'storage to plan for each byte stored').default(2).argParser(positive),
      ),
  )
    .addHelpText(
      'after',
      `
Without --measure the command calls no service.

Examples:
  darkroom capacity --images 100000
  darkroom capacity --images 100000 --measure --render-seconds 1.2 --workers 8
  darkroom capacity --images 20000 --per-hour 6000`,
    )
    .action((options: Options) => capacity(shell, options));

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= most)) throw new CommandEnd('misused', `${text} is not a positive number.`);
  return value;
}

const capacity = async (shell: Shell, options: Options): Promise<void> => {
  const { images, renderSeconds, workers, headroom, perHour } = options;
  const measured = options.measure ? await measure(shell, options) : typical;
  const { originalBytes, variantBytes, files } = {
    originalBytes: options.originalBytes ?? measured.originalBytes,
    variantBytes: options.variantBytes ?? measured.variantBytes,
    files: options.files ?? measured.files,
  };
  const stored = images * (originalBytes + variantBytes);
  const answer = {
    images,
    // Beside the variants there are the original and the manifest.
    variants: Math.round(images * files),
    files: Math.round(images * (files + 2)),
    storedBytes: Math.round(stored),
    plannedBytes: Math.round(stored * headroom),
    picturesPerHour: Math.floor((3600 / renderSeconds) * workers),
    seconds: Math.round((images * renderSeconds) / workers),
    workers: perHour === undefined ? workers : Math.ceil((perHour * renderSeconds) / 3600),
    averages: { originalBytes, variantBytes, files },
  };
  if (options.json) return writeJson(shell, answer);
  const count = (value: number) => value.toLocaleString('en');
  writeTable(
    shell,
    ['WHAT', 'HOW MUCH'],
    [
      ['pictures', count(answer.images)],
      ['variants', count(answer.variants)],
      ['files in the stores', count(answer.files)],
      ['stored', bytesInWords(answer.storedBytes)],
      [`storage to plan (×${headroom})`, bytesInWords(answer.plannedBytes)],
      [`pictures per hour with ${count(workers)} renderers`, count(answer.picturesPerHour)],
      ['time to render all', secondsInWords(answer.seconds)],
      ...(perHour === undefined ? [] : [[`renderers for ${count(perHour)} pictures per hour`, count(answer.workers)]]),
    ],
  );
};

const measure = async (shell: Shell, options: Options): Promise<Averages> => {
  const target = targetOf(shell, options);
  const found: Averages[] = [];
  await asking(target, async () => {
    for await (const { original, ready } of target.service.images({
      status: 'ready',
      limit: Math.min(options.sample, 100),
    })) {
      if (ready)
        found.push({
          originalBytes: original.bytes,
          variantBytes: ready.variants.reduce((sum, { bytes }) => sum + bytes, 0),
          files: ready.variants.length,
        });
      if (found.length === options.sample) break;
    }
  });
  if (found.length === 0)
    throw new CommandEnd('failed', `${target.url} has no image that is ready, so there is nothing to measure.`);
  const average = (name: keyof Averages) => found.reduce((sum, one) => sum + one[name], 0) / found.length;
  return { originalBytes: average('originalBytes'), variantBytes: average('variantBytes'), files: average('files') };
};
