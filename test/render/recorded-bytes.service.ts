import { expect, test } from '@jest/globals';
import { platform, recorded, rendered } from './recorded-bytes.ts';

/**
 * Repairs and reprocessing rely on it: under one recipe, an original gives the same bytes for ever. When this fails, other
 * bytes came out. If that is meant, raise `rendererEdition`, or change a setting that the recipe hashes; then record anew:
 * node test/render/recorded-bytes.ts
 */
test('bytes, qualities and scores change only together with the recipe', async () => {
  const here = await rendered();
  const known = recorded()[platform()];
  // Of a platform that has no record, at least the record of another must belong to this code, or it was forgotten.
  if (known) expect(here).toEqual(known);
  else expect(Object.values(recorded()).map(({ files }) => Object.keys(files))).toContainEqual(Object.keys(here.files));
});
