/**
 * The range of samples that a monochrome AV1 stream has, out of its configuration (`av1C`); undefined for colours.
 * A configuration without a sequence header leaves it open, and limited is then what decoders assume.
 */
export const monochromeRange = (configuration: Uint8Array): 'full' | 'limited' | undefined => {
  const isMonochrome = ((configuration[2] ?? 0) & 0x10) !== 0;
  if (!isMonochrome) return undefined;
  const header = sequenceHeader(configuration.subarray(4));
  return header && isFullRange(header) ? 'full' : 'limited';
};

const sequence = 1;

/** The payload of the first open bitstream unit, when it is a sequence header. */
const sequenceHeader = (units: Uint8Array): Uint8Array | undefined => {
  const head = units[0];
  if (head === undefined || head >> 3 !== sequence) return undefined;
  let at = head & 4 ? 2 : 1;
  if (head & 2) while ((units[at++] ?? 0) & 0x80);
  return units.subarray(at);
};

/** Section 5.5 of the AV1 specification, as far as it goes for a picture without timing. */
const isFullRange = (header: Uint8Array): boolean => {
  const { bit, bits } = reader(header);
  const profile = bits(3);
  bit();
  const isReduced = bit() === 1;
  if (isReduced) bits(5);
  else {
    if (bit() === 1) return false; // Timing is for films; none of the range is known then.
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
