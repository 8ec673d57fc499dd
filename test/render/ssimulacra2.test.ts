import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ssimulacra2, ssimulacra2Version } from '../../lib/render/ssimulacra2/ssimulacra2.ts';
import { type Canvas, landscape, screenshot } from '../system/conformance/draw/canvas.ts';

const folder = new URL('../../lib/render/ssimulacra2/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, folder));

/** Every byte moved by a step that a generator of whole numbers decides: the same on every machine. */
const noisy = (data: Uint8Array, step: number): Uint8Array => {
  let state = 12345;
  return data.map((value) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.max(0, Math.min(255, value + ((state >> 16) % (2 * step + 1)) - step));
  });
};

const blocky = ({ data, width, height }: Canvas, side: number): Uint8Array =>
  data.map((_, at) => {
    const [pixel, channel] = [Math.floor(at / 3), at % 3];
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const middle = (of: number, most: number) => Math.min(most - 1, of - (of % side) + (side >> 1));
    return data[(middle(y, height) * width + middle(x, width)) * 3 + channel] ?? 0;
  });

// Measured with release 0.9.1 of the crate, another implementation that gives what the C++ original gives, bit by bit.
test.each([
  ['a landscape with little noise', landscape(320, 200, 5), (canvas: Canvas) => noisy(canvas.data, 6), 79.446],
  ['a landscape with much noise', landscape(320, 200, 5), (canvas: Canvas) => noisy(canvas.data, 24), 21.654],
  ['a landscape in blocks', landscape(301, 203, 6), (canvas: Canvas) => blocky(canvas, 4), -14.963],
  ['a screenshot with noise', screenshot(400, 260), (canvas: Canvas) => noisy(canvas.data, 10), 69.771],
  ['a screenshot in blocks', screenshot(400, 260), (canvas: Canvas) => blocky(canvas, 2), 16.363],
])('%s scores as the reference says, within 0.2', (_, canvas, spoil, expected) => {
  const reference = ssimulacra2()(canvas);
  expect(Math.abs(reference.score(spoil(canvas)) - expected)).toBeLessThan(0.2);
  expect(reference.score(canvas.data)).toBe(100);
});

test('pictures of two sizes cannot be compared', () => {
  const reference = ssimulacra2()(landscape(64, 48));
  expect(() => reference.score(landscape(48, 48).data)).toThrow(RangeError);
});

test('the smallest pictures have a score too', () => {
  const picture = { data: Uint8Array.from([10, 20, 30]), width: 1, height: 1 };
  expect(ssimulacra2()(picture).score(picture.data)).toBe(100);
});

test('memory is given back: a hundred pictures need no more of it than one', () => {
  const referenceOf = ssimulacra2();
  const { rss } = process.memoryUsage();
  for (let turn = 0; turn < 100; turn++) {
    const canvas = { data: new Uint8Array(256 * 256 * 3).fill(turn), width: 256, height: 256 };
    const reference = referenceOf(canvas);
    reference.score(canvas.data);
    reference.release();
  }
  expect(process.memoryUsage().rss - rss).toBeLessThan(200 * 1024 ** 2);
});

test('the WebAssembly is the one that was built from the crate beside it', () => {
  const built = JSON.parse(read('built.json').toString());
  const digest = (files: readonly string[]) =>
    files.reduce((hash, file) => hash.update(read(file)), createHash('sha256')).digest('hex');
  expect(built).toEqual({ ...built, from: digest(built.sources), wasm: digest(['ssimulacra2.wasm']) });
  expect(read('Cargo.lock').toString()).toContain(`name = "fast-ssim2"\nversion = "${ssimulacra2Version}"`);
});

test('the WebAssembly names no folder of the machine that built it', () => {
  expect(read('ssimulacra2.wasm').toString('latin1')).not.toMatch(/\/(root|home|Users|tmp|work)\//);
});
