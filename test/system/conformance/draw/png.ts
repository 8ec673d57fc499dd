import { crc32, deflateSync } from 'node:zlib';

/** A PNG put together by hand, so that its chunks, depth and colour type are exactly what a case needs. */
export type PngParts = {
  readonly width: number;
  readonly height: number;
  readonly depth?: 1 | 2 | 4 | 8 | 16;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA. */
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  /** Unfiltered rows, as they go into the file. */
  readonly rows: Uint8Array;
  /** Chunks before the pixels: palette, profile, texts. */
  readonly before?: readonly (readonly [type: string, body: Uint8Array])[];
};

export const png = ({ width, height, depth = 8, colourType, rows, before = [] }: PngParts): Buffer => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, 0], 8);
  const stride = rows.length / height;
  const filtered = Buffer.alloc(rows.length + height);
  for (let y = 0; y < height; y++) filtered.set(rows.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...before.map(([type, body]) => chunk(type, body)),
    chunk('IDAT', deflateSync(filtered, { level: 6 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

export const profileChunk = (profile: Uint8Array): readonly [string, Uint8Array] => [
  'iCCP',
  Buffer.concat([Buffer.from('p\0\0', 'latin1'), deflateSync(profile)]),
];

/** Only the header and the first bytes of the pixels: what a bomb looks like before it goes off. */
export const chunk = (type: string, body: Uint8Array): Buffer => {
  const out = Buffer.alloc(12 + body.length);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, 'latin1');
  out.set(body, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
};
