import type { Settings } from './settings.ts';

const megabytes = (bytes: number): number => Math.floor(bytes / (1024 * 1024));

/**
 * What to say of settings that give the renderers more memory than the machine has. The defaults never do, but on machines
 * so small that their page is to be read anyway.
 */
export const memoryAdvice = (
  { workers, renderMemoryBytes, hasLittleMemory }: Pick<Settings, 'workers' | 'renderMemoryBytes' | 'hasLittleMemory'>,
  machineBytes: number,
  variables: Readonly<Record<string, string | undefined>>,
): string | undefined => {
  const isChosen = variables.DARKROOM_WORKERS !== undefined || variables.DARKROOM_RENDER_MEMORY_MB !== undefined;
  if (!isChosen || hasLittleMemory || workers * renderMemoryBytes <= machineBytes) return undefined;
  const budget = megabytes(renderMemoryBytes);
  return `the renderers may need ${workers} × ${budget} MB at once, and this machine has ${megabytes(machineBytes)} MB: set DARKROOM_WORKERS or DARKROOM_RENDER_MEMORY_MB lower`;
};
