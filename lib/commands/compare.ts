import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { DarkroomError } from '../client/error.ts';
import type { ImageAnswer } from '../contract/answers.ts';
import { type Likeness, likenessOf } from '../render/likeness.ts';
import { parseWholeNumber } from './arguments.ts';
import { unsigned } from './fetch-variant.ts';
import { unreadableFile } from './file-trouble.ts';
import { type MappedPath, readPathMap } from './path-map.ts';
import { showProgress } from './progress.ts';
import { endOf, type ServiceOptions, type Target, targetOf, withService } from './service.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { sideBySide } from './side-by-side.ts';
import { writeTable } from './table.ts';
import { bytesInWords, countInWords } from './words.ts';

type Options = ServiceOptions & { readonly old: string; readonly variant?: string; readonly parallel: number };

export const compareCommand = (shell: Shell): Command =>
  withService(
    new Command('compare')
      .description('Compare what an old system shows with the variants: width, bytes and SSIMULACRA2 score.')
      .argument('<map>', 'file that "darkroom import" wrote')
      .requiredOption('--old <place>', 'folder or address in front of the old paths')
      .option('--variant <name>', 'variant to compare with, such as 640w.avif (default: see below)')
      .option('--parallel <count>', 'number of pictures to compare at a time', parseWholeNumber(1, 16), 2),
  )
    .addHelpText(
      'after',
      `
Both pictures are scored against the original, scaled to the size of each: 90 cannot be told from it side by side, 70 is
high quality, 50 medium. There is no score for a picture that shows a part of the original only. By default the variant
is the smallest file among those whose width is nearest to that of the old picture. Ends with 1 if a picture could not
be compared.

Examples:
  darkroom compare map.jsonl --old https://old.example/photos/
  darkroom compare map.jsonl --old old-site/640 --variant 640w.webp --json`,
    )
    .action((map: string, options: Options) => compare(shell, map, options));

type Side = Likeness & { readonly bytes: number };
type Compared = { readonly old: string; readonly before: Side; readonly after: Side & { readonly file: string } };

const compare = async (shell: Shell, map: string, options: Options): Promise<void> => {
  const target = targetOf(shell, options);
  const compared: Compared[] = [];
  const paths = [...readPathMap(map)];
  const work = { count: paths.length, unit: 'pictures', bytes: paths.length, doing: 'comparing' } as const;
  const progress = showProgress(shell, work);
  let failed = 0;
  await sideBySide(paths, options.parallel, async (path) => {
    progress.begin(path.old, 1);
    try {
      const one = await comparedPath(target, path, options);
      compared.push(one);
      progress.end(path.old, 'done');
      if (options.json) progress.say('out', `${JSON.stringify(one)}\n`);
    } catch (error) {
      const end = endOf(target.url, error);
      if (end) throw end;
      if (!(error instanceof CommandEnd) && !(error instanceof DarkroomError)) throw error;
      failed++;
      progress.end(path.old, 'failed');
      progress.say('err', `${path.old}: ${error.message}\n`);
    }
  }).finally(progress.close);
  if (!options.json) {
    compared.sort((a, b) => (a.old < b.old ? -1 : 1));
    writeTable(
      shell,
      ['OLD PATH', 'WIDTH', 'BYTES', 'SCORE', 'VARIANT', 'WIDTH', 'BYTES', 'SCORE'],
      compared.map(({ old, before, after }) => [old, ...cellsOf(before), after.file, ...cellsOf(after)]),
    );
    shell.err.write(summaryOf(compared));
  }
  if (failed > 0)
    throw new CommandEnd('failed', `${countInWords(failed, 'picture')} could not be compared; see above.`);
};

const comparedPath = async ({ service }: Target, { old, id }: MappedPath, options: Options): Promise<Compared> => {
  const before = await picture(placeOf(options.old, old));
  const { ready } = await service.findImage(id);
  if (!ready) throw new CommandEnd('failed', `The image ${id} is not ready. "darkroom show ${id} --why" says more.`);
  const original = await fetched(await originalOf(service, id, ready), verify);
  const first = await scored(original, before);
  const variant = variantFor(ready, id, first.width, options.variant);
  const after = { place: variant.url, bytes: await fetched(variant.url, verify), cure: verify };
  return {
    old,
    before: first,
    after: { file: `${variant.name}.${variant.format}`, ...(await scored(original, after)) },
  };
};

/** The address of the original that the variants were made of. */
const originalOf = async (service: Target['service'], id: string, { source }: Ready): Promise<string> => {
  const { url, version } = await service.downloadOriginal(id);
  if (version === source) return url;
  const sentence = `What people see of ${id} was made of the original of version ${source}, and the service gives that of version ${version}.`;
  throw new CommandEnd('failed', `${sentence} "darkroom show ${id} --why" says more.`);
};

/** `cure` is what to do where the bytes are no picture. */
type Shown = { readonly place: string; readonly bytes: Uint8Array; readonly cure: string };
const verify = 'Run "darkroom verify", which says what is wrong.';

const scored = async (original: Uint8Array, { place, bytes, cure }: Shown): Promise<Side> => {
  try {
    return { bytes: bytes.length, ...(await likenessOf(original, bytes)) };
  } catch (cause) {
    throw new CommandEnd('failed', `${place} cannot be decoded as a picture. ${cure}`, { cause });
  }
};

type Ready = NonNullable<ImageAnswer['ready']>;

const variantFor = (
  { variants }: Ready,
  id: string,
  width: number,
  wanted: string | undefined,
): Ready['variants'][number] => {
  const named = variants.filter(
    ({ name, format }) => wanted === undefined || [name, `${name}.${format}`].includes(wanted),
  );
  const [best] = named.toSorted((a, b) => Math.abs(a.width - width) - Math.abs(b.width - width) || a.bytes - b.bytes);
  if (best === undefined) {
    const names = [...new Set(variants.map(({ name }) => name))].join(', ');
    throw new CommandEnd('failed', `${id} has no variant ${wanted}. Name one of ${names} by --variant.`);
  }
  return best;
};

const isAddress = (place: string): boolean => /^https?:\/\//.test(place);

const placeOf = (front: string, path: string): string =>
  isAddress(front)
    ? `${front.replace(/\/*$/, '/')}${path.split('/').map(encodeURIComponent).join('/')}`
    : join(front, path);

const picture = async (place: string): Promise<Shown> => {
  const cure = 'Look at it in a browser; if it shows nothing, take its line out of the map.';
  if (isAddress(place)) {
    const bytes = await fetched(place, 'Check --old, and the old path in the map.');
    return { place: unsigned(place), bytes, cure };
  }
  try {
    return { place, bytes: await readFile(place), cure };
  } catch (cause) {
    throw unreadableFile(place, cause);
  }
};

const fetched = async (url: string, cure: string): Promise<Uint8Array> => {
  const answer = await arriving(url, 'there is no answer', () => fetch(url));
  if (!answer.ok) throw new CommandEnd('failed', `${unsigned(url)} answers ${answer.status}. ${cure}`);
  return new Uint8Array(await arriving(url, 'the answer was broken off', () => answer.arrayBuffer()));
};

const arriving = async <T>(url: string, otherwise: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (cause) {
    throw new CommandEnd('failed', `${unsigned(url)} cannot be fetched: ${otherwise}. Run the command again.`, {
      cause,
    });
  }
};

const cellsOf = ({ width, bytes, score }: Side) => [width, bytes, score ?? '-'];

const summaryOf = (compared: readonly Compared[]): string => {
  const sum = (side: 'before' | 'after') => compared.reduce((bytes, one) => bytes + one[side].bytes, 0);
  const median = (side: 'before' | 'after') => {
    const scores = compared.flatMap((one) => one[side].score ?? []).toSorted((a, b) => a - b);
    return scores[Math.floor(scores.length / 2)] ?? '-';
  };
  return `${countInWords(compared.length, 'picture')}: ${bytesInWords(sum('before'))} before, ${bytesInWords(sum('after'))} after; median score ${median('before')} before, ${median('after')} after\n`;
};
