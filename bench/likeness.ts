/**
 * How alike two pictures look: structural similarity (SSIM, Gaussian window, σ 1.5) of luma and both chroma planes,
 * averaged over three scales. 1 is identical; below about 0.95 most people see a difference side by side.
 */
export type Pixels = { readonly data: Uint8Array; readonly width: number; readonly height: number };

const planeWeights = [0.8, 0.1, 0.1] as const;
const scales = 3;

export const likeness = (a: Pixels, b: Pixels): number => {
  if (a.width !== b.width || a.height !== b.height) throw new RangeError('likeness compares pictures of one size');
  const planesOfB = planes(b);
  return planes(a).reduce((sum, plane, index) => {
    const other = planesOfB[index];
    return other ? sum + (planeWeights[index] ?? 0) * similarity(plane, other, a.width, a.height) : sum;
  }, 0);
};

const planes = ({ data, width, height }: Pixels): Float32Array[] => {
  const count = width * height;
  const channels = data.length / count;
  const [y, cb, cr] = [new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  for (let pixel = 0, at = 0; pixel < count; pixel++, at += channels) {
    const [red, green, blue] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
    const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    y[pixel] = luma;
    cb[pixel] = 0.564 * (blue - luma);
    cr[pixel] = 0.713 * (red - luma);
  }
  return [y, cb, cr];
};

const similarity = (a: Float32Array, b: Float32Array, width: number, height: number): number => {
  let sum = 0;
  let taken = 0;
  for (let scale = 0; scale < scales && Math.min(width, height) >= 8; scale++) {
    sum += ssim(a, b, width, height);
    taken++;
    [a, b] = [halved(a, width, height), halved(b, width, height)];
    [width, height] = [width >> 1, height >> 1];
  }
  return taken > 0 ? sum / taken : ssim(a, b, width, height);
};

const halved = (plane: Float32Array, width: number, height: number): Float32Array => {
  const [w, h] = [width >> 1, height >> 1];
  const half = new Float32Array(w * h);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const at = 2 * y * width + 2 * x;
      half[y * w + x] =
        ((plane[at] ?? 0) + (plane[at + 1] ?? 0) + (plane[at + width] ?? 0) + (plane[at + width + 1] ?? 0)) / 4;
    }
  return half;
};

const c1 = (0.01 * 255) ** 2;
const c2 = (0.03 * 255) ** 2;

const ssim = (a: Float32Array, b: Float32Array, width: number, height: number): number => {
  const [meanA, meanB] = [blurred(a, width, height), blurred(b, width, height)];
  const squareA = blurred(product(a, a), width, height);
  const squareB = blurred(product(b, b), width, height);
  const cross = blurred(product(a, b), width, height);
  let sum = 0;
  for (let at = 0; at < a.length; at++) {
    const [ma, mb] = [meanA[at] ?? 0, meanB[at] ?? 0];
    const varianceA = (squareA[at] ?? 0) - ma * ma;
    const varianceB = (squareB[at] ?? 0) - mb * mb;
    const covariance = (cross[at] ?? 0) - ma * mb;
    sum += ((2 * ma * mb + c1) * (2 * covariance + c2)) / ((ma * ma + mb * mb + c1) * (varianceA + varianceB + c2));
  }
  return sum / a.length;
};

const product = (a: Float32Array, b: Float32Array) => a.map((value, at) => value * (b[at] ?? 0));

const radius = 5;
const kernel = (() => {
  const weights = Array.from({ length: 2 * radius + 1 }, (_, at) => Math.exp(-((at - radius) ** 2) / (2 * 1.5 ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float32Array.from(weights, (weight) => weight / total);
})();

const blurred = (plane: Float32Array, width: number, height: number): Float32Array => {
  const across = new Float32Array(plane.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++)
        sum += (kernel[k + radius] ?? 0) * (plane[y * width + Math.min(width - 1, Math.max(0, x + k))] ?? 0);
      across[y * width + x] = sum;
    }
  const down = new Float32Array(plane.length);
  for (let y = 0; y < height; y++)
    for (let k = -radius; k <= radius; k++) {
      const weight = kernel[k + radius] ?? 0;
      const row = Math.min(height - 1, Math.max(0, y + k)) * width;
      for (let x = 0; x < width; x++)
        down[y * width + x] = (down[y * width + x] ?? 0) + weight * (across[row + x] ?? 0);
    }
  return down;
};
