import { Command, InvalidArgumentError, Option } from 'commander';
import { typicalUsage } from '../adapters/aws/cost.ts';
import type { Config } from '../core/config.ts';
import { parseWholeNumber } from './arguments.ts';
import { asking, type ServiceOptions, targetOf, withService } from './service.ts';
import type { Shell } from './shell.ts';
import { CommandEnd } from './shell.ts';
import { writeJson, writeTable } from './table.ts';
import { bytesInWords, countInWords, secondsInWords } from './words.ts';

type Averages = {
  readonly originalBytes: number;
  readonly variantBytes: number;
  readonly files: number;
  readonly renderSeconds: number;
};
type Options = ServiceOptions & {
  readonly images: number;
  readonly measure?: true;
  readonly sample: number;
  readonly preset?: string;
  readonly sizes?: number;
  readonly formats?: number;
  readonly workers: number;
  readonly perHour?: number;
  readonly headroom: number;
} & Partial<Averages>;

/** `darkroom cost` uses these values, too. */
const typical: Averages = {
  originalBytes: typicalUsage.originalBytes,
  variantBytes: typicalUsage.variantBytes,
  files: typicalUsage.variantFiles,
  renderSeconds: typicalUsage.renderSeconds,
};

const most = 1_000_000_000;

export const capacityCommand = (shell: Shell, configured: () => Promise<Config>): Command =>
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
        'number of variants of one picture (default: sizes × formats)',
        parseWholeNumber(1, 1000),
      )
      .option(
        '--preset <name>',
        'preset whose sizes, and formats of a photo, to use (default: that of the configuration)',
      )
      .option('--sizes <count>', 'number of sizes of one picture', parseWholeNumber(1, 100))
      .option('--formats <count>', 'number of formats of each size', parseWholeNumber(1, 10))
      .option(
        '--render-seconds <seconds>',
        `seconds that one renderer takes for one picture (default: ${typical.renderSeconds})`,
        positive,
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
Without --measure the command calls no service. --measure takes bytes, files and seconds from images that are ready. An
option for one of them comes first. Seconds measured on one home hold for that home only.

Examples:
  darkroom capacity --images 100000
  darkroom capacity --images 100000 --preset lean
  darkroom capacity --images 100000 --sizes 5 --formats 2 --render-seconds 1.2
  darkroom capacity --images 100000 --measure --workers 8
  darkroom capacity --images 20000 --per-hour 6000`,
    )
    .action((options: Options) => capacity(shell, configured, options));

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= most)) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

/** What every picture is made in; undefined where the number of files is given or measured. */
const productOf = async (
  configured: () => Promise<Config>,
  { preset, sizes, formats, files, measure: measured }: Options,
): Promise<{ readonly sizes: number; readonly formats: number } | undefined> => {
  const isNamed = preset !== undefined || sizes !== undefined || formats !== undefined;
  if (files !== undefined && isNamed)
    throw new CommandEnd('misused', 'Give either --files, or --preset, --sizes and --formats.');
  if (files !== undefined || (measured && !isNamed)) return undefined;
  const config = await configured();
  const found = Object.entries(config.presets).find(([name]) => name === (preset ?? config.defaultPreset))?.[1];
  if (!found)
    throw new CommandEnd(
      'misused',
      `There is no preset ${preset}. There are ${Object.keys(config.presets).join(', ')}.`,
    );
  return { sizes: sizes ?? found.variants.length, formats: formats ?? found.formats.photo.length };
};

/** An event source mapping takes no fewer. */
const leastConcurrency = 2;

const capacity = async (shell: Shell, configured: () => Promise<Config>, options: Options): Promise<void> => {
  const { images, workers, headroom, perHour } = options;
  const product = await productOf(configured, options);
  const measured = options.measure ? await measure(shell, options) : typical;
  const averages: Averages = {
    originalBytes: options.originalBytes ?? measured.originalBytes,
    variantBytes: options.variantBytes ?? measured.variantBytes,
    files: options.files ?? (product ? product.sizes * product.formats : measured.files),
    renderSeconds: options.renderSeconds ?? measured.renderSeconds,
  };
  const { originalBytes, variantBytes, files, renderSeconds } = averages;
  const stored = images * (originalBytes + variantBytes);
  const needed = perHour === undefined ? undefined : Math.ceil((perHour * renderSeconds) / 3600);
  const answer = {
    images,
    ...product,
    // Beside the variants there are the original and the manifest.
    variants: Math.round(images * files),
    files: Math.round(images * (files + 2)),
    storedBytes: Math.round(stored),
    plannedBytes: Math.round(stored * headroom),
    picturesPerHour: Math.floor((3600 / renderSeconds) * workers),
    seconds: Math.round((images * renderSeconds) / workers),
    workers: needed ?? workers,
    ...(needed !== undefined && { concurrentRenders: Math.max(leastConcurrency, needed) }),
    averages,
  };
  if (options.json) return writeJson(shell, answer);
  const count = (value: number) => value.toLocaleString('en');
  writeTable(
    shell,
    ['WHAT', 'HOW MUCH'],
    [
      ['pictures', count(answer.images)],
      ...(product ? [['sizes × formats', `${product.sizes} × ${product.formats}`]] : []),
      ['variants', count(answer.variants)],
      ['files in the stores', count(answer.files)],
      ['stored', bytesInWords(answer.storedBytes)],
      [`storage to plan (×${headroom})`, bytesInWords(answer.plannedBytes)],
      ['seconds for one picture', renderSeconds.toLocaleString('en', { maximumFractionDigits: 2 })],
      [`pictures per hour with ${countInWords(workers, 'renderer')}`, count(answer.picturesPerHour)],
      ['time to render all', secondsInWords(answer.seconds)],
      ...(perHour === undefined
        ? []
        : [
            [`renderers for ${count(perHour)} pictures per hour`, count(answer.workers)],
            ['on AWS: concurrent renders (maxConcurrentRenders)', count(answer.concurrentRenders ?? 0)],
          ]),
    ],
  );
};

const measure = async (shell: Shell, options: Options): Promise<Averages> => {
  const target = targetOf(shell, options);
  const found: (Omit<Averages, 'renderSeconds'> & { readonly renderSeconds: number | undefined })[] = [];
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
          renderSeconds: ready.spent ? ready.spent.wallMs / 1000 : undefined,
        });
      if (found.length === options.sample) break;
    }
  });
  if (found.length === 0)
    throw new CommandEnd(
      'failed',
      `${target.url} has no image that is ready, so there is nothing to measure. Upload pictures first, or leave out --measure.`,
    );
  const average = (name: keyof Averages) => {
    const values = found.flatMap((one) => one[name] ?? []);
    // Versions made before it was kept say nothing of their seconds.
    return values.length === 0 ? typical[name] : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return {
    originalBytes: average('originalBytes'),
    variantBytes: average('variantBytes'),
    files: average('files'),
    renderSeconds: average('renderSeconds'),
  };
};
