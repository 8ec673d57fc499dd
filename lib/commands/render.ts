import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { Command } from 'commander';
import { sleep } from '../client/retry.ts';
import type { Config } from '../core/config.ts';
import { parseWholeNumber } from './arguments.ts';
import { contactSheet, isContactSheet, type Sheet } from './contact-sheet.ts';
import { type FoundFile, findFiles, statsOf } from './find-files.ts';
import { makeOutFolder, unwritable } from './out-folder.ts';
import { type ProgressDisplay, showProgress } from './progress.ts';
import { type RenderPool, renderPool } from './render-files.ts';
import { ownFilesIn, readManifest } from './render-to-folder.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { sideBySide } from './side-by-side.ts';
import { countInWords, secondsInWords } from './words.ts';

type Options = {
  readonly out: string;
  readonly preset?: string;
  readonly parallel?: number;
  readonly watch?: true;
  readonly json?: true;
};

/** `program` is the command line itself, which each renderer runs in a process of its own. */
export const renderCommand = (shell: Shell, program: string, configured: () => Promise<Config>): Command =>
  new Command('render')
    .description('Make all variants of pictures into a folder. No service is needed.')
    .argument('<files...>', 'files, folders (with the folders in them) and globs')
    .requiredOption('--out <folder>', 'folder to put the variants and the manifests into')
    .option(
      '--preset <name>',
      'preset to use: web, wide, full, lean, gallery, thumbnails, specimen, or one of your own',
    )
    .option(
      '--parallel <count>',
      'number of pictures to render at a time (default: number of cores)',
      parseWholeNumber(1, 64),
    )
    .option('--watch', 'keep running, and render added and changed files until Ctrl-C')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
One file is rendered into the folder itself. Of several, each gets a folder of its own, named like the file. The contact
sheet index.html shows them all. A picture is skipped while its content, the preset and the recipe are those of its manifest.
The files are the same, byte for byte, as those that a service makes. A file in the folder that was not made by this
command is never replaced: the picture that would do so fails.

Examples:
  darkroom render photo.jpg --out variants
  darkroom render pictures --out public/images
  darkroom render 'pictures/**/*.png' --out public/images --preset gallery --watch`,
    )
    .action(async (files: string[], options: Options) => {
      // Each renderer reads it for itself: what is wrong with it is said here, once.
      await configured();
      await render(shell, program, files, options);
    });

type Counts = Record<'rendered' | 'skipped' | 'failed', number>;

const render = async (shell: Shell, program: string, wanted: readonly string[], options: Options): Promise<void> => {
  const { watch, json } = options;
  const isSingle = wanted.length === 1 && statsOf(wanted[0] ?? '')?.isFile() === true;
  const pool = renderPool(shell, program);
  const interruption = shell.interruption();
  const run = { shell, pool, options, isSingle, signal: interruption };
  try {
    const began = shell.now();
    const find = async () => withoutOurs(await findFiles(wanted), options.out);
    let files = await find();
    refuseTwins(files);
    await makeOutFolder(options.out);
    const counts = await pass(run, files);
    await writeSheet(run, files);
    if (interruption.aborted) throw stopped();
    if (!isSingle && !json) shell.err.write(`${summaryOf(counts, (shell.now() - began) / 1000)}\n`);
    if (watch) {
      if (!json) shell.err.write(`Watching ${countInWords(files.length, 'file')}. Stop by Ctrl-C.\n`);
      const refused = new Set<string>();
      for (let seen = stateOf(files); !interruption.aborted; ) {
        await sleep(watchMs, interruption).catch(() => undefined);
        // A folder may be empty, or gone, for a moment.
        const now = await find().catch(() => files);
        const state = stateOf(now);
        // A file that is still being written will differ at the next check.
        const fresh = now.filter(({ path }) => state.get(path) === seen.get(path) && !rendered(files, path, state));
        const taken = files.filter(({ path }) => state.has(path));
        const changed = fresh.filter((file) => {
          const twin = taken.find(({ name, path }) => name === file.name && path !== file.path);
          if (twin && !refused.has(file.path)) shell.err.write(`${twinSentence(twin, file)}\n`);
          if (twin) refused.add(file.path);
          else taken.push(file);
          return !twin;
        });
        seen = state;
        if (changed.length === 0 || interruption.aborted) continue;
        files = [...files.filter((file) => !changed.some(({ name }) => name === file.name)), ...changed];
        await pass(run, changed);
        await writeSheet(run, files);
      }
      throw stopped();
    }
    if (counts.failed > 0) throw new CommandEnd('failed', isSingle ? '' : someFailed(counts, files.length));
  } finally {
    pool.close();
  }
};

const watchMs = 500;

type State = ReadonlyMap<string, string>;
const stateOf = (files: readonly FoundFile[]): State =>
  new Map(files.map(({ path, bytes, modifiedMs }) => [path, `${bytes} ${modifiedMs}`]));
const rendered = (files: readonly FoundFile[], path: string, state: State): boolean =>
  stateOf(files).get(path) === state.get(path);

const stopped = () => new CommandEnd('interrupted', 'Stopped. Run the same command again to continue.');

type Run = {
  readonly shell: Shell;
  readonly pool: RenderPool;
  readonly options: Options;
  readonly isSingle: boolean;
  readonly signal: AbortSignal;
};

const pass = async (run: Run, files: readonly FoundFile[]): Promise<Counts> => {
  const { shell, pool, options, isSingle, signal } = run;
  const counts: Counts = { rendered: 0, skipped: 0, failed: 0 };
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const progress = showProgress(shell, { count: files.length, unit: 'files', bytes, doing: 'rendering' });
  await sideBySide(files, options.parallel ?? availableParallelism(), async (file) => {
    if (signal.aborted) return;
    const folder = folderOf(run, file.name);
    progress.begin(file.path, file.bytes);
    try {
      if (file.refused !== undefined) throw new CommandEnd('failed', file.refused);
      const { status, files: count } = await pool.render({ file: file.path, folder, preset: options.preset });
      counts[status]++;
      progress.end(file.path, status === 'rendered' ? 'done' : 'skipped');
      say(progress, options, isSingle, { file: file.path, folder, status, files: count });
    } catch (error) {
      if (!(error instanceof CommandEnd)) throw error;
      progress.end(file.path, 'failed');
      if (signal.aborted) return;
      counts.failed++;
      say(progress, options, isSingle, { file: file.path, folder, status: 'failed', reason: error.message });
    }
  });
  progress.close();
  return counts;
};

type Outcome = { readonly file: string; readonly folder: string } & (
  | { readonly status: 'rendered' | 'skipped'; readonly files: number }
  | { readonly status: 'failed'; readonly reason: string }
);

const say = (progress: ProgressDisplay, { json }: Options, isSingle: boolean, outcome: Outcome): void => {
  const { file, folder } = outcome;
  if (json) progress.say('out', `${JSON.stringify(outcome)}\n`);
  else if (outcome.status === 'failed')
    progress.say('err', outcome.reason.startsWith(file) ? `${outcome.reason}\n` : `${file}: ${outcome.reason}\n`);
  else if (isSingle) progress.say('out', `${outcome.files} files and a manifest in ${folder}\n`);
  else if (outcome.status === 'rendered') progress.say('out', `${file}\t${outcome.files} files\t${folder}\n`);
};

const summaryOf = ({ rendered: made, skipped, failed }: Counts, seconds: number): string =>
  `${made} rendered, ${skipped} up to date, ${failed} failed in ${secondsInWords(seconds)}`;

const someFailed = ({ failed }: Counts, total: number): string =>
  `${countInWords(failed, 'file')} of ${total} failed; see above.`;

const refuseTwins = (files: readonly FoundFile[]): void => {
  const byName = new Map<string, FoundFile>();
  for (const file of files) {
    const twin = byName.get(file.name);
    if (twin) throw new CommandEnd('failed', twinSentence(twin, file));
    byName.set(file.name, file);
  }
};

const twinSentence = (one: FoundFile, { name, path }: FoundFile): string =>
  `${one.path} and ${path} would both become ${name}. Render them into different folders.`;

/** Without the variants that an earlier run put into `out`, which may lie in a folder that is rendered. */
const withoutOurs = async (files: readonly FoundFile[], out: string): Promise<readonly FoundFile[]> => {
  const below = resolve(out) + sep;
  const variants = new Map<string, Promise<readonly string[]>>();
  const isOurs = async (path: string): Promise<boolean> => {
    if (!resolve(path).startsWith(below)) return false;
    const folder = dirname(path);
    if (!variants.has(folder)) variants.set(folder, ownFilesIn(folder));
    return (await variants.get(folder))?.includes(basename(path)) ?? false;
  };
  const ours = await Promise.all(files.map(({ path }) => isOurs(path)));
  return files.filter((_, at) => !ours[at]);
};

/** The one picture of a single file is in the folder itself. */
const folderOf = ({ options: { out }, isSingle }: Run, name: string): string => (isSingle ? out : join(out, name));

const writeSheet = async (run: Run, files: readonly FoundFile[]): Promise<void> => {
  const { shell, options, isSingle } = run;
  const sheets: Sheet[] = [];
  for (const { name } of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const manifest = await readManifest(folderOf(run, name));
    if (manifest) sheets.push({ name, folder: isSingle ? '' : name, manifest });
  }
  const file = join(options.out, 'index.html');
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before !== undefined && !isContactSheet(before)) {
    if (!options.json) shell.err.write(`${file} is not a contact sheet, so it stays as it is.\n`);
    return;
  }
  if (sheets.length === 0 && before === undefined) return;
  try {
    await writeFile(file, contactSheet(sheets));
  } catch (cause) {
    throw new CommandEnd('failed', `${unwritable(file, cause)} Name another folder by --out.`, { cause });
  }
};
