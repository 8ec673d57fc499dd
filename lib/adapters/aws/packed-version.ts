import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { Variant, Version } from '../../core/image.ts';

/**
 * A version as the table holds it: a fraction of its size, because DynamoDB bills each write by the KB
 * (docs/decisions.md#small-items). The files of a version are kept as columns, which compress better than rows.
 */
export const packVersion = (version: Version): Uint8Array =>
  brotliCompressSync(JSON.stringify(withColumns(version)), {
    params: { [constants.BROTLI_PARAM_QUALITY]: version.status === 'ready' ? quality : quickQuality },
  });

export const unpackVersion = (bytes: Uint8Array): Version =>
  withRows(JSON.parse(brotliDecompressSync(bytes).toString()));

/** Takes some 3 ms of a processor for 21 files; 9 makes them 8 % larger, 11 needs twice the time for 1 %. */
const quality = 10;
/** A version without files stays far below one KB; it grows by 8 % and takes a tenth of the time. A sweep packs many of them. */
const quickQuality = 5;

type Columns = Readonly<Record<string, readonly unknown[]>>;

const withColumns = (version: Version): unknown => {
  if (version.status !== 'ready') return version;
  const { variants, ...rendering } = version.rendering;
  const names = Object.keys(variants[0] ?? {});
  // Files that lack a field which others have stay rows.
  const isTable = names.length > 0 && variants.every((variant) => String(Object.keys(variant)) === String(names));
  if (!isTable) return version;
  const columns = Object.fromEntries(names.map((name) => [name, variants.map((row) => row[name as keyof Variant])]));
  return { ...version, rendering: { ...rendering, columns } };
};

const withRows = (stored: Version & { readonly rendering?: { readonly columns?: Columns } }): Version => {
  if (!stored.rendering?.columns) return stored;
  const { columns, ...rendering } = stored.rendering;
  const count = Object.values(columns)[0]?.length ?? 0;
  const variants = Array.from({ length: count }, (_, at) =>
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[at]])),
  );
  return { ...stored, rendering: { ...rendering, variants } } as unknown as Version;
};
