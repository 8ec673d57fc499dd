import * as z from 'zod';
import type { Original, Processing, Ready } from '../../core/image.ts';
import { reasons } from '../../core/manifest.ts';
import { manifestKey, variantKey } from '../../core/object-keys.ts';
import type { EarlierFile, Ports, RenderedVariant } from '../../ports.ts';

type World = Pick<Ports, 'catalogue' | 'variants'>;

/** The files that people see now, of which a renderer says by their fingerprints which ones would come out the same. */
export type UnchangedFiles = {
  readonly earlier: readonly EarlierFile[];
  /** Copies one of them into the new version; false if it is gone or damaged. A repeat copies it again. */
  readonly copy: (variant: RenderedVariant) => Promise<boolean>;
};

/**
 * Reprocess by difference: of a version that is not the first, only files with other settings are encoded. If the version
 * before is of another original, or says too little about its files, there are none. docs/decisions.md#difference
 */
export const unchangedFiles = async (
  { catalogue, variants }: World,
  { id, version }: Pick<Processing, 'id' | 'version'>,
  original: Original,
): Promise<UnchangedFiles> => {
  const visible = version > 1 ? (await catalogue.find(id))?.visible : undefined;
  const before =
    visible && visible.original.sha256 === original.sha256 && visible.rendering.crops ? visible : undefined;
  const earlier = before ? await filesOf(before, await variants.get(manifestKey(before))) : [];
  return {
    earlier,
    copy: async ({ name, format, fingerprint }) => {
      const file = earlier.find((one) => one.fingerprint === fingerprint);
      if (!before || !file) return false;
      const from = variantKey({ id, version: before.version, name: file.name, format: file.format });
      const to = variantKey({ id, version, name, format });
      return variants.copy(from, to, file.sha256);
    },
  };
};

/** What the catalogue does not hold of a file. */
const manifestShape = z.object({
  variants: z.array(
    z.object({
      name: z.string(),
      format: z.string(),
      sha256: z.string(),
      why: z.enum(reasons),
      encoder: z.record(z.string(), z.unknown()),
      // Manifests of older releases have none.
      fingerprint: z.string().optional(),
    }),
  ),
});

/** The files of which catalogue and manifest say the same. */
const filesOf = ({ rendering }: Ready, manifest: Uint8Array | undefined): readonly EarlierFile[] => {
  const { data } = manifestShape.safeParse(jsonIn(manifest));
  return rendering.variants.flatMap(({ name, format, bytes, quality, score, sha256 }): readonly EarlierFile[] => {
    const entry = data?.variants.find((one) => one.name === name && one.format === format && one.sha256 === sha256);
    if (entry?.fingerprint === undefined || score === undefined) return [];
    const { why, encoder, fingerprint } = entry;
    const cut = rendering.crops?.[name];
    return [{ name, format, bytes, quality, score, sha256, why, encoder, fingerprint, ...(cut && { cut }) }];
  });
};

const jsonIn = (bytes: Uint8Array | undefined): unknown => {
  try {
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
};
