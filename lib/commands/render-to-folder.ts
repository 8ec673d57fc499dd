import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { presetName } from '../core/admission.ts';
import { BadPicture, Refusal } from '../core/errors.ts';
import { variantFormats } from '../core/formats.ts';
import { manifestOf } from '../core/manifest.ts';
import { Unusable } from '../core/unusable.ts';
import { checkOriginal } from '../pipeline/parts/check-original.ts';
import { renderOrder } from '../pipeline/parts/render-order.ts';
import type { Ports } from '../ports.ts';
import { fileTrouble } from './file-trouble.ts';
import { unwritable } from './out-folder.ts';
import { readPicture, typeOf } from './picture-file.ts';

type World = Pick<Ports, 'renderer' | 'config'>;
export type FolderOrder = { readonly file: string; readonly folder: string; readonly preset?: string | undefined };
export type FolderDone = { readonly status: 'rendered' | 'skipped'; readonly files: number };

/** The fields of a manifest that show whether it is still valid, and those for the contact sheet. */
const manifestSchema = z.object({
  recipe: z.string(),
  preset: z.string(),
  original: z.object({ sha256: z.string(), bytes: z.number() }),
  width: z.number(),
  height: z.number(),
  kind: z.string(),
  variants: z.array(
    z.object({
      file: z.string(),
      format: z.enum(variantFormats),
      width: z.number(),
      height: z.number(),
      bytes: z.number(),
    }),
  ),
});
export type StoredManifest = z.output<typeof manifestSchema>;

const manifestName = 'manifest.json';

/**
 * Renders a file into a folder as an upload would be rendered: every variant, and last the manifest. Does nothing if
 * the manifest names the same bytes and the same recipe, and all its files exist.
 */
export const renderToFolder = async (
  { renderer, config }: World,
  { file, folder, preset }: FolderOrder,
): Promise<FolderDone> => {
  try {
    const bytes = await readPicture(file);
    const name = presetName(config, preset);
    // The renderer refuses bytes that are no picture, with its own sentence.
    const type = typeOf(bytes);
    const contentType = type.refused === undefined ? type.contentType : 'image/jpeg';
    const declared = { contentType, bytes: bytes.length, sha256: null, width: null, height: null };
    const original = checkOriginal(declared, bytes);
    const order = renderOrder(config, { preset: name, original });
    if (!order) throw new Unusable(`There is no preset ${name}. There are ${Object.keys(config.presets).join(', ')}.`);
    const before = await readManifest(folder);
    const recipe = renderer.recipe(order.preset, order.keepCopyright);
    if (
      before?.recipe === recipe &&
      before.preset === name &&
      before.original.sha256 === original.sha256 &&
      (await isWhole(folder, before))
    )
      return { status: 'skipped', files: before.variants.length };

    await mkdir(folder, { recursive: true });
    // The old manifest is removed first, so that an interrupted render never counts as complete.
    await rm(join(folder, manifestName), { force: true });
    const rendered = await renderer.render(bytes, order, (variant, variantBytes) =>
      writeFile(join(folder, `${variant.name}.${variant.format}`), variantBytes),
    );
    const made = new Set(rendered.variants.map((variant) => `${variant.name}.${variant.format}`));
    for (const { file: old } of before?.variants ?? [])
      if (!made.has(old)) await rm(join(folder, old), { force: true });
    await writeFile(join(folder, manifestName), manifestOf(name, { ...original, ...rendered.original }, rendered));
    return { status: 'rendered', files: rendered.variants.length };
  } catch (error) {
    if (error instanceof BadPicture || error instanceof Refusal) throw new Unusable(error.message, { cause: error });
    if (fileTrouble(error) !== undefined)
      throw new Unusable(`${unwritable(folder, error)} Name another folder by --out.`, { cause: error });
    throw error;
  }
};

/** Undefined where there is none, or none that can be read. */
export const readManifest = async (folder: string): Promise<StoredManifest | undefined> => {
  const entries = await readdir(folder).catch((): string[] => []);
  if (!entries.includes(manifestName)) return undefined;
  try {
    const { data } = manifestSchema.safeParse(JSON.parse(await readFile(join(folder, manifestName), 'utf8')));
    return data;
  } catch {
    return undefined;
  }
};

const isWhole = async (folder: string, { variants }: StoredManifest): Promise<boolean> => {
  const sizes = await Promise.all(
    variants.map(({ file }) =>
      stat(join(folder, file)).then(
        ({ size }) => size,
        () => undefined,
      ),
    ),
  );
  return variants.every(({ bytes }, at) => sizes[at] === bytes);
};
