/** 128 random bits in 26 letters and digits: safe in URLs, keys and file names of any system, and impossible to guess. */
export type ImageId = string;

export const idBytes = 16;
export const idPattern = /^[a-z2-7]{26}$/;

export const idAlphabet = 'abcdefghijklmnopqrstuvwxyz234567';

export const idFrom = (random: Uint8Array): ImageId => {
  if (random.length !== idBytes) throw new RangeError(`an id is made of ${idBytes} random bytes`);
  let bits = 0n;
  for (const byte of random) bits = (bits << 8n) | BigInt(byte);
  let id = '';
  for (let shift = 125n; shift >= 0n; shift -= 5n) id += idAlphabet[Number((bits >> shift) & 31n)];
  return id;
};
