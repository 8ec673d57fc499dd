/**
 * Colours of a frame by their numbers, row by row as stored, out of a chain of LZW sub-blocks. Undefined when the data
 * are not those of so many pixels. What follows the last pixel does not matter.
 */
export const unpacked = (
  bytes: Uint8Array,
  dataAt: number,
  codeBits: number,
  count: number,
): Uint8Array | undefined => {
  if (codeBits > 8) return undefined;
  const out = new Uint8Array(count);
  // A string of the dictionary is the string of its prefix and one colour more.
  const prefix = new Uint16Array(mostCodes);
  const suffix = new Uint8Array(mostCodes);
  const lengths = new Uint16Array(mostCodes).fill(1, 0, 1 << codeBits);
  for (let colour = 0; colour < 1 << codeBits; colour++) suffix[colour] = colour;
  const clear = 1 << codeBits;
  let next = clear + 2;
  let width = codeBits + 1;
  let previous = -1;
  let [at, left, held, bits, done] = [dataAt, bytes[dataAt] ?? 0, 0, 0, 0];
  at++;
  while (done < count) {
    while (bits < width) {
      if (left === 0) {
        left = bytes[at++] ?? 0;
        if (left === 0) return undefined;
      }
      held |= (bytes[at++] ?? 0) << bits;
      bits += 8;
      left--;
    }
    const code = held & ((1 << width) - 1);
    held >>>= width;
    bits -= width;
    if (code === clear) {
      next = clear + 2;
      width = codeBits + 1;
      previous = -1;
      continue;
    }
    if (code === clear + 1) return undefined;
    if (code > next || (code === next && previous < 0)) return undefined;
    // The one code that may be used before it is complete: the string before, and its own first colour.
    const isNew = code === next;
    const string = isNew ? previous : code;
    const length = lengths[string] ?? 0;
    let first = string;
    for (let place = done + length - 1; place >= done; place--) {
      if (place < count) out[place] = suffix[first] ?? 0;
      if (place > done) first = prefix[first] ?? 0;
    }
    const head = suffix[first] ?? 0;
    done += length;
    if (isNew && done < count) out[done] = head;
    if (isNew) done++;
    if (previous >= 0 && next < mostCodes) {
      prefix[next] = previous;
      suffix[next] = head;
      lengths[next] = (lengths[previous] ?? 0) + 1;
      next++;
      if (next === 1 << width && width < 12) width++;
    }
    previous = code;
  }
  return out;
};

const mostCodes = 4096;
