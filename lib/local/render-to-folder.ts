import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { presetName } from '../core/admission.ts';
import { BadPicture, Refusal } from '../core/errors.ts';
import { type ContentType, isContentType } from '../core/formats.ts';
import { manifestOf } from '../core/manifest.ts';
import { Unusable } from '../core/unusable.ts';
import { checkOriginal } from '../pipeline/parts/check-original.ts';
import { renderOrder } from '../pipeline/parts/render-order.ts';
import type { Ports } from '../ports.ts';

type World = Pick<Ports, 'renderer' | 'config'>;
type File = { readonly bytes: Uint8Array; readonly contentType: string };

/** Makes of a file what an upload would be made of, into a folder: every variant and the manifest. Resolves to how many files. */
export const renderToFolder = async (
  { renderer, config }: World,
  { bytes, contentType }: File,
  { preset, folder }: { readonly preset?: string | undefined; readonly folder: string },
): Promise<number> => {
  try {
    const name = presetName(config, preset);
    const declared = {
      contentType: accepted(contentType),
      bytes: bytes.length,
      sha256: null,
      width: null,
      height: null,
    };
    const original = checkOriginal(declared, bytes);
    const order = renderOrder(config, { preset: name, original });
    if (!order) throw new Unusable(`There is no preset ${name}.`);
    await mkdir(folder, { recursive: true });
    const rendered = await renderer.render(bytes, order, (variant, file) =>
      writeFile(join(folder, `${variant.name}.${variant.format}`), file),
    );
    await writeFile(join(folder, 'manifest.json'), manifestOf(name, { ...original, ...rendered.original }, rendered));
    return rendered.variants.length;
  } catch (error) {
    if (error instanceof BadPicture || error instanceof Refusal) throw new Unusable(error.message, { cause: error });
    throw error;
  }
};

/** What is no picture by its bytes is the renderer's to refuse, in its own words. */
const accepted = (contentType: string): ContentType => (isContentType(contentType) ? contentType : 'image/jpeg');
