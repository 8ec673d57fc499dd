import { Command } from 'commander';
import { momentsOf } from '../client/moments.ts';
import type { ImageAnswer } from '../contract/answers.ts';
import type { FailureCode } from '../core/errors.ts';
import { asking, type ServiceOptions, targetOf, withService } from './service.ts';
import type { Shell } from './shell.ts';
import { writeJson } from './table.ts';
import { bytesInWords, secondsInWords } from './words.ts';

type Options = ServiceOptions & { readonly why?: true };

export const showCommand = (shell: Shell): Command =>
  withService(
    new Command('show')
      .description('Show one image: its facts, its life as a timeline, and its variants.')
      .argument('<id>', 'id of an image')
      .option('--why', 'explain the status, and say what to do'),
  )
    .addHelpText(
      'after',
      `
Examples:
  darkroom show dz3kq7w2ynfa5xbv4hcd6tjrpe
  darkroom show dz3kq7w2ynfa5xbv4hcd6tjrpe --why`,
    )
    .action(async (id: string, options: Options) => {
      const target = targetOf(shell, options);
      const image = await asking(target, () => target.service.findImage(id));
      const explained = options.why && why(image, shell.now());
      if (options.json) writeJson(shell, { ...image, ...(explained && { why: explained }) });
      else shell.out.write(explained ? `${explained}\n` : `${page(image)}\n`);
    });

const page = (image: ImageAnswer): string => {
  const { original, ready } = image;
  const size = original.width === null ? '' : `, ${original.width}x${original.height}`;
  const facts: readonly (readonly [string, string | null])[] = [
    ['image', image.id],
    ['file', image.filename],
    ['collection', image.collection],
    ['original', `${original.contentType}, ${bytesInWords(original.bytes)}${size}`],
    ['status', `v${image.version} ${image.status}`],
    ['attempts', image.attempts > 1 ? String(image.attempts) : null],
    ['took', ready?.spent ? timesOf(ready.spent) : null],
    ['error', image.error && `${image.error.code}: ${image.error.message}`],
    ['kind', ready && `${ready.kind}, recipe ${ready.recipe}`],
    ['manifest', ready?.manifest ?? null],
  ];
  const lines = facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(11)} ${value}`]));
  const variants = ready?.variants.map(
    ({ width, height, bytes, url }) => `${`${width}x${height}`.padEnd(11)} ${bytesInWords(bytes).padEnd(8)} ${url}`,
  );
  const life = momentsOf(image, inMilliseconds).map(({ at, what }) => `${at}  ${what}`);
  return [...lines, '', ...life, ...(variants ? ['', ...variants] : [])].join('\n');
};

const inMilliseconds = (seconds: number): string => `${Math.round(seconds * 1000)} ms`;

const timesOf = ({ wallMs, ...phases }: NonNullable<NonNullable<ImageAnswer['ready']>['spent']>): string => {
  const parts = Object.entries(phases).map(([phase, ms]) => `${phase.replace(/Ms$/, '')} ${ms} ms`);
  return `${wallMs} ms (${parts.join(', ')})`;
};

const why = (image: ImageAnswer, now: number): string => {
  const { id, error, status, version, ready } = image;
  const sentences = error
    ? [`Version ${version} of ${id} failed (${error.code}).`, error.message, advice[error.code](id)]
    : [
        `Version ${version} of ${id} is ${status}.`,
        states[status](image, (at) => secondsInWords(secondsSince(at, now))),
      ];
  if (ready && ready.version < version) sentences.push(`Meanwhile people see version ${ready.version}.`);
  return sentences.filter((sentence) => sentence !== '').join(' ');
};

/** The clock of the service may be ahead of the one here. */
const secondsSince = (at: string, now: number): number => Math.max(0, now - Date.parse(at)) / 1000;

const states: Readonly<Record<ImageAnswer['status'], (image: ImageAnswer, since: (at: string) => string) => string>> = {
  // The catalogue learns that a file has arrived when the first attempt begins.
  pending: ({ requestedAt }, since) =>
    `It was asked for ${since(requestedAt)} ago, and no renderer has begun: its file has not arrived, or it waits in the queue. If the PUT was answered with 200, wait. If not, send the file again: by the same ticket until that ends, then by a new one. For a reprocess there is nothing to send. "darkroom doctor" shows whether the renderers work.`,
  processing: ({ progress, attempts, startedAt }, since) =>
    `Attempt ${attempts}${startedAt === null ? '' : `, which began ${since(startedAt)} ago,`} is making the variants: ${Math.round(progress * 100)} % of them are done. Wait: when an attempt dies or takes too long, the next one begins by itself; after the third the version fails. "darkroom doctor" shows whether the renderers work.`,
  retrying: ({ attempts }) =>
    `Attempt ${attempts} failed for a temporary reason. The next one begins by itself; after the third the version fails.`,
  ready: ({ ready }) => `All ${ready?.variants.length ?? 0} variants can be fetched.`,
  expired: () => 'The ticket ended before the file had arrived. Upload the file again.',
  failed: () => '',
};

/** Beside the sentence of the service, which says what is wrong with the file. */
const advice: Readonly<Record<FailureCode, (id: string) => string>> = {
  'not-an-image': () => 'Reprocessing does not help: the file has to be another one.',
  'type-mismatch': () => 'Upload it again by "darkroom upload", which declares the type of the bytes.',
  corrupt: () => 'Reprocessing does not help: the file has to be another one.',
  'unsupported-format': () => 'Reprocessing does not help: the file has to be another one.',
  'too-small': () => 'The limit is limits.minWidth and limits.minHeight in darkroom.config.ts.',
  'too-big': () => 'The limits are limits.maxWidth, limits.maxHeight and limits.maxPixels in darkroom.config.ts.',
  'too-many-frames': () => 'The limit is limits.maxFrames in darkroom.config.ts.',
  'checksum-mismatch': () => 'Upload the file again; it changed on its way or on the disk.',
  'gave-up': (id) => `Look into the log of the service for ${id}, then run: darkroom reprocess --ids ${id} --wait`,
};
