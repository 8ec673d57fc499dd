/**
 * Divides colours by their opacity, in place, where the file has them multiplied by it. They are encoded samples, so this
 * comes before every conversion and before every resize. `full` is the sample of full opacity. Clear pixels stay as they are.
 */
export const divideByAlpha = (samples: Uint8Array | Uint16Array, full: number): void => {
  for (let at = 0; at + 3 < samples.length; at += 4) {
    const alpha = samples[at + 3] ?? 0;
    if (alpha === 0 || alpha === full) continue;
    for (let channel = at; channel < at + 3; channel++)
      samples[channel] = Math.min(full, Math.round(((samples[channel] ?? 0) * full) / alpha));
  }
};
