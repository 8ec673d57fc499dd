import type { Settings } from './settings.ts';

const megabytes = (bytes: number): number => Math.floor(bytes / (1024 * 1024));

/**
 * What to say where the renderers may need more memory than the machine has: by its settings, or by the least budget where
 * processors are many and memory is little. The mode for little memory has a page of its own.
 */
export const memoryAdvice = (
  { workers, renderMemoryBytes, hasLittleMemory }: Pick<Settings, 'workers' | 'renderMemoryBytes' | 'hasLittleMemory'>,
  machineBytes: number,
): string | undefined => {
  if (hasLittleMemory || workers * renderMemoryBytes <= machineBytes) return undefined;
  const budget = megabytes(renderMemoryBytes);
  return `the renderers may need ${workers} × ${budget} MB at once, and this machine has ${megabytes(machineBytes)} MB: set DARKROOM_WORKERS or DARKROOM_RENDER_MEMORY_MB lower`;
};
