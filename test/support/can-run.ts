import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * For a test that some systems do not allow: namespaces, mounts, control groups, or what only root may do. It is never left
 * out in silence: .ci/run repeats it above its sum.
 */
export const isAllowed = (allowed: boolean, what: string): boolean => {
  if (!allowed) process.stderr.write(`Left out on this machine: ${what}.\n`);
  return allowed;
};

/**
 * For a test that needs programs of the system, such as unit tests never do. Under CI it throws if one is missing, because
 * .ci/run installs them.
 */
export const areInstalled = (
  programs: readonly string[],
  what: string,
  { CI, PATH = '' }: Readonly<Record<string, string | undefined>> = process.env,
): boolean => {
  const missing = programs.filter(
    (program) => !PATH.split(delimiter).some((folder) => isProgram(join(folder, program))),
  );
  if (missing.length === 0) return true;
  const names = missing.join(' and ');
  if (CI) throw new Error(`For ${what}, .ci/run has to install ${names}.`);
  return isAllowed(false, `${what}, for want of ${names}`);
};

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
