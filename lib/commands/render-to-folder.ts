import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { errorCode } from '../adapters/local/error-code.ts';
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

/** Never a path: files of these names are removed. */
const fileName = z.string().regex(/^[^/\\]+\.[a-z]+$/);

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
      file: fileName,
      format: z.enum(variantFormats),
      width: z.number(),
      height: z.number(),
      bytes: z.number(),
    }),
  ),
});
export type StoredManifest = z.output<typeof manifestSchema>;

/** In place of a manifest while its files are written. */
const unfinishedSchema = z.object({ unfinished: z.array(fileName) });

const manifestName = 'manifest.json';

/**
 * Renders a file into a folder as an upload would be rendered: every variant, and last the manifest. Does nothing if
 * the manifest names the same bytes and the same recipe, and all its files exist. Refuses to replace a file of another
 * origin.
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

    const made: { readonly file: string; readonly bytes: Uint8Array }[] = [];
    const rendered = await renderer.render(bytes, order, async (variant, variantBytes) => {
      made.push({ file: `${variant.name}.${variant.format}`, bytes: variantBytes });
    });
    const ours = await ownFilesIn(folder);
    await refuseOthers(folder, made, ours);
    await mkdir(folder, { recursive: true });
    // In place of the old manifest, so that an interrupted render never counts as complete, and its files as ours.
    const names = made.map((one) => one.file);
    await writeManifest(folder, JSON.stringify({ unfinished: [...new Set([...ours, ...names])] }));
    for (const one of made) await writeFile(join(folder, one.file), one.bytes);
    for (const old of ours) if (!names.includes(old)) await rm(join(folder, old), { force: true });
    await writeManifest(folder, manifestOf(name, { ...original, ...rendered.original }, rendered));
    return { status: 'rendered', files: rendered.variants.length };
  } catch (error) {
    if (error instanceof BadPicture || error instanceof Refusal) throw new Unusable(error.message, { cause: error });
    if (fileTrouble(error) !== undefined)
      throw new Unusable(`${unwritable(folder, error)} Name another folder by --out.`, { cause: error });
    throw error;
  }
};

/** Undefined where there is none of a render that is complete. */
export const readManifest = async (folder: string): Promise<StoredManifest | undefined> =>
  manifestSchema.safeParse(await storedManifest(folder)).data;

/** The names of files that an earlier render has put into the folder, or was about to when it was interrupted. */
export const ownFilesIn = async (folder: string): Promise<readonly string[]> => {
  const manifest = await storedManifest(folder);
  const complete = manifestSchema.safeParse(manifest).data;
  return complete?.variants.map(({ file }) => file) ?? unfinishedSchema.safeParse(manifest).data?.unfinished ?? [];
};

/** A file that was not made here stays, unless it has these bytes already: it may be the only copy of a picture. */
const refuseOthers = async (
  folder: string,
  made: readonly { readonly file: string; readonly bytes: Uint8Array }[],
  ours: readonly string[],
): Promise<void> => {
  const manifest = await readIfThere(join(folder, manifestName));
  // A power cut may leave an empty one of ours.
  if (manifest?.length && !z.union([manifestSchema, unfinishedSchema]).safeParse(parsed(manifest)).success)
    throw new Unusable(
      `${join(folder, manifestName)} is no manifest of Darkroom, and stays as it is. Name another folder by --out, or delete the file.`,
    );
  for (const { file, bytes } of made) {
    if (ours.includes(file)) continue;
    const path = join(folder, file);
    const before = await readIfThere(path);
    if (before && !before.equals(bytes))
      throw new Unusable(
        `${path} is there already, and was not made here. Name another folder by --out, or move the file away.`,
      );
  }
};

/** Undefined for one that cannot be read, too. */
const storedManifest = async (folder: string): Promise<unknown> =>
  parsed(await readFile(join(folder, manifestName)).catch(() => undefined));

const readIfThere = async (path: string): Promise<Buffer | undefined> => {
  try {
    return await readFile(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
};

/** Undefined for what is no JSON, such as a manifest that was cut off. */
const parsed = (bytes: Buffer | undefined): unknown => {
  try {
    return bytes && JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
};

/** Appears whole, in place of the one before. */
const writeManifest = async (folder: string, text: string): Promise<void> => {
  const draft = join(folder, `.darkroom-${manifestName}`);
  await writeFile(draft, text);
  await rename(draft, join(folder, manifestName));
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
