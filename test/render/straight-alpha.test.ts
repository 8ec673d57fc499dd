import { expect, test } from '@jest/globals';
import { type Preset, shippedPresets } from '../../lib/core/presets.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { divideByAlpha } from '../../lib/render/straight-alpha.ts';
import { structureOf } from '../../lib/render/structure/index.ts';
import { checkCase, rendererSubject } from '../system/conformance/check-case.ts';
import { premultipliedAvifs } from '../system/conformance/corpus/premultiplied-avif.ts';
import { premultiplied } from '../system/conformance/draw/avif-boxes.ts';
import { draw } from '../system/conformance/draw/canvas.ts';
import { avif } from '../system/conformance/draw/sharp.ts';

const subject = rendererSubject(sharpRenderer());

// One file is quicker than all of a preset.
const formats = { photo: ['png'], graphic: ['png'], transparent: ['png'], animated: ['webp'] } as const;
const preset: Preset = { ...shippedPresets.web, variants: [{ name: '1280w', width: 1280, fit: 'inside' }], formats };

test.each(premultipliedAvifs.map((each) => [each.title, each] as const))('%s', async (_, each) => {
  expect((await checkCase(subject, { settings: { preset }, ...each })).complaint).toBeUndefined();
});

test('a colour is divided by its opacity, and clear and full pixels stay as they are', () => {
  const samples = Uint8Array.of(50, 100, 0, 128, 9, 9, 9, 0, 1, 2, 3, 255, 90, 10, 0, 64);
  divideByAlpha(samples, 255);
  // 90 is more than an opacity of 64 allows, as it comes out of a lossy encoder.
  expect([...samples]).toEqual([100, 199, 0, 128, 9, 9, 9, 0, 1, 2, 3, 255, 255, 40, 0, 64]);
});

test('only a reference of the picture itself counts, in either version of its box', async () => {
  const plain = await avif(draw(32, 32, () => [10, 20, 30, 128], 4));
  const file = premultiplied(plain);
  const isPremultiplied = (bytes: Uint8Array) => structureOf('avif', bytes).premultiplied === true;
  expect([isPremultiplied(plain), isPremultiplied(file)]).toEqual([false, true]);

  const ofAnother = Buffer.from(file);
  ofAnother.writeUInt16BE(7, file.indexOf('prem') + 4);
  expect(isPremultiplied(ofAnother)).toBe(false);

  // Numbers of four bytes: the first two of the count are those of the number, the rest is not read.
  const long = Buffer.from(file);
  long[file.indexOf('iref') + 4] = 1;
  long.set([0, 0, 0, 1], file.indexOf('prem') + 4);
  expect(isPremultiplied(long)).toBe(true);
});
