import { globSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The clock of a process, which a test sets forward and back while the process runs; timers are not moved by it. */
export type AdjustedClock = {
  /** What the process has to be started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** By so much it differs from the clock of the machine from now on. */
  readonly set: (seconds: number) => Promise<void>;
};

const places = ['/usr/lib/*/faketime/libfaketimeMT.so.1', '/usr/lib*/faketime/libfaketimeMT.so.1'];

/** Undefined where libfaketime is not installed: on Debian `apt-get install faketime`. */
export const adjustedClock = async (folder: string): Promise<AdjustedClock | undefined> => {
  const [library] = globSync(places);
  if (library === undefined) return undefined;
  const file = join(folder, 'clock');
  const set = async (seconds: number): Promise<void> => {
    await writeFile(`${file}.next`, `${seconds < 0 ? '' : '+'}${seconds}`);
    // Whole, whenever it is read.
    await rename(`${file}.next`, file);
  };
  await set(0);
  return {
    set,
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DISABLE_SHM: '1',
      NO_FAKE_STAT: '1',
    },
  };
};
