/** 128 random bits in 26 letters and digits: safe in URLs, keys and file names of any system, and impossible to guess. */
export type ImageId = string;

export const idBytes = 16;
export const idText = '[a-z2-7]{26}';
export const idPattern = new RegExp(`^${idText}$`);

export const idAlphabet = 'abcdefghijklmnopqrstuvwxyz234567';

export const idFrom = (random: Uint8Array): ImageId => {
  if (random.length !== idBytes) throw new RangeError(`an id is made of ${idBytes} random bytes`);
  // 26 letters of five bits are 130 bits, so the first letter begins with two zeros.
  let held = 0;
  let bits = 2;
  let id = '';
  for (const byte of random) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) id += idAlphabet[(held >> (bits - 5)) & 31];
  }
  return id;
};
