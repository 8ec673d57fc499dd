import { gif } from '../../conformance/draw/gif.ts';
import { ascii, inputs, le16, patched, times, zeros } from '../input.ts';

const palette = [
  [0, 0, 0],
  [200, 60, 30],
] as const;
const frame = { width: 120, height: 110, pixels: new Uint8Array(13_200).fill(1), delay: 40 };
const dot = { width: 1, height: 1, pixels: Uint8Array.of(1), delay: 40 };
const sound = gif(120, 110, palette, [frame]);
const descriptorAt = sound.indexOf(0x2c, 13 + 48 + 8);
const insert = (...parts: readonly Uint8Array[]) =>
  Buffer.concat([sound.subarray(0, 13 + 48), ...parts, sound.subarray(13 + 48)]);

const blocks = (bytes: Uint8Array): Buffer => {
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255);
    out.push(Buffer.of(part.length), Buffer.from(part));
  }
  return Buffer.concat([...out, Buffer.of(0)]);
};

/** One colour so many times: the strings of the dictionary grow by a pixel a code, and the longest is then repeated. */
const packed = (pixels: number): Buffer => {
  const bits: number[] = [];
  const put = (code: number, width: number) => {
    for (let bit = 0; bit < width; bit++) bits.push((code >> bit) & 1);
  };
  const widthFor = (next: number) => Math.min(12, Math.max(3, Math.floor(Math.log2(next)) + 1));
  put(4, 3);
  put(0, 3);
  let done = 1;
  for (let next = 6; done < pixels; next++) {
    const code = Math.min(next, 4095);
    put(code, widthFor(Math.min(next, 4095)));
    done += Math.min(code - 4, 4091);
  }
  put(5, widthFor(4095));
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  bits.forEach((bit, index) => {
    bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << (index & 7));
  });
  return blocks(bytes);
};

type Rect = readonly [left: number, top: number, width: number, height: number];
/** A GIF of frames that are packed as tightly as they can be. */
const tight = (width: number, height: number, rects: readonly Rect[]): Buffer => {
  const kept = new Map<number, Buffer>();
  const pixelsOf = (count: number) => kept.get(count) ?? kept.set(count, packed(count)).get(count) ?? zeros(0);
  return Buffer.concat([
    ascii('GIF89a'),
    le16(width),
    le16(height),
    Buffer.of(0x80, 0, 0, 9, 9, 9, 200, 60, 30),
    ...rects.flatMap(([left, top, w, h]) => [
      Buffer.of(0x21, 0xf9, 4, 0, 4, 0, 0, 0, 0x2c),
      ...[left, top, w, h].map(le16),
      Buffer.of(0, 2),
      pixelsOf(w * h),
    ]),
    Buffer.of(0x3b),
  ]);
};

export const gifs = inputs('gif', 'image/gif', [
  ['a canvas of 65 535×65 535', 'too-big', () => gif(65_535, 65_535, palette, [frame])],
  ['10 000×10 000 pixels in 40 kB', 'ready', () => tight(10_000, 10_000, [[0, 0, 10_000, 10_000]])],
  [
    '150 frames of 1000×1000 in 80 kB',
    'ready',
    () =>
      tight(
        1000,
        1000,
        times(150, () => [0, 0, 1000, 1000] as const),
      ),
  ],
  [
    '151 frames of 1000×1000',
    'too-big',
    () =>
      tight(
        1000,
        1000,
        times(151, () => [0, 0, 1000, 1000] as const),
      ),
  ],
  [
    'a frame of 65 535×65 535 on a canvas of 120×110',
    'too-big',
    () =>
      tight(120, 110, [
        [0, 0, 120, 110],
        [0, 0, 65_535, 65_535],
      ]),
  ],
  ['a first frame of 65 535×65 535 on a canvas of 120×110', 'too-big', () => tight(120, 110, [[0, 0, 65_535, 65_535]])],
  [
    '250 frames of 10 000×3000 on a canvas of 120×110',
    'too-big',
    () => tight(120, 110, [[0, 0, 120, 110], ...times(250, () => [0, 0, 10_000, 3000] as const)]),
  ],
  [
    'frames outside the canvas',
    'ready',
    () =>
      tight(120, 110, [
        [0, 0, 120, 110],
        [65_535, 65_535, 10, 10],
        [119, 109, 500, 500],
      ]),
  ],
  [
    '100 000 frames',
    'too-many-frames',
    () =>
      tight(
        120,
        110,
        times(100_000, () => [0, 0, 4, 4] as const),
      ),
  ],
  [
    '300 frames of one pixel',
    'ready',
    () =>
      gif(
        120,
        110,
        palette,
        times(300, () => dot),
      ),
  ],
  [
    'a frame without width',
    ['ready', 'corrupt'],
    () =>
      tight(120, 110, [
        [0, 0, 0, 110],
        [0, 0, 120, 110],
      ]),
  ],
  ['a frame without pixels alone', ['ready', 'corrupt'], () => tight(120, 110, [[0, 0, 0, 0]])],
  ['a canvas of nothing', 'ready', () => patched(sound, 6, 0, 0, 0, 0)],
  ['a canvas and a frame of nothing', 'too-small', () => patched(tight(0, 0, [[0, 0, 0, 0]]), 6, 0, 0, 0, 0)],
  ['codes of no bits', ['corrupt', 'ready'], () => patched(sound, descriptorAt + 10, 0)],
  ['codes of 12 bits', 'corrupt', () => patched(sound, descriptorAt + 10, 12)],
  ['codes of 255 bits', 'corrupt', () => patched(sound, descriptorAt + 10, 255)],
  [
    'pixels that are one block of 0xff after the other',
    'corrupt',
    () => Buffer.concat([sound.subarray(0, descriptorAt + 11), blocks(Buffer.alloc(9_000_000, 0xff)), Buffer.of(0x3b)]),
  ],
  [
    'a million clear codes',
    'corrupt',
    () =>
      Buffer.concat([
        sound.subarray(0, descriptorAt + 11),
        blocks(Buffer.from(times(625_000, (i) => [0x10, 0x42, 0x08, 0x21, 0x84][i % 5] ?? 0))),
        Buffer.of(0x3b),
      ]),
  ],
  ['a comment of 9 MB', 'ready', () => insert(Buffer.of(0x21, 0xfe), blocks(Buffer.alloc(9_000_000, 65)))],
  ['a million empty comments', 'ready', () => insert(Buffer.concat(times(1_000_000, () => Buffer.of(0x21, 0xfe, 0))))],
  ['nine million zeros between blocks', 'ready', () => insert(zeros(9_000_000))],
  [
    'a comment that never ends',
    'corrupt',
    () => Buffer.concat([sound.subarray(0, 61), Buffer.of(0x21, 0xfe), Buffer.alloc(5000, 255)]),
  ],
  ['no palette', 'ready', () => Buffer.concat([patched(sound.subarray(0, 13), 10, 0), sound.subarray(61)])],
  ['a palette that the file is too short for', 'corrupt', () => patched(sound.subarray(0, 30), 10, 0xf7)],
  [
    'a loop of 65 535',
    'ready',
    () => gif(120, 110, palette, [frame, { ...frame, pixels: new Uint8Array(13_200) }], 65_535),
  ],
  [
    'a delay of 655.35 s',
    'ready',
    () =>
      gif(
        120,
        110,
        palette,
        [
          { ...frame, delay: 655_350 },
          { ...frame, delay: 655_350, pixels: new Uint8Array(13_200) },
        ],
        0,
      ),
  ],
  [
    'frames far smaller than the canvas, each disposed of in another way',
    'ready',
    () =>
      gif(
        120,
        110,
        palette,
        times(5, (n) => ({ ...dot, left: 20 * n, disposal: n as 0 | 1 | 2 | 3 | 4, transparent: 0 })),
        3,
      ),
  ],
  [
    'a hundred extensions that loop',
    'ready',
    () =>
      insert(
        Buffer.concat(
          times(100, () =>
            Buffer.concat([Buffer.of(0x21, 0xff, 11), ascii('NETSCAPE2.0'), Buffer.of(3, 1, 255, 255, 0)]),
          ),
        ),
      ),
  ],
  [
    'an extension that loops and is empty',
    'ready',
    () => insert(Buffer.of(0x21, 0xff, 11), ascii('NETSCAPE2.0'), Buffer.of(0)),
  ],
  [
    'a script as its head, and an archive behind its end',
    'ready',
    () =>
      Buffer.concat([
        insert(Buffer.of(0x21, 0xfe), blocks(ascii('*/=1;alert(document.domain);/*'))),
        ascii('PK\x05\x06'),
        zeros(18),
      ]),
  ],
  ['no frame', 'corrupt', () => Buffer.concat([sound.subarray(0, 61), Buffer.of(0x3b)])],
  [
    'frames that are packed ones of nothing for a canvas of 12 000×8000',
    'too-big',
    () => tight(12_000, 8000, [[0, 0, 1, 1]]),
  ],
]);
