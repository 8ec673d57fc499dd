/** The range of samples that an AV1 stream names; undefined when it does not begin with a sequence header. */
export const rangeOf = (units: Uint8Array): 'full' | 'limited' | undefined => {
  const at = (units[0] ?? 0) >> 3 === temporalDelimiter ? 2 : 0;
  const head = units[at] ?? 0;
  if (head >> 3 !== sequence) return undefined;
  let payloadAt = at + (head & 4 ? 2 : 1);
  if (head & 2) while ((units[payloadAt++] ?? 0) & 0x80);
  return isFullRange(units.subarray(payloadAt)) ? 'full' : 'limited';
};

const [sequence, temporalDelimiter] = [1, 2];

/** Section 5.5 of the AV1 specification, as far as it goes for a picture without timing. */
const isFullRange = (header: Uint8Array): boolean => {
  const { bit, bits } = reader(header);
  const profile = bits(3);
  bit();
  const isReduced = bit() === 1;
  if (isReduced) bits(5);
  else {
    if (bit() === 1) return false; // Timing is for films, which are of limited range.
    const delays = bit() === 1;
    const points = bits(5) + 1;
    for (let point = 0; point < points; point++) {
      bits(12);
      if (bits(5) > 7) bit();
      if (delays && bit() === 1) bits(4);
    }
  }
  const [widthBits, heightBits] = [bits(4) + 1, bits(4) + 1];
  bits(widthBits);
  bits(heightBits);
  if (!isReduced && bit() === 1) bits(7);
  bits(3);
  if (!isReduced) {
    bits(4);
    const hasOrderHint = bit() === 1;
    if (hasOrderHint) bits(2);
    const screenContent = bit() === 1 ? 2 : bit();
    if (screenContent > 0 && bit() === 0) bit();
    if (hasOrderHint) bits(3);
  }
  bits(3);
  const isDeep = bit() === 1;
  if (profile === 2 && isDeep) bit();
  bit(); // Monochrome, as the configuration says too.
  if (bit() === 1) bits(24);
  return bit() === 1;
};

const reader = (bytes: Uint8Array) => {
  let place = 0;
  const bit = (): number => ((bytes[place >> 3] ?? 0) >> (7 - (place++ & 7))) & 1;
  const bits = (count: number): number => {
    let value = 0;
    for (let each = 0; each < count; each++) value = value * 2 + bit();
    return value;
  };
  return { bit, bits };
};
