import { execFile, execFileSync } from 'node:child_process';
import { readdir, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { openDatabase } from '../../../lib/adapters/local/database.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A trouble of the machine lasts until this resolves. */
export type While = () => Promise<void>;

const run = promisify(execFile);

/** As a shell or a backup of another program does. */
export const lockDatabase = async (path: string, lasting: While): Promise<void> => {
  const stranger = openDatabase(path);
  try {
    stranger.exec('BEGIN IMMEDIATE');
    await lasting();
    stranger.exec('ROLLBACK');
  } finally {
    stranger.close();
  }
};

/** The process has as many open files as it may. */
export const takeDescriptors = async (pid: number | undefined, lasting: While): Promise<void> => {
  const limit = (soft: number | string) => run('prlimit', ['--pid', String(pid), `--nofile=${soft}:`]);
  const { stdout } = await run('prlimit', [
    '--pid',
    String(pid),
    '--nofile',
    '--noheadings',
    '--raw',
    '--output',
    'SOFT',
  ]);
  await limit((await readdir(`/proc/${pid}/fd`)).length);
  await lasting();
  await limit(stdout.trim());
};

type Disk = {
  readonly path: string;
  /** Undefined where this user may mount no disk of its own. */
  readonly fill: ((lasting: While) => Promise<void>) | undefined;
  readonly remove: () => Promise<void>;
};

export const openDisk = async (): Promise<Disk> => {
  const folder = await temporaryFolder();
  const { path } = folder;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4g', 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    return { path, fill: undefined, remove: folder.remove };
  }
  const resize = (size: string) => run('mount', ['-o', `remount,size=${size}`, path]);
  return {
    path,
    fill: async (lasting) => {
      // More is being written meanwhile, so the disk cannot become as small as it was.
      for (let spare = 1; ; spare *= 2) {
        const { blocks, bfree, bsize } = await statfs(path);
        try {
          await resize(String((blocks - bfree + spare) * bsize));
          break;
        } catch (error) {
          if (spare > 10_000) throw error;
        }
      }
      await lasting();
      await resize('4g');
    },
    remove: async () => {
      await run('umount', ['-l', path]);
      await folder.remove();
    },
  };
};
