import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

export const temporaryFolder = async (): Promise<{ path: string; remove: () => Promise<void> }> => {
  const path = await mkdtemp(join(tmpdir(), 'darkroom-'));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
};

const entries = async (folder: string) => readdir(folder).catch(() => []);

export const whenEmpty = (folder: string) => until(async () => (await entries(folder)).length === 0);
export const whenNotEmpty = (folder: string) => until(async () => (await entries(folder)).length > 0);
