import type { ImageAnswer } from '../contract/answers.ts';

/** Numbers and states as people read them. */

export const statusWords: Readonly<Record<ImageAnswer['status'], string>> = {
  pending: 'Not uploaded yet',
  processing: 'In the making',
  retrying: 'Tried again soon',
  ready: 'Ready',
  failed: 'Failed',
  expired: 'Never uploaded',
};

const units = ['KB', 'MB', 'GB', 'TB'] as const;

export const inBytes = (bytes: number): string => {
  let [amount, at] = [bytes / 1024, 0];
  while (amount >= 1024 && at < units.length - 1) {
    amount /= 1024;
    at++;
  }
  const digits = at === 0 || amount >= 100 ? 0 : 1;
  return `${Math.max(at === 0 && bytes > 0 ? 1 : 0, amount).toLocaleString('en', { maximumFractionDigits: digits })} ${units[at]}`;
};

export const inSeconds = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${seconds.toLocaleString('en', { maximumFractionDigits: seconds < 10 ? 1 : 0 })} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toLocaleString('en', { maximumFractionDigits: 1 })} h`;
};

export const inDollars = (dollars: number): string =>
  `$${dollars.toLocaleString('en', dollars < 1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 })}`;

export const inNumbers = (count: number): string => count.toLocaleString('en', { maximumFractionDigits: 1 });

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${inNumbers(count)} ${count === 1 ? one : many}`;

export const nameOf = ({ filename, id }: Pick<ImageAnswer, 'filename' | 'id'>): string => filename ?? id;
