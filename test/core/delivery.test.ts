import { describe, expect, test } from '@jest/globals';
import { deliveryHeaders, missCacheControl } from '../../lib/core/delivery.ts';
import { formats, variantFormats } from '../../lib/core/formats.ts';
import { manifestKey, originalKey, variantKey } from '../../lib/core/object-keys.ts';

const ref = { id: 'a'.repeat(26), version: 2 };
const forever = 'public, max-age=31536000, immutable';

test.each(variantFormats)('a variant in %s is kept for ever under its own type', (format) => {
  expect(deliveryHeaders(variantKey({ ...ref, name: '640w', format }))).toEqual({
    contentType: formats[format].contentType,
    cacheControl: forever,
    cacheTag: ref.id,
  });
});

test('a manifest is JSON and kept for ever', () => {
  expect(deliveryHeaders(manifestKey(ref))).toEqual({
    contentType: 'application/json',
    cacheControl: forever,
    cacheTag: ref.id,
  });
});

describe('no cache keeps, and no browser interprets,', () => {
  test.each([originalKey(ref), 'images/x/v1/640w.avif', `images/${ref.id}/v2/640w.svg`, 'index.html', ''])(
    '%j',
    (key) => {
      const headers = { contentType: 'application/octet-stream', cacheControl: 'private, no-store' };
      expect(deliveryHeaders(key)).toEqual(headers);
    },
  );
});

test('a miss is forgotten within seconds', () => {
  expect(Number(/max-age=(\d+)$/.exec(missCacheControl)?.[1])).toBeLessThanOrEqual(5);
});
