import { expect, test } from '@jest/globals';
import sharp from '../../lib/render/locked-sharp.ts';
import type { Pixels } from '../../lib/render/pixels.ts';
import { scorers } from '../../lib/render/scorer.ts';
import { ssimulacra2 } from '../../lib/render/ssimulacra2/ssimulacra2.ts';
import { type Canvas, draw, landscape } from '../system/conformance/draw/canvas.ts';
import { open } from '../system/conformance/draw/sharp.ts';

const pixelsOf = ({ data, width, height, channels }: Canvas): Pixels => ({ data, width, height, channels, frames: 1 });
const photo = landscape(300, 200, 9);
/** A dark disc that fades out, on nothing. */
const disc = draw(
  120,
  120,
  (x, y) => [20, 30, 40, Math.max(0, Math.min(255, 300 - 5 * Math.hypot(x - 60, y - 60)))],
  4,
);

test('a file that loses nothing scores 100, with and without transparency', async () => {
  for (const canvas of [photo, disc]) {
    const scorer = scorers()(pixelsOf(canvas));
    expect(await scorer.scoreOf(await open(canvas).png().toBuffer())).toBe(100);
    scorer.release();
  }
});

test('a scorer that forgets gives the same scores as one that keeps what it has computed', async () => {
  for (const canvas of [photo, disc]) {
    const [keeps, forgets] = [scorers('keeps')(pixelsOf(canvas)), scorers('forgets')(pixelsOf(canvas))];
    for (const quality of [30, 60]) {
      const file = await open(canvas).webp({ quality }).toBuffer();
      expect(await forgets.scoreOf(file)).toBe(await keeps.scoreOf(file));
    }
    keeps.release();
    forgets.release();
  }
});

test('more bytes of the same encoder score higher', async () => {
  const scorer = scorers()(pixelsOf(photo));
  const scores = await Promise.all(
    [30, 60, 90].map(async (quality) => scorer.scoreOf(await open(photo).jpeg({ quality }).toBuffer())),
  );
  expect(scores.toSorted((a, b) => a - b)).toEqual(scores);
  expect(scores[0]).toBeLessThan(80);
});

test('a transparent picture that lost its transparency scores low: it is scored on a dark and on a light ground', async () => {
  const scorer = scorers()(pixelsOf(disc));
  const on = (background: string) => open(disc).flatten({ background }).png().toBuffer();
  expect(await scorer.scoreOf(await on('#1a1a1a'))).toBeLessThan(30);
  expect(await scorer.scoreOf(await on('#e6e6e6'))).toBeLessThan(30);
});

test('a file of another size, and one that cannot be decoded, are refused', async () => {
  const scorer = scorers()(pixelsOf(photo));
  const other = await open(landscape(200, 300, 9))
    .jpeg()
    .toBuffer();
  await expect(scorer.scoreOf(other)).rejects.toThrow('300×200');
  const broken = (await open(photo).png().toBuffer()).subarray(0, 400);
  await expect(scorer.scoreOf(broken)).rejects.toThrow();
});

test('the score of the squares that are looked at is close to that of the whole', async () => {
  const large = landscape(1000, 760, 10);
  const file = await open(large).webp({ quality: 75 }).toBuffer();
  const squares = await scorers()(pixelsOf(large)).scoreOf(file);
  const whole = await wholeScore(large, file);
  expect(Math.abs(squares - whole)).toBeLessThan(1.5);
});

const wholeScore = async (canvas: Canvas, file: Buffer): Promise<number> =>
  ssimulacra2()(canvas).score(await sharp(file).removeAlpha().raw().toBuffer());
