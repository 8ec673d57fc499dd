import { expect, test } from '@jest/globals';
import { likenessOf } from '../../lib/render/likeness.ts';
import { bytesOf, corners, noise } from '../support/pictures.ts';

test('a smaller copy is compared with the original at its own size, and a better copy scores higher', async () => {
  const picture = () => noise(320, 240);
  const original = await bytesOf(picture().png());
  const copy = (quality: number) => bytesOf(picture().resize(160).jpeg({ quality }));
  const [poor, good] = [await likenessOf(original, await copy(20)), await likenessOf(original, await copy(95))];
  expect([good.width, good.height]).toEqual([160, 120]);
  expect(good.score).toBeGreaterThan(poor.score ?? 0);
  expect(await likenessOf(original, original)).toEqual({ width: 320, height: 240, score: 100 });
});

test('a picture that is turned by its tag is compared upright', async () => {
  const upright = await bytesOf(corners(300, 200).png());
  const turned = await bytesOf(corners(300, 200).rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }));
  const { width, height, score } = await likenessOf(upright, turned);
  expect([width, height]).toEqual([300, 200]);
  expect(score).toBeGreaterThan(70);
});

test('a part of the original has no score', async () => {
  const original = await bytesOf(noise(320, 240).png());
  const square = await bytesOf(noise(320, 240).resize(100, 100, { fit: 'cover' }).jpeg());
  expect(await likenessOf(original, square)).toEqual({ width: 100, height: 100, score: null });
});
