import { readFileSync } from 'node:fs';

/**
 * The most that this process has held, in MB. `getrusage` would also count what the process was forked from, which a
 * large parent turns into a floor; Linux keeps the true figure with the memory itself.
 */
export const peakRssMb = (): number => {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kib) / 1024;
};
