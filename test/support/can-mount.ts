import { execFileSync } from 'node:child_process';
import { areInstalled, isAllowed } from './can-run.ts';

/** Whether this user may mount a disk of its own, for a test about this. */
export const canMount = (what: string): boolean => {
  const asked = `${what}, which only root may mount, and not in every container`;
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return isAllowed(false, asked);
  return areInstalled(['unshare', 'mount'], what) && isAllowed(mayMount(), asked);
};

const mayMount = (): boolean => {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
