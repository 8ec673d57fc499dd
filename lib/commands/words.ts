/** Numbers as people read them. */

const steps = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

export const bytesInWords = (bytes: number): string => {
  let value = bytes;
  let step = 0;
  for (; value >= 999.5 && step < steps.length - 1; step++) value /= 1000;
  return `${step === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${steps[step]}`;
};

export const secondsInWords = (seconds: number): string => {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
};

export const countInWords = (count: number, one: string): string =>
  `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`;
