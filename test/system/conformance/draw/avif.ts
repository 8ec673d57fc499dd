import type { Canvas } from './canvas.ts';
import { open } from './sharp.ts';

/** An AVIF put together by hand around an AV1 stream, so that its properties are exactly what a case needs. */
export type AvifParts = {
  readonly width: number;
  readonly height: number;
  /** The size that the file says it has, where that is not the size of the stream. */
  readonly said?: readonly [width: number, height: number];
  readonly stream: Uint8Array;
  /** `av1C`, whole. */
  readonly configuration: Uint8Array;
  readonly channels: 1 | 3;
  /** Primaries, transfer, matrix, and whether the range is full; nothing is said without them. */
  readonly codePoints?: readonly [primaries: number, transfer: number, matrix: number, full: boolean];
  /** Properties of layers: `a1op`, `lsel`. */
  readonly layers?: readonly (readonly [type: string, body: readonly number[] | Uint8Array])[];
};

export const avifOf = (parts: AvifParts): Buffer => {
  const { width, height, said = [width, height], stream, configuration, channels, codePoints, layers = [] } = parts;
  const depth = (configuration[8 + 2] ?? 0) & 0x40 ? 10 : 8;
  const properties = [
    box('ispe', [...u32(0), ...u32(said[0]), ...u32(said[1])]),
    box('pixi', [...u32(0), channels, ...Array<number>(channels).fill(depth)]),
    configuration,
    ...(codePoints
      ? [box('colr', [...ascii('nclx'), ...codePoints.slice(0, 3).flatMap(u16), codePoints[3] ? 0x80 : 0])]
      : []),
    ...layers.map(([type, body]) => box(type, body)),
  ];
  // What a reader has to understand is marked: the configuration, and the choice of a layer.
  const associations = properties.map(
    (each, index) => (/^(av1C|a1op|lsel)$/.test(each.toString('latin1', 4, 8)) ? 0x80 : 0) | (index + 1),
  );
  const meta = (offset: number) =>
    box('meta', [
      ...u32(0),
      ...box('hdlr', [...u32(0), ...u32(0), ...ascii('pict'), ...Array<number>(13).fill(0)]),
      ...box('pitm', [...u32(0), ...u16(1)]),
      ...box('iloc', [
        ...u32(0),
        0x44,
        0,
        ...u16(1),
        ...u16(1),
        ...u16(0),
        ...u16(1),
        ...u32(offset),
        ...u32(stream.length),
      ]),
      ...box('iinf', [...u32(0), ...u16(1), ...box('infe', [2, 0, 0, 0, ...u16(1), ...u16(0), ...ascii('av01'), 0])]),
      ...box('iprp', [
        ...box('ipco', Buffer.concat(properties)),
        ...box('ipma', [...u32(0), ...u32(1), ...u16(1), associations.length, ...associations]),
      ]),
    ]);
  const type = box('ftyp', [...ascii('avif'), ...u32(0), ...ascii('avifmif1miaf')]);
  const offset = type.length + meta(0).length + 8;
  return Buffer.concat([type, meta(offset), box('mdat', stream)]);
};

/** The stream of greys in a file of the encoder: it writes pictures in colour, and their opacity as greys. */
export const greyStream = async ({ data, width, height }: Canvas, bitdepth: 8 | 10 = 8) => {
  const rgba = Buffer.alloc(width * height * 4, 255);
  for (let at = 0; at < width * height; at++) rgba[4 * at + 3] = data[3 * at] ?? 0;
  const file = await open({ data: rgba, width, height, channels: 4 })
    .avif({ quality: 95, effort: 0, bitdepth })
    .toBuffer();
  return streamOf(file, 1);
};

export const colourStream = async (canvas: Canvas) =>
  streamOf(await open(canvas).avif({ quality: 95, effort: 0 }).toBuffer(), 0);

/** The same stream, whose own header names no colours and limited range: then the file around it decides. */
export const unspecified = (stream: Uint8Array): Buffer => {
  const out = Buffer.from(stream);
  const bitAt = (place: number) => ((out[place >> 3] ?? 0) >> (7 - (place & 7))) & 1;
  const number = (place: number, count: number) =>
    Array.from({ length: count }, (_, bit) => bitAt(place + bit)).reduce((value, bit) => value * 2 + bit, 0);
  const put = (value: number, place: number, count: number) => {
    for (let bit = 0; bit < count; bit++) {
      const [at, mask] = [(place + bit) >> 3, 0x80 >> ((place + bit) & 7)];
      const isSet = (value >> (count - 1 - bit)) & 1;
      out[at] = isSet ? (out[at] ?? 0) | mask : (out[at] ?? 0) & ~mask;
    }
  };
  // A reduced header of a still picture in 4:4:4, as the encoder writes it, behind the head of its unit.
  const start = 8 * (out[0] === 0x12 ? 4 : 2);
  const sizes = start + 10;
  const colours = sizes + 8 + number(sizes, 4) + 1 + number(sizes + 4, 4) + 1 + 7;
  if (number(start, 3) !== 1 || bitAt(colours) !== 1) throw new Error('the stream is none that is known here');
  for (const place of [1, 9, 17]) put(2, colours + place, 8);
  put(0, colours + 25, 1);
  return out;
};

/** Where an item of an encoder's file lies, by its place in `iloc` (version 0, with a base, one extent each). */
const streamOf = (file: Buffer, item: number) => {
  const iloc = file.indexOf('iloc') + 4;
  const entry = iloc + 8 + item * 18;
  const from = file.readUInt32BE(entry + 4) + file.readUInt32BE(entry + 10);
  const length = file.readUInt32BE(entry + 14);
  let configuration = -1;
  for (let found = 0; found <= item; found++) configuration = file.indexOf('av1C', configuration + 1);
  const size = file.readUInt32BE(configuration - 4);
  return {
    stream: file.subarray(from, from + length),
    configuration: file.subarray(configuration - 4, configuration - 4 + size),
  };
};

export const box = (type: string, body: readonly number[] | Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(u32(8 + body.length)), Buffer.from(type, 'latin1'), Buffer.from(body)]);
const u16 = (value: number | boolean) => [Number(value) >> 8, Number(value) & 255];
const u32 = (value: number) => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];
const ascii = (text: string) => [...Buffer.from(text, 'latin1')];
