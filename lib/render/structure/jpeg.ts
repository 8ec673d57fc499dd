import { type Structure, textAt, viewOf } from './structure.ts';

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;
const adobe = 0xee;

/** Up to the end of the picture; what phones append after it (motion photos, gain maps) is not looked at. */
export const jpegStructure = (bytes: Uint8Array): Structure => {
  const kept: Uint8Array[] = [];
  let sort: Sort = { baseline: false, components: 0 };
  let copiedTo = 0;
  const replace = (from: number, to: number, by: Uint8Array) => {
    kept.push(bytes.subarray(copiedTo, from), by);
    copiedTo = to;
  };
  for (const part of parts(bytes)) {
    if (part.marker === endOfImage)
      return {
        whole: true,
        frames: 1,
        ...(kept.length > 0 && { mended: Buffer.concat([...kept, bytes.subarray(copiedTo)]) }),
      };
    if (part.marker === undefined) replace(part.at, part.end, nothing);
    sort = sortOf(bytes, part) ?? sort;
    const better = mendedSegment(bytes, part, sort);
    if (better) replace(part.at, part.end, better);
  }
  return { whole: false, frames: 1 };
};

const nothing = new Uint8Array(0);

type Part = {
  /** Undefined for bytes that belong to no segment. */
  readonly marker: number | undefined;
  readonly at: number;
  readonly end: number;
};

/** Segments without the pixels behind them, stray bytes, and the end of the picture if there is one. */
function* parts(bytes: Uint8Array): Generator<Part> {
  const view = viewOf(bytes);
  let at = 2;
  while (at + 2 <= bytes.length) {
    const stray = at;
    while (at + 2 <= bytes.length && !isMarker(bytes, at)) at++;
    if (at > stray) yield { marker: undefined, at: stray, end: at };
    const marker = bytes[at + 1] ?? 0;
    if (marker === endOfImage) yield { marker, at, end: at + 2 };
    if (marker === endOfImage || at + 4 > bytes.length) return;
    if (isBare(marker)) {
      at += 2;
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    yield { marker, at, end };
    at = marker === startOfScan ? (endsOfData(bytes, end).at(-1) ?? bytes.length) : end;
  }
}

const isMarker = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0xff && bytes[at + 1] !== 0 && bytes[at + 1] !== 0xff;

const isBare = (marker: number): boolean => marker === 1 || (marker >= 0xd0 && marker <= startOfImage);

type Sort = { readonly baseline: boolean; readonly components: number };

const sortOf = (bytes: Uint8Array, { marker, at }: Part): Sort | undefined =>
  marker === 0xc0 || marker === 0xc1 || marker === 0xc2
    ? { baseline: marker !== 0xc2, components: bytes[at + 9] ?? 0 }
    : undefined;

/** What the segment is meant to say, where a program wrote it wrongly and every viewer knows what was meant. */
const mendedSegment = (bytes: Uint8Array, { marker, at, end }: Part, sort: Sort): Uint8Array | undefined => {
  if (marker === startOfScan && sort.baseline) {
    // Some phones write progressive parameters into baseline files.
    const [from, to, bits] = bytes.subarray(end - 3, end);
    if (from !== 0 || to !== 63 || bits !== 0)
      return Buffer.concat([bytes.subarray(at, Math.max(at, end - 3)), Buffer.of(0, 63, 0)]);
  }
  if (marker === adobe && textAt(bytes, at + 4, 5) === 'Adobe') {
    if (end - at < 2 + 14) return nothing;
    // 2 is for four inks; with three colours it is meant to be 1, luminance and chroma.
    if (bytes[at + 15] === 2 && sort.components !== 4 && componentsOf(bytes) === 3) {
      const segment = Buffer.from(bytes.subarray(at, end));
      segment[15] = 1;
      return segment;
    }
  }
  return undefined;
};

/** The frame header may come after the segment that is asked about. */
const componentsOf = (bytes: Uint8Array): number => {
  for (const part of parts(bytes)) {
    const sort = sortOf(bytes, part);
    if (sort) return sort.components;
  }
  return 0;
};

/** Where each run of entropy-coded data ends: at the restart markers, and at last at the marker after the scan. */
const endsOfData = (bytes: Uint8Array, from: number): readonly number[] => {
  const ends: number[] = [];
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at)) {
    const next = bytes[at + 1] ?? 0;
    if (next === 0) at += 2;
    else if (next === 0xff) at++;
    else {
      ends.push(at);
      if (next < 0xd0 || next > 0xd7) return ends;
      at += 2;
    }
  }
  return [...ends, bytes.length];
};

/**
 * The same file with more data than its scans need. Where a scan lacks data the decoder takes them for pixels, and the
 * picture changes; where none is lacking they are skipped.
 */
export const withSurplus = (bytes: Uint8Array): Uint8Array => {
  const out: Uint8Array[] = [];
  let copiedTo = 0;
  for (const { marker, end } of parts(bytes))
    if (marker === startOfScan)
      for (const dataEnd of endsOfData(bytes, end)) {
        out.push(bytes.subarray(copiedTo, dataEnd), surplus);
        copiedTo = dataEnd;
      }
  return Buffer.concat([...out, bytes.subarray(copiedTo)]);
};

const surplus = Uint8Array.from({ length: 96 }, (_, index) => (index * 89 + 37) % 251);

/** Whether each scan has as many restart markers as its size asks for; a run that is missing leaves no other trace. */
export const hasAllRestarts = (bytes: Uint8Array): boolean => {
  const view = viewOf(bytes);
  let interval = 0;
  let frame: Part | undefined;
  for (const part of parts(bytes)) {
    if (part.marker === 0xdd) interval = view.getUint16(part.at + 4);
    if (sortOf(bytes, part)) frame = part;
    if (part.marker !== startOfScan || interval === 0 || !frame) continue;
    const runs = Math.ceil(unitsOf(bytes, frame, part) / interval);
    if (endsOfData(bytes, part.end).length < runs) return false;
  }
  return true;
};

/** How many units (MCUs) a scan has: blocks of the one component that it holds, or else groups of all of them. */
const unitsOf = (bytes: Uint8Array, frame: Part, scan: Part): number => {
  const view = viewOf(bytes);
  const [height, width] = [view.getUint16(frame.at + 5), view.getUint16(frame.at + 7)];
  const components = Array.from({ length: bytes[frame.at + 9] ?? 0 }, (_, index) => {
    const [id = 0, sampling = 0] = bytes.subarray(frame.at + 10 + 3 * index, frame.at + 12 + 3 * index);
    return { id, across: sampling >> 4 || 1, down: sampling & 15 || 1 };
  });
  const most = { across: 1, down: 1 };
  for (const { across, down } of components) {
    most.across = Math.max(most.across, across);
    most.down = Math.max(most.down, down);
  }
  const one = bytes[scan.at + 4] === 1 ? components.find(({ id }) => id === bytes[scan.at + 5]) : undefined;
  if (!one) return Math.ceil(width / (8 * most.across)) * Math.ceil(height / (8 * most.down));
  const [ownWidth, ownHeight] = [(width * one.across) / most.across, (height * one.down) / most.down];
  return Math.ceil(Math.ceil(ownWidth) / 8) * Math.ceil(Math.ceil(ownHeight) / 8);
};
