import { expect, test } from '@jest/globals';
import sharp from 'sharp';
import { likenessOf } from '../../lib/render/likeness.ts';
import { bytesOf, corners, noise } from '../support/pictures.ts';

test('a smaller copy is compared with the original at its own size, and a better copy scores higher', async () => {
  const original = await bytesOf(noise(320, 240).blur(2).png());
  const copy = (quality: number) => bytesOf(sharp(original).resize(160).jpeg({ quality }));
  const [poor, good] = [await likenessOf(original, await copy(20)), await likenessOf(original, await copy(95))];
  expect([good.width, good.height]).toEqual([160, 120]);
  expect(good.score).toBeGreaterThan(poor.score ?? 100);
  expect(await likenessOf(original, original)).toEqual({ width: 320, height: 240, score: 100 });
});

test('a picture that is turned by its tag is compared upright', async () => {
  const upright = await bytesOf(corners(300, 200).png());
  const turned = await bytesOf(sharp(upright).rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }));
  const { width, height, score } = await likenessOf(upright, turned);
  expect([width, height]).toEqual([300, 200]);
  expect(score).toBeGreaterThan(60);
});

test('a part of the original has no score', async () => {
  const original = await bytesOf(noise(320, 240).png());
  const square = await bytesOf(sharp(original).resize(100, 100, { fit: 'cover' }).jpeg());
  expect(await likenessOf(original, square)).toEqual({ width: 100, height: 100, score: null });
});
