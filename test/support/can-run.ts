/** For a test that not every machine can run: it is never left out in silence. */
export const canRun = (can: boolean, what: string): boolean => {
  if (!can) process.stderr.write(`Left out on this machine: ${what}.\n`);
  return can;
};
