import type { Ready } from '../../lib/core/image.ts';
import { manifestKey, variantKey } from '../../lib/core/object-keys.ts';

/** Every file of a version, with its digest; a manifest has none. */
export const filesOf = (ready: Ready): readonly (readonly [string, string | undefined])[] => [
  ...ready.rendering.variants.map(
    ({ name, format, sha256 }) => [variantKey({ ...ready, name, format }), sha256] as const,
  ),
  [manifestKey(ready), undefined],
];

/** Stored bytes are never changed in their place, so mostly these are one and the same. */
export const areSame = (a: Uint8Array, b: Uint8Array): boolean => a === b || Buffer.compare(a, b) === 0;

/** The digests that a manifest gives for its files; each is read once. */
export const listIn = (manifest: Uint8Array): ReadonlyMap<string, string> => {
  const known = lists.get(manifest);
  if (known) return known;
  const { variants } = JSON.parse(Buffer.from(manifest).toString()) as { variants: Listed[] };
  const list = new Map(variants.map(({ file, sha256 }) => [file, sha256]));
  lists.set(manifest, list);
  return list;
};
const lists = new WeakMap<Uint8Array, ReadonlyMap<string, string>>();
type Listed = { readonly file: string; readonly sha256: string };
