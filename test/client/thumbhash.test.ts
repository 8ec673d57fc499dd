import { expect, test } from '@jest/globals';
import { rgbaToThumbHash, thumbHashToRGBA } from 'thumbhash';
import { thumbhashPixels } from '../../lib/client/thumbhash.ts';
import { noise } from '../support/pictures.ts';

test.each([
  ['a wide picture', 90, 40, false],
  ['a high picture', 40, 90, false],
  ['a transparent one', 64, 60, true],
])('the pixels of %s are those of the reference', async (_what, width, height, isTransparent) => {
  const rgba = await noise(width, height)
    .blur(8)
    .ensureAlpha(isTransparent ? 0.4 : 1)
    .raw()
    .toBuffer();
  const hash = rgbaToThumbHash(width, height, rgba);
  const wanted = thumbHashToRGBA(hash);
  const found = thumbhashPixels(Buffer.from(hash).toString('base64'));
  expect([found.width, found.height]).toEqual([wanted.w, wanted.h]);
  expect([...found.pixels]).toEqual([...wanted.rgba]);
});
