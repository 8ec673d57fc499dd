import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { variantFormats } from '../../lib/core/formats.ts';
import { idFrom } from '../../lib/core/ids.ts';
import {
  imagePrefix,
  manifestKey,
  originalKey,
  originalsPrefix,
  parseManifestKey,
  parseOriginalKey,
  parseVariantKey,
  type VariantRef,
  type VersionRef,
  variantKey,
  variantNamePattern,
  versionPrefix,
} from '../../lib/core/object-keys.ts';

const id = 'aaaeaqcagaaudqoqqjavqmbv4p';

const versionRefs: fc.Arbitrary<VersionRef> = fc.record({
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(idFrom),
  version: fc.integer({ min: 1, max: 999_999_999 }),
});
const variantRefs: fc.Arbitrary<VariantRef> = fc
  .tuple(versionRefs, fc.stringMatching(variantNamePattern), fc.constantFrom(...variantFormats))
  .map(([ref, name, format]) => ({ ...ref, name, format }));

test.each([
  [originalKey({ id, version: 3 }), `originals/${id}/v3`],
  [variantKey({ id, version: 3, name: '640w', format: 'avif' }), `images/${id}/v3/640w.avif`],
  [manifestKey({ id, version: 3 }), `images/${id}/v3/manifest.json`],
  [originalsPrefix(id), `originals/${id}/`],
  [imagePrefix(id), `images/${id}/`],
  [versionPrefix({ id, version: 3 }), `images/${id}/v3/`],
])('a key reads %s', (built, written) => expect(built).toBe(written));

describe('every key that can be built', () => {
  test('parses back to what an original was stored for', () => {
    fc.assert(fc.property(versionRefs, (ref) => expect(parseOriginalKey(originalKey(ref))).toEqual(ref)));
  });

  test('parses back to what a variant is', () => {
    fc.assert(fc.property(variantRefs, (ref) => expect(parseVariantKey(variantKey(ref))).toEqual(ref)));
  });

  test('parses back to the version of a manifest', () => {
    fc.assert(fc.property(versionRefs, (ref) => expect(parseManifestKey(manifestKey(ref))).toEqual(ref)));
  });

  test('means one thing only', () => {
    fc.assert(
      fc.property(variantRefs, (ref) => {
        const keys = [originalKey(ref), variantKey(ref), manifestKey(ref)];
        const readings = keys.map((key) => [parseOriginalKey(key), parseVariantKey(key), parseManifestKey(key)]);
        return readings.every((reading) => reading.filter((found) => found !== undefined).length === 1);
      }),
    );
  });

  test('lies below the prefixes of its version and of its image, and of no other', () => {
    fc.assert(
      fc.property(variantRefs, versionRefs, (ref, other) => {
        const keys = [variantKey(ref), manifestKey(ref)];
        expect(keys.every((key) => key.startsWith(versionPrefix(ref)) && key.startsWith(imagePrefix(ref.id)))).toBe(
          true,
        );
        expect(originalKey(ref).startsWith(originalsPrefix(ref.id))).toBe(true);
        expect(versionPrefix({ id: ref.id, version: 10 * ref.version }).startsWith(versionPrefix(ref))).toBe(false);
        fc.pre(other.id !== ref.id);
        expect(keys.some((key) => key.startsWith(imagePrefix(other.id)))).toBe(false);
      }),
    );
  });
});

/** Keys with one small thing changed, which is where a careless parser gives way. */
const nearlyKeys = fc
  .tuple(
    variantRefs.chain((ref) => fc.constantFrom(originalKey(ref), variantKey(ref), manifestKey(ref))),
    fc.nat(),
    fc.nat({ max: 2 }),
    fc.constantFrom('', '.', '..', '/', '\\', '%2e', '0', 'v', '-', '\n', '\0', ' ', 'A', 'é', '?x=1', '/../', '.png'),
  )
  .map(([key, at, length, text]) => {
    const start = at % (key.length + 1);
    return key.slice(0, start) + text + key.slice(start + length);
  });

describe('any key that parses', () => {
  const rebuilt = (key: string) => {
    const [original, variant, manifest] = [parseOriginalKey(key), parseVariantKey(key), parseManifestKey(key)];
    return [
      original && originalKey(original),
      variant && variantKey(variant),
      manifest && manifestKey(manifest),
    ].filter((found) => found !== undefined);
  };

  test('is exactly the key that would have been built for it', () => {
    fc.assert(
      fc.property(fc.oneof(nearlyKeys, fc.string()), (key) => rebuilt(key).every((found) => found === key)),
      { numRuns: 2000 },
    );
  });

  test('has neither dots that climb, nor capital letters, nor anything that needs escaping in a URL', () => {
    fc.assert(
      fc.property(nearlyKeys, (key) => rebuilt(key).length === 0 || /^[a-z0-9-]+(\/[a-z0-9-]+)+(\.[a-z]+)?$/.test(key)),
      { numRuns: 2000 },
    );
  });
});

describe('nothing is read out of', () => {
  test.each([
    '',
    '/',
    `originals/${id}`,
    `originals/${id}/`,
    `originals/${id}/v0`,
    `originals/${id}/v01`,
    `originals/${id}/v-1`,
    `originals/${id}/v1.0`,
    `originals/${id}/v1e3`,
    `originals/${id}/v1000000000`,
    `originals/${id}/V1`,
    `originals/${id}/1`,
    `originals/${id}/v1/`,
    `originals/${id}/v1\n`,
    `originals/${id}/v1/photo.jpg`,
    `/originals/${id}/v1`,
    `originals//${id}/v1`,
    `originals/../originals/${id}/v1`,
    `originals/../v1`,
    `originals/${id.toUpperCase()}/v1`,
    `originals/${id.slice(1)}/v1`,
    `originals/${id}a/v1`,
    `originals/${id.replace('a', '0')}/v1`,
    `Originals/${id}/v1`,
    `originals\\${id}\\v1`,
    `images/${id}/v1`,
    `images/${id}/v0/640w.avif`,
    `images/${id}/v01/640w.avif`,
    `images/${id}/v1/640w`,
    `images/${id}/v1/640w.`,
    `images/${id}/v1/.avif`,
    `images/${id}/v1/640w.gif`,
    `images/${id}/v1/640w.jpg`,
    `images/${id}/v1/640w.AVIF`,
    `images/${id}/v1/640W.avif`,
    `images/${id}/v1/-640w.avif`,
    `images/${id}/v1/640w.min.avif`,
    `images/${id}/v1/640w.avif.png`,
    `images/${id}/v1/640w.avif/`,
    `images/${id}/v1/640w.avif?w=9`,
    `images/${id}/v1/640w.avif\n`,
    `images/${id}/v1/x/640w.avif`,
    `images/${id}/v1/../640w.avif`,
    `images/${id}/v1/...avif`,
    `images/${id}/v1/%2e%2e.avif`,
    `images/${id}/v1/${'a'.repeat(33)}.avif`,
    `images/${id}/v1/constructor`,
    `images/${id}/v1/640w.constructor`,
    `images/${id}/v0/manifest.json`,
    `images/${id}/v01/manifest.json`,
    `images/${id}/v1/Manifest.json`,
    `images/${id}/v1/other.json`,
    `images/${id}/v1/manifest.json/`,
    `images/${id}/v1/manifest.json\n`,
    `other/${id}/v1`,
  ])('%j', (key) => {
    expect([parseOriginalKey(key), parseVariantKey(key), parseManifestKey(key)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
