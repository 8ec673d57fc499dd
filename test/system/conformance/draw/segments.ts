/** Adds to finished files what cameras and editors put into them. */

/** An application segment right behind the start of a JPEG. */
export const withSegment = (file: Uint8Array, marker: number, body: Uint8Array): Buffer => {
  const head = Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255]);
  return Buffer.concat([file.subarray(0, 2), head, body, file.subarray(2)]);
};

/** Profiles are split over as many segments as they need. */
export const withJpegProfile = (file: Uint8Array, profile: Uint8Array): Buffer => {
  const most = 65_000;
  const count = Math.ceil(profile.length / most);
  let out: Buffer = Buffer.from(file);
  for (let part = count; part >= 1; part--) {
    const body = profile.subarray((part - 1) * most, part * most);
    out = withSegment(out, 0xe2, Buffer.concat([Buffer.from('ICC_PROFILE\0'), Buffer.of(part, count), body]));
  }
  return out;
};

type Tag = readonly [tag: number, text: string];

/** A little-endian TIFF block with ASCII tags, a GPS position, and an embedded thumbnail when one is given. */
export const exifBlock = (tags: readonly Tag[], more: { gps?: boolean; thumbnail?: Uint8Array } = {}): Buffer => {
  const texts = tags.map(([tag, text]) => ({ tag, body: Buffer.from(`${text}\0`) }));
  const count = texts.length + (more.gps ? 1 : 0);
  const endOfFirst = 8 + 2 + 12 * count + 4;
  const gpsEntries = more.gps ? 2 + 12 * 2 + 4 + 24 : 0;
  const extra: Buffer[] = [];
  let extraAt = endOfFirst + gpsEntries;
  const entries = texts.map(({ tag, body }) => {
    const entry = Buffer.alloc(12);
    entry.writeUInt16LE(tag, 0);
    entry.writeUInt16LE(2, 2);
    entry.writeUInt32LE(body.length, 4);
    if (body.length <= 4) body.copy(entry, 8);
    else {
      entry.writeUInt32LE(extraAt, 8);
      extra.push(body);
      extraAt += body.length;
    }
    return entry;
  });
  if (more.gps) entries.push(longEntry(0x8825, endOfFirst));
  const first = Buffer.concat([u16(count), ...entries.sort(byTag), u32(more.thumbnail ? extraAt : 0)]);
  const gps = more.gps
    ? Buffer.concat([
        u16(2),
        Buffer.from([1, 0, 2, 0, 2, 0, 0, 0, 0x4e, 0, 0, 0]),
        Buffer.concat([u16(2), u16(5), u32(3), u32(endOfFirst + 30)]),
        u32(0),
        ...[48, 51, 24].flatMap((degrees) => [u32(degrees), u32(1)]),
      ])
    : Buffer.alloc(0);
  const thumbnail = more.thumbnail
    ? Buffer.concat([
        u16(2),
        longEntry(0x0201, extraAt + 30),
        longEntry(0x0202, more.thumbnail.length),
        u32(0),
        more.thumbnail,
      ])
    : Buffer.alloc(0);
  return Buffer.concat([Buffer.from('II*\0'), u32(8), first, gps, ...extra, thumbnail]);
};

const byTag = (a: Buffer, b: Buffer) => a.readUInt16LE(0) - b.readUInt16LE(0);
const longEntry = (tag: number, value: number) => Buffer.concat([u16(tag), u16(4), u32(1), u32(value)]);
const u16 = (value: number) => Buffer.of(value & 255, value >> 8);
const u32 = (value: number) => {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
};

export const withExif = (jpeg: Uint8Array, block: Uint8Array): Buffer =>
  withSegment(jpeg, 0xe1, Buffer.concat([Buffer.from('Exif\0\0'), block]));
