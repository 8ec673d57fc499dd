/** Limits as people read them. A MB has 1024 KB here, as in the limits of the configuration. */

export const sizeInWords = (bytes: number): string => inSteps(bytes, ['byte', 'KB', 'MB', 'GB'], 1024);

export const timeInWords = (seconds: number): string => inSteps(seconds, ['second', 'minute', 'hour'], 60);

/** At most one digit after the point; words that are not abbreviations get their plural. */
const inSteps = (amount: number, [unit = '', ...larger]: readonly string[], factor: number): string => {
  if (amount >= factor && larger.length > 0) return inSteps(amount / factor, larger, factor);
  const rounded = Math.round(amount * 10) / 10;
  return `${rounded} ${unit}${rounded === 1 || /^[A-Z]/.test(unit) ? '' : 's'}`;
};
