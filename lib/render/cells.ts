/** How much two pictures differ, cell by cell. */
export type Distance = {
  /** In the cell that differs most, and in the mean of all: levels of 255 between the mean colours of the two. */
  readonly worst: number;
  readonly mean: number;
};

/**
 * Whether a file shows the picture it was made from, however low its quality: at any quality an encoder keeps the mean
 * colour of a small square. A fault of a codec (damaged pixels, exchanged colours, another picture) changes it.
 */
export const isSamePicture = ({ worst, mean }: Distance): boolean => worst <= 96 && mean <= 20;

/** Of two pictures of one size, in three channels. */
export const distanceOf = (one: Uint8Array, other: Uint8Array, width: number, height: number): Distance => {
  const [across, down] = [cellSide(width), cellSide(height)];
  const [columns, rows] = [Math.ceil(width / across), Math.ceil(height / down)];
  const sums = new Float64Array(columns * rows * 3);
  for (let y = 0, at = 0; y < height; y++)
    for (let column = 0; column < columns; column++) {
      // Summed in variables: this runs for each pixel of every file.
      let [red, green, blue] = [0, 0, 0];
      for (const end = 3 * (y * width + Math.min(width, (column + 1) * across)); at < end; at += 3) {
        red += (one[at] ?? 0) - (other[at] ?? 0);
        green += (one[at + 1] ?? 0) - (other[at + 1] ?? 0);
        blue += (one[at + 2] ?? 0) - (other[at + 2] ?? 0);
      }
      const cell = 3 * (Math.floor(y / down) * columns + column);
      sums[cell] = (sums[cell] ?? 0) + red;
      sums[cell + 1] = (sums[cell + 1] ?? 0) + green;
      sums[cell + 2] = (sums[cell + 2] ?? 0) + blue;
    }
  let [worst, total] = [0, 0];
  for (let cell = 0; cell < columns * rows; cell++) {
    const [column, row] = [cell % columns, Math.floor(cell / columns)];
    const pixels = Math.min(across, width - column * across) * Math.min(down, height - row * down);
    for (let channel = 0; channel < 3; channel++) {
      const off = Math.abs(sums[3 * cell + channel] ?? 0) / pixels;
      worst = Math.max(worst, off);
      total += off;
    }
  }
  return { worst, mean: total / (3 * columns * rows) };
};

/** Sixteen cells a side, and no cell so small that a codec might lose it. */
const cellSide = (side: number): number => Math.max(8, Math.ceil(side / 16));
