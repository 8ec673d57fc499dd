import { avifOf, box, colourStream } from '../../conformance/draw/avif.ts';
import { withCodePoints } from '../../conformance/draw/avif-boxes.ts';
import { landscape } from '../../conformance/draw/canvas.ts';
import { avif } from '../../conformance/draw/sharp.ts';
import { ascii, be16, be32, inputs, patched, times, zeros } from '../input.ts';

const [width, height] = [160, 120];
const canvas = landscape(width, height, 11);
const sound = await avif(canvas);
const parts = { width, height, channels: 3 as const, ...(await colourStream(canvas)) };
const made = avifOf(parts);
const ftyp = box('ftyp', [...ascii('avif'), ...be32(0), ...ascii('avifmif1miaf')]);
const full = (type: string, ...body: readonly Uint8Array[]) => box(type, Buffer.concat([be32(0), ...body]));
const at = (file: Buffer, type: string) => file.indexOf(type, 0, 'latin1');
const properties = (...more: readonly (readonly [string, readonly number[] | Uint8Array])[]) =>
  avifOf({ ...parts, layers: more });

/** A grid of so many columns and rows, all of them the same tile. */
const grid = (columns: number, rows: number, saidWidth: number, saidHeight: number): Buffer => {
  const tiles = columns * rows;
  const data = Buffer.concat([Buffer.of(0, 1, rows - 1, columns - 1), be32(saidWidth), be32(saidHeight)]);
  const ids = times(tiles, (index) => index + 2);
  const item = (id: number, from: number, length: number) =>
    Buffer.concat([be16(id), be16(0), be16(1), be32(from), be32(length)]);
  const size = (w: number, h: number) => full('ispe', be32(w), be32(h));
  const meta = (from: number) =>
    full(
      'meta',
      full('hdlr', be32(0), ascii('pict'), zeros(13)),
      full('pitm', be16(1)),
      full(
        'iloc',
        Buffer.of(0x44, 0),
        be16(tiles + 1),
        item(1, from, data.length),
        ...ids.map((id) => item(id, from + data.length, parts.stream.length)),
      ),
      full(
        'iinf',
        be16(tiles + 1),
        ...[1, ...ids].map((id) =>
          box(
            'infe',
            Buffer.concat([Buffer.of(2, 0, 0, 0), be16(id), be16(0), ascii(id === 1 ? 'grid' : 'av01'), zeros(1)]),
          ),
        ),
      ),
      full('iref', box('dimg', Buffer.concat([be16(1), be16(tiles), ...ids.map(be16)]))),
      box(
        'iprp',
        Buffer.concat([
          box('ipco', Buffer.concat([size(saidWidth, saidHeight), size(width, height), parts.configuration])),
          full(
            'ipma',
            be32(tiles + 1),
            be16(1),
            Buffer.of(1, 1),
            ...ids.map((id) => Buffer.concat([be16(id), Buffer.of(2, 2, 0x83)])),
          ),
        ]),
      ),
    );
  const offset = ftyp.length + meta(0).length + 8;
  return Buffer.concat([ftyp, meta(offset), box('mdat', Buffer.concat([data, parts.stream]))]);
};

const nested = (type: string, depth: number): Buffer => {
  const heads: Buffer[] = [];
  for (let left = depth; left > 0; left--) heads.push(be32(12 * left), ascii(type), be32(0));
  return Buffer.concat(heads);
};
const extents = (count: number) => {
  const meta = full(
    'meta',
    full('hdlr', be32(0), ascii('pict'), zeros(13)),
    full('pitm', be16(1)),
    full(
      'iloc',
      Buffer.of(0x44, 0),
      be16(1),
      be16(1),
      be16(0),
      be16(count),
      ...times(count, () => Buffer.concat([be32(0), be32(9_000_000)])),
    ),
    full(
      'iinf',
      be16(1),
      box('infe', Buffer.concat([Buffer.of(2, 0, 0, 0), be16(1), be16(0), ascii('av01'), zeros(1)])),
    ),
    box(
      'iprp',
      Buffer.concat([
        box('ipco', Buffer.concat([full('ispe', be32(width), be32(height)), parts.configuration])),
        full('ipma', be32(1), be16(1), Buffer.of(2, 1, 0x82)),
      ]),
    ),
  );
  return Buffer.concat([ftyp, meta, box('mdat', parts.stream)]);
};
const bad = ['corrupt', 'unsupported-format'] as const;

export const avifs = inputs('avif', 'image/avif', [
  [
    'a size of 4 294 967 295 squared',
    ['too-big', 'corrupt'],
    () => avifOf({ ...parts, said: [2 ** 32 - 1, 2 ** 32 - 1] }),
  ],
  ['a size of 60 000×60 000', ['too-big', 'corrupt'], () => avifOf({ ...parts, said: [60_000, 60_000] })],
  [
    'a size of 6000×6000 around a stream of 160×120',
    ['corrupt', 'ready'],
    () => avifOf({ ...parts, said: [6000, 6000] }),
  ],
  ['a size of 120×100 around a stream of 160×120', ['corrupt', 'ready'], () => avifOf({ ...parts, said: [120, 100] })],
  ['no size', ['corrupt', 'too-small'], () => avifOf({ ...parts, said: [0, 0] })],
  [
    '36 megapixels of one colour in some kB',
    'ready',
    async () => avif({ data: Buffer.alloc(6000 * 6000 * 3, 120), width: 6000, height: 6000, channels: 3 }),
  ],
  ['a grid of 4 tiles', 'ready', () => grid(2, 2, 320, 240)],
  ['a grid of 65 536 tiles', ['too-big', ...bad], () => grid(256, 255, 256 * 160, 255 * 120)],
  ['a grid of 2500 tiles', ['ready', ...bad], () => grid(50, 50, 50 * 160, 50 * 120)],
  ['a grid that is larger than its tiles', [...bad, 'ready'], () => grid(2, 2, 4000, 4000)],
  [
    'a grid of itself',
    bad,
    () => {
      const file = grid(1, 1, 160, 120);
      const ref = at(file, 'dimg') + 8;
      return patched(file, ref, 0, 1);
    },
  ],
  ['100 000 boxes within boxes (meta)', bad, () => Buffer.concat([ftyp, nested('meta', 100_000)])],
  ['100 000 boxes within boxes (iprp)', bad, () => Buffer.concat([ftyp, nested('iprp', 100_000)])],
  [
    'a million empty boxes',
    ['ready', ...bad],
    () => {
      const none = box('free', []);
      return Buffer.concat([ftyp, ...times(1_000_000, () => none), made.subarray(ftyp.length)]);
    },
  ],
  ['30 000 properties', ['ready', ...bad], () => properties(...times(30_000, () => ['irot', [0]] as const))],
  [
    'a property of the picture that does not exist',
    [...bad, 'ready'],
    () => patched(made, at(made, 'ipma') + 15, 0x7f),
  ],
  ['a turn by 255', ['ready', ...bad], () => properties(['irot', [255]])],
  ['a crop (clap) by 0', ['ready', ...bad], () => properties(['clap', [...zeros(32)]])],
  ['a crop (clap) beyond all bounds', ['ready', ...bad], () => properties(['clap', [...Buffer.alloc(32, 0xff)]])],
  ['a pixel aspect of 0', ['ready', ...bad], () => properties(['pasp', [...zeros(8)]])],
  ['layers that do not exist (a1lx)', ['ready', ...bad], () => properties(['a1lx', [0, 255, 255, 255, 255, 255, 255]])],
  ['code points cut short', bad, () => avifOf({ ...parts, layers: [['colr', [...ascii('nclx'), 0]]] })],
  ['undefined code points', ['ready', ...bad], () => withCodePoints(sound, 65_535, 65_535)],
  [
    'a profile of 9 MB of zeros',
    ['ready', ...bad],
    () => properties(['colr', Buffer.concat([ascii('prof'), zeros(9_000_000)])]),
  ],
  ['pixels after the end of the file', bad, () => patched(made, at(made, 'iloc') + 18, 0x7f, 0xff, 0xff, 0xff)],
  ['pixels inside the head', [...bad, 'ready'], () => patched(made, at(made, 'iloc') + 18, 0, 0, 0, 0)],
  ['60 000 pieces of 9 MB that are one and the same', bad, () => extents(60_000)],
  ['a box that says it has 2⁶³ bytes', bad, () => Buffer.concat([ftyp, be32(1), ascii('meta'), Buffer.alloc(8, 0x7f)])],
  [
    'a box that goes on to the end of the file',
    ['ready', ...bad],
    () => patched(made, at(made, 'meta') - 4, 0, 0, 0, 0),
  ],
  ['a box of 7 bytes', bad, () => patched(made, at(made, 'meta') - 4, 0, 0, 0, 7)],
  ['no main picture', bad, () => patched(made, at(made, 'pitm') + 8, 0xff, 0xff)],
  ['a main picture that is a text', bad, () => patched(made, at(made, 'av01'), ...ascii('mime'))],
  [
    '200 brands',
    'ready',
    () => {
      const many = box(
        'ftyp',
        Buffer.concat([ascii('avif'), be32(0), ...times(100, () => ascii('zzzz')), ascii('avif')]),
      );
      const grown = many.length - ftyp.length;
      const from = at(made, 'iloc') + 18;
      return Buffer.concat([many, patched(made, from, ...be32(made.readUInt32BE(from) + grown)).subarray(ftyp.length)]);
    },
  ],
  [
    'a configuration that is another one',
    [...bad, 'ready'],
    () => patched(made, at(made, 'av1C') + 4, 0xff, 0xff, 0xff, 0xff),
  ],
  ['a stream of zeros', bad, () => avifOf({ ...parts, stream: zeros(parts.stream.length) })],
  ['an animated AVIF', 'unsupported-format', () => patched(made, 8, ...ascii('avis'))],
  [
    'a HEIC under its brand',
    'unsupported-format',
    () =>
      Buffer.concat([
        box('ftyp', Buffer.concat([ascii('heic'), be32(0), ascii('heicmif1')])),
        made.subarray(ftyp.length),
      ]),
  ],
]);
