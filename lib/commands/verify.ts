import { Command } from 'commander';
import * as z from 'zod';
import type { ImageAnswer } from '../contract/answers.ts';
import { parseWholeNumber } from './arguments.ts';
import { complaintsAbout } from './fetch-variant.ts';
import { asking, type ServiceOptions, targetOf, withService } from './service.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { sideBySide } from './side-by-side.ts';
import { writeJson } from './table.ts';
import { countInWords } from './words.ts';

type Options = ServiceOptions & { readonly collection?: string; readonly parallel: number; readonly repair?: true };

export const verifyCommand = (shell: Shell): Command =>
  withService(
    new Command('verify')
      .description('Fetch every variant that people see, and compare its bytes and headers with the catalogue.')
      .option('--collection <name>', 'verify images of this collection only')
      .option('--parallel <count>', 'number of images to verify at a time', parseWholeNumber(1, 64), 4)
      .option('--repair', 'reprocess the images with a fault, as their next versions'),
  )
    .addHelpText(
      'after',
      `
Each fault gives a line with the id of the image, the address and what is wrong. Ends with 1 if there is any.

Examples:
  darkroom verify
  darkroom verify --collection holidays --repair`,
    )
    .action((options: Options) => verify(shell, options));

const manifestSchema = z.object({ variants: z.array(z.object({ file: z.string(), sha256: z.string() })) });

const verify = async (shell: Shell, options: Options): Promise<void> => {
  const { collection, json, repair } = options;
  const target = targetOf(shell, options);
  const ready = await asking(target, async () => {
    const found: Shown[] = [];
    for await (const { id, ready } of target.service.images({ collection, limit: 100 }))
      if (ready) found.push({ id, ready });
    return found;
  });
  const broken = new Set<string>();
  let files = 0;
  const complain = (id: string, url: string, fault: string) => {
    broken.add(id);
    if (json) writeJson(shell, { id, url, fault });
    else shell.out.write(`${id}\t${url}\t${fault}\n`);
  };
  await sideBySide(ready, options.parallel, async (image) => {
    for (const fault of await faultsOfManifest(image)) complain(image.id, image.ready.manifest, fault);
    for (const variant of image.ready.variants) {
      files++;
      for (const fault of await complaintsAbout(variant)) complain(image.id, variant.url, fault);
    }
  });
  if (repair)
    for (const id of broken) {
      const { version } = await asking(target, () => target.service.reprocess(id));
      if (!json) shell.err.write(`${id} is reprocessed as version ${version}\n`);
    }
  if (!json) shell.err.write(`${countInWords(ready.length, 'image')}, ${countInWords(files, 'file')} verified\n`);
  if (broken.size > 0) throw new CommandEnd('failed', `${countInWords(broken.size, 'image')} with faults; see above.`);
};

type Shown = { readonly id: string; readonly ready: NonNullable<ImageAnswer['ready']> };

const faultsOfManifest = async ({ ready }: Shown): Promise<readonly string[]> => {
  let text: string;
  try {
    const answer = await fetch(ready.manifest);
    if (!answer.ok) return [`answers ${answer.status}`];
    text = await answer.text();
  } catch {
    return ['cannot be fetched: there is no answer'];
  }
  const { data } = manifestSchema.safeParse(parsed(text));
  if (!data) return ['is not a manifest'];
  const listed = data.variants.map(({ file, sha256 }) => `${file} ${sha256}`).sort();
  const wanted = ready.variants.map(({ name, format, sha256 }) => `${name}.${format} ${sha256}`).sort();
  return listed.join() === wanted.join() ? [] : ['lists other files than the catalogue'];
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
