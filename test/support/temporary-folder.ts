import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const temporaryFolder = async (): Promise<{ path: string; remove: () => Promise<void> }> => {
  const path = await mkdtemp(join(tmpdir(), 'darkroom-'));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
};

const entries = async (folder: string) => readdir(folder).catch(() => []);

export const whenEmpty = (folder: string): Promise<void> => when(async () => (await entries(folder)).length === 0);
export const whenNotEmpty = (folder: string): Promise<void> => when(async () => (await entries(folder)).length > 0);

const when = async (holds: () => Promise<boolean>): Promise<void> => {
  for (let waited = 0; !(await holds()); waited += 10) {
    if (waited > 10_000) throw new Error('waited for 10 s in vain');
    await sleep(10);
  }
};
