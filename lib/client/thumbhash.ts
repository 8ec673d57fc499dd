/** The pixels of a ThumbHash (evanw.github.io/thumbhash): a picture of at most 32 × 32, in RGBA. */
export const thumbhashPixels = (base64: string) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const at = (index: number) => bytes[index] ?? 0;
  const first = at(0) | (at(1) << 8) | (at(2) << 16);
  const second = at(3) | (at(4) << 8);
  const hasAlpha = first >> 23 !== 0;
  const isLandscape = second >> 15 !== 0;
  const wide = isLandscape ? (hasAlpha ? 5 : 7) : second & 7;
  const high = isLandscape ? second & 7 : hasAlpha ? 5 : 7;

  // Four bits for each coefficient, after the header.
  let nibble = hasAlpha ? 12 : 10;
  const coefficients = (columns: number, rows: number, scale: number): readonly Wave[] =>
    waves(columns, rows).map(([x, y]) => {
      const value = (at(nibble >> 1) >> ((nibble & 1) << 2)) & 15;
      nibble++;
      return { x, y, amount: (value / 7.5 - 1) * scale };
    });
  const light = coefficients(Math.max(3, wide), Math.max(3, high), ((first >> 18) & 31) / 31);
  const yellow = coefficients(3, 3, (((second >> 3) & 63) / 63) * 1.25);
  const red = coefficients(3, 3, (((second >> 9) & 63) / 63) * 1.25);
  const alpha = hasAlpha ? coefficients(5, 5, (at(5) >> 4) / 15) : [];

  const ratio = wide / high;
  const width = Math.round(ratio > 1 ? 32 : 32 * ratio);
  const height = Math.round(ratio > 1 ? 32 / ratio : 32);
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const sum = (start: number, all: readonly Wave[]) =>
        all.reduce(
          (value, wave) => value + wave.amount * cosine(wave.x, x, width) * cosine(wave.y, y, height) * 2,
          start,
        );
      const l = sum((first & 63) / 63, light);
      const p = sum(((first >> 6) & 63) / 31.5 - 1, yellow);
      const q = sum(((first >> 12) & 63) / 31.5 - 1, red);
      const a = hasAlpha ? sum((at(5) & 15) / 15, alpha) : 1;
      const blue = l - (2 / 3) * p;
      const r = (3 * l - blue + q) / 2;
      pixels.set([r, r - q, blue, a].map(byte), (y * width + x) * 4);
    }
  return { width, height, pixels };
};

type Wave = { readonly x: number; readonly y: number; readonly amount: number };

/** The corner of the low frequencies, without the constant one. */
const waves = (columns: number, rows: number): (readonly [x: number, y: number])[] => {
  const found: (readonly [number, number])[] = [];
  for (let y = 0; y < rows; y++) for (let x = y === 0 ? 1 : 0; x * rows < columns * (rows - y); x++) found.push([x, y]);
  return found;
};

const cosine = (frequency: number, at: number, length: number) => Math.cos((Math.PI / length) * (at + 0.5) * frequency);
const byte = (value: number) => Math.max(0, Math.floor(255 * Math.min(1, value)));
