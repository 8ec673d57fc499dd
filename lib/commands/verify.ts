import { Command } from 'commander';
import * as z from 'zod';
import { DarkroomError } from '../client/error.ts';
import type { ImageAnswer } from '../contract/answers.ts';
import { variantFormats } from '../core/formats.ts';
import { parseWholeNumber } from './arguments.ts';
import {
  complaintsAbout,
  type Fault,
  faultOf,
  faultOfBytes,
  faultsOfHeaders,
  fetchAsPage,
  type ServedFile,
} from './fetch-variant.ts';
import { showProgress } from './progress.ts';
import { asking, endOf, type ServiceOptions, sentenceOfError, type Target, targetOf, withService } from './service.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { sideBySide } from './side-by-side.ts';
import { growingTable, writeJson } from './table.ts';
import { countInWords } from './words.ts';

type Options = ServiceOptions & { readonly collection?: string; readonly parallel: number; readonly repair?: true };

export const verifyCommand = (shell: Shell): Command =>
  withService(
    new Command('verify')
      .description('Fetch every file of every version that is served, and compare its bytes and headers.')
      .option('--collection <name>', 'verify images of this collection only')
      .option('--parallel <count>', 'number of images to verify at a time', parseWholeNumber(1, 64), 4)
      .option('--repair', 'reprocess the images with a missing or damaged file in the version that people see'),
  )
    .addHelpText(
      'after',
      `
The version that people see is compared with the catalogue, an earlier one with its manifest. An earlier version without
a manifest counts as one that never became ready; "darkroom reconcile" knows better. The headers are the content type,
caching for ever, nosniff, and CORS for every page.

Each fault gives a line with the id of the image, the address and what is wrong. Ends with 1 if there is any. With --json
each line says whether it is a fault of the "file" or of its "delivery", and a last one has the counts. An address that
does not answer, or answers 429 or 5xx, is asked three times.

--repair makes the next version of an image that has a file which answers 404 or holds other bytes, or a manifest that is
none. No other fault is one that a new version would mend. --repair makes no earlier version again. Remove a damaged file
of one: the audit of the service makes a missing file again, with the same bytes, where the recipe is still the same.

Examples:
  darkroom verify
  darkroom verify --collection holidays --repair`,
    )
    .action((options: Options) => verify(shell, options));

const verify = async (shell: Shell, options: Options): Promise<void> => {
  const { collection, json, repair } = options;
  const target = targetOf(shell, options);
  const found = await asking(target, async () => {
    const shown: Shown[] = [];
    for await (const { id, ready } of target.service.images({ collection, limit: 100 }))
      if (ready) shown.push({ id, ready });
    return shown;
  });
  const counts = { images: 0, files: 0, faults: 0 };
  const broken = new Set<string>();
  const damaged = new Set<string>();
  const damagedNow = new Set<string>();
  const progress = showProgress(shell, {
    count: found.length,
    unit: 'images',
    bytes: found.length,
    doing: 'verifying',
  });
  const row = growingTable(shell, ['ID', 'ADDRESS', 'FAULT'], [26, widestOf(found)], (text) =>
    progress.say('out', text),
  );
  const interruption = shell.interruption();
  await sideBySide(found, options.parallel, async ({ id, ready }) => {
    if (interruption.aborted) return;
    progress.begin(id, 1);
    for await (const { url, version, faults } of lookAt(ready, interruption)) {
      // What an interruption cut off is no fault.
      if (interruption.aborted) return;
      counts.files++;
      for (const { sentence: fault, of } of faults) {
        counts.faults++;
        broken.add(id);
        if (of === 'file') damaged.add(id);
        if (of === 'file' && version === ready.version) damagedNow.add(id);
        if (json) progress.say('out', `${JSON.stringify({ id, url, fault, of })}\n`);
        else row([id, url, fault]);
      }
    }
    counts.images++;
    progress.end(id, broken.has(id) ? 'failed' : 'done');
  }).finally(progress.close);
  if (interruption.aborted)
    throw new CommandEnd(
      'interrupted',
      `Stopped after ${countInWords(counts.images, 'image')}. Run the same command again to verify all.`,
    );
  if (repair)
    for (const id of damagedNow) {
      const said = await repaired(target, id);
      if (!json) shell.err.write(`${id} ${said}\n`);
    }
  if (json) writeJson(shell, counts);
  else shell.err.write(`${countInWords(counts.images, 'image')}, ${countInWords(counts.files, 'file')} verified\n`);
  const hindered = broken.size - damaged.size;
  if (repair && !json && hindered > 0) shell.err.write(inVain(hindered));
  if (broken.size > 0) throw new CommandEnd('failed', `${countInWords(broken.size, 'image')} with faults; see above.`);
};

const inVain = (images: number): string =>
  `${countInWords(images, 'image')} ${images === 1 ? 'has' : 'have'} faults of delivery only, which a reprocess cannot mend: look at what stands between the files and here.\n`;

/** What became of the repair of one image, as the end of a sentence; rejects where every other repair would fail too. */
const repaired = async (target: Target, id: string): Promise<string> => {
  try {
    const { version } = await target.service.reprocess(id);
    return `is reprocessed as version ${version}`;
  } catch (error) {
    if (!(error instanceof DarkroomError)) throw error;
    const end = endOf(target.url, error);
    if (end) throw end;
    return error.code === 'not-found' ? 'was deleted meanwhile' : `is not reprocessed: ${sentenceOfError(error)}`;
  }
};

type Ready = NonNullable<ImageAnswer['ready']>;
type Shown = { readonly id: string; readonly ready: Ready };
type Looked = { readonly url: string; readonly version: number; readonly faults: readonly Fault[] };

const widestOf = (found: readonly Shown[]): number =>
  found.reduce((most, { ready }) => Math.max(most, ready.manifest.length), 0);

/** Every file of an image that is served, its manifests among them. */
async function* lookAt(ready: Ready, signal: AbortSignal): AsyncGenerator<Looked> {
  const { version, manifest, variants } = ready;
  const wanted = variants.map(({ name, format, sha256 }) => ({ file: `${name}.${format}`, sha256 }));
  const seen = await manifestAt(manifest, signal);
  const differs = seen.variants && listOf(seen.variants) !== listOf(wanted);
  yield {
    url: manifest,
    version,
    faults: [...seen.faults, ...(differs ? [differing] : [])],
  };
  yield* lookAtFiles(version, variants, signal);
  for (let earlier = version - 1; earlier > 0; earlier--) {
    const url = manifest.replace(/\/v\d+\/manifest\.json$/, `/v${earlier}/manifest.json`);
    const { isThere, variants: listed = [], faults } = await manifestAt(url, signal);
    if (!isThere) continue;
    yield { url, version: earlier, faults };
    yield* lookAtFiles(
      earlier,
      listed.map(({ file, ...more }) => ({ ...more, url: new URL(file, url).href })),
      signal,
    );
  }
}

async function* lookAtFiles(
  version: number,
  files: readonly ServedFile[],
  signal: AbortSignal,
): AsyncGenerator<Looked> {
  for (const file of files) yield { url: file.url, version, faults: await complaintsAbout(file, signal) };
}

const differing: Fault = { sentence: 'lists other files than the catalogue', of: 'file' };

const listOf = (files: readonly { readonly file: string; readonly sha256: string }[]): string =>
  files
    .map(({ file, sha256 }) => `${file} ${sha256}`)
    .sort()
    .join();

const manifestSchema = z.object({
  variants: z.array(z.object({ file: z.string(), format: z.enum(variantFormats), sha256: z.string() })),
});

type Manifest = {
  readonly isThere: boolean;
  readonly faults: readonly Fault[];
  readonly variants?: z.output<typeof manifestSchema>['variants'];
};

const manifestAt = async (url: string, signal: AbortSignal): Promise<Manifest> => {
  const answer = await fetchAsPage(url, signal);
  if (answer?.status !== 200) return { isThere: answer?.status !== 404, faults: [faultOf(answer)] };
  const contentType = 'application/json';
  const headers = faultsOfHeaders(answer.headers, contentType);
  const { data } = manifestSchema.safeParse(parsed(new TextDecoder().decode(answer.bytes)));
  return data
    ? { isThere: true, faults: headers, variants: data.variants }
    : { isThere: true, faults: [faultOfBytes(answer.headers, contentType, 'is not a manifest'), ...headers] };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
