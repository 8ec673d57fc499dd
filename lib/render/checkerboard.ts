/** Which part of a picture is compared to score it. */
export type Look = {
  readonly width: number;
  readonly height: number;
  /** That part of such a picture, as a picture. */
  take(data: Uint8Array, channels: number): Uint8Array;
};

/**
 * All of a small picture; of a large one every second square of a checkerboard, laid side by side, or fewer where
 * even that would be much. Scoring takes time and memory by the pixel.
 */
export const checkerboard = (width: number, height: number): Look => {
  if (width * height <= wholePixels) return { width, height, take: (data) => data };
  const side = Math.min(square, width, height);
  const [columns, rows] = [Math.floor(width / side), Math.floor(height / side)];
  const [left, top] = [Math.floor((width - columns * side) / 2), Math.floor((height - rows * side) / 2)];
  const every = Math.max(2, Math.ceil((width * height) / mostPixels));
  const shift = coprime(Math.max(1, Math.round(every * 0.38)), every);
  const squares = Array.from({ length: columns * rows }, (_, at) => ({ x: at % columns, y: Math.floor(at / columns) }))
    .filter(({ x, y }) => (x + y * shift) % every === 0)
    .map(({ x, y }) => ({ x: left + x * side, y: top + y * side }));
  const across = Math.floor(Math.sqrt(squares.length));
  const down = Math.floor(squares.length / across);
  return {
    width: across * side,
    height: down * side,
    take: (data, channels) => {
      const line = side * channels;
      const taken = new Uint8Array(across * down * side * line);
      for (const [index, { x, y }] of squares.slice(0, across * down).entries()) {
        const to = (Math.floor(index / across) * side * across + (index % across)) * line;
        for (let row = 0; row < side; row++) {
          const from = ((y + row) * width + x) * channels;
          taken.set(data.subarray(from, from + line), to + row * across * line);
        }
      }
      return taken;
    },
  };
};

/** The next number without a common divisor: with one, a row of squares would be looked at more often than the others. */
const coprime = (number: number, other: number): number =>
  divisor(number, other) === 1 ? number : coprime(number + 1, other);

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

const square = 128;
const wholePixels = 400_000;
const mostPixels = 750_000;
