import sharp, { type Sharp } from 'sharp';

/** A picture in which every corner differs, so that a wrong turn or a wrong crop shows. */
export const corners = (width: number, height: number) => {
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  const block = (background: string, left: number, top: number) => ({
    input: { create: { ...half, channels: 3 as const, background } },
    left,
    top,
  });
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } }).composite([
    block('#d02020', 0, 0),
    block('#20a020', Math.floor(width / 2), 0),
    block('#2040d0', 0, Math.floor(height / 2)),
    block('#e0c020', Math.floor(width / 2), Math.floor(height / 2)),
  ]);
};

/** A picture that takes an encoder some time. */
export const noise = (width: number, height: number) =>
  sharp({
    create: { width, height, channels: 3, background: '#808080', noise: { type: 'gaussian', mean: 128, sigma: 30 } },
  });

export const bytesOf = async (picture: Sharp): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await picture.toBuffer());
