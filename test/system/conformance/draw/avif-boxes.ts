/** Gives an AVIF a colour property (nclx), as cameras and HDR tools do; the encoder at hand writes none. */
export const withCodePoints = (
  file: Buffer,
  primaries: number,
  transfer: number,
  { matrix = 6, full = true } = {},
): Buffer => {
  const colr = Buffer.concat([
    Buffer.from([0, 0, 0, 19]),
    Buffer.from('colrnclx'),
    u16(primaries),
    u16(transfer),
    u16(matrix),
    Buffer.of(full ? 0x80 : 0),
  ]);
  const at = (type: string) => file.indexOf(type, 0, 'latin1') - 4;
  const [meta, iprp, ipco, ipma, iloc] = [at('meta'), at('iprp'), at('ipco'), at('ipma'), at('iloc')];
  const properties = countBoxes(file, ipco + 8, ipco + file.readUInt32BE(ipco));
  const out = Buffer.from(file);
  const endOfIpco = ipco + file.readUInt32BE(ipco);
  // One more byte in the association of the first item: not essential, the property after the last.
  const associations = ipma + 8 + 4 + 4 + 2;
  const endOfItem = associations + 1 + (file[associations] ?? 0);
  out[associations] = (file[associations] ?? 0) + 1;
  const grow = (box: number, by: number) => out.writeUInt32BE(out.readUInt32BE(box) + by, box);
  grow(ipco, colr.length);
  grow(ipma, 1);
  grow(iprp, colr.length + 1);
  grow(meta, colr.length + 1);
  shiftExtents(out, iloc, colr.length + 1);
  return Buffer.concat([
    out.subarray(0, endOfIpco),
    colr,
    out.subarray(endOfIpco, endOfItem),
    Buffer.of(properties + 1),
    out.subarray(endOfItem),
  ]);
};

/** Says of an encoder's file that the colours of its first item are multiplied by the opacity, which is the second. */
export const premultiplied = (file: Buffer): Buffer => {
  const reference = Buffer.concat([Buffer.from([0, 0, 0, 14]), Buffer.from('prem'), u16(1), u16(1), u16(2)]);
  const at = (type: string) => file.indexOf(type, 0, 'latin1') - 4;
  const [meta, iref, iloc] = [at('meta'), at('iref'), at('iloc')];
  const out = Buffer.from(file);
  for (const box of [meta, iref]) out.writeUInt32BE(out.readUInt32BE(box) + reference.length, box);
  shiftExtents(out, iloc, reference.length);
  return Buffer.concat([out.subarray(0, iref + 12), reference, out.subarray(iref + 12)]);
};

const countBoxes = (file: Buffer, from: number, to: number): number => {
  let count = 0;
  for (let at = from; at < to; at += file.readUInt32BE(at)) count++;
  return count;
};

/** Positions of the pixels in the file, which move when something grows before them. */
const shiftExtents = (file: Buffer, iloc: number, by: number): void => {
  const version = file[iloc + 8] ?? 0;
  const sizes = file.readUInt16BE(iloc + 12);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  let at = iloc + 14;
  const items = file.readUInt16BE(at);
  at += 2;
  for (let item = 0; item < items; item++) {
    at += 2 + (version === 1 ? 2 : 0) + 2;
    if (baseSize === 4) file.writeUInt32BE(file.readUInt32BE(at) + by, at);
    at += baseSize;
    const extents = file.readUInt16BE(at);
    at += 2;
    for (let extent = 0; extent < extents; extent++) {
      if (baseSize === 0 && offsetSize === 4) file.writeUInt32BE(file.readUInt32BE(at) + by, at);
      at += offsetSize + lengthSize;
    }
  }
};

const u16 = (value: number) => Buffer.of(value >> 8, value & 255);
