import { bestFormat } from '../core/choose-format.ts';
import { Refusal } from '../core/errors.ts';
import { variantFormats } from '../core/formats.ts';
import type { VariantRef } from '../core/object-keys.ts';
import type { Catalogue } from '../ports.ts';

/** Of the variants of one name, the one for a viewer that sends this `Accept`. */
export const findVariant = async (
  catalogue: Catalogue,
  { id, version, name }: Omit<VariantRef, 'format'>,
  accept: string,
): Promise<VariantRef> => {
  const found = await catalogue.version(id, version);
  const variants = found?.status === 'ready' ? found.rendering.variants : [];
  const there = variantFormats.filter((format) =>
    variants.some((variant) => variant.name === name && variant.format === format),
  );
  const format = bestFormat(there, accept);
  if (!format) throw new Refusal('not-found', 'There is no such picture (yet).');
  return { id, version, name, format };
};
