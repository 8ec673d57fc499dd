import { expect, test } from '@jest/globals';
import { memoryAdvice } from '../../lib/local/memory-advice.ts';

const gibibyte = 1024 ** 3;
const settings = { workers: 4, renderMemoryBytes: 2 * gibibyte, hasLittleMemory: false };

test.each([
  ['four renderers of 2 GB on 4 GB', settings, 4 * gibibyte, true],
  ['four renderers of 2 GB on 8 GB', settings, 8 * gibibyte, false],
  [
    'the default of 64 processors and 2 GB',
    { ...settings, workers: 32, renderMemoryBytes: gibibyte / 4 },
    2 * gibibyte,
    true,
  ],
  ['the mode for little memory', { ...settings, hasLittleMemory: true }, 4 * gibibyte, false],
])('%s', (_name, given, machine, warns) => {
  expect(memoryAdvice(given, machine) !== undefined).toBe(warns);
});

test('the advice names the numbers and the settings', () => {
  expect(memoryAdvice(settings, 4 * gibibyte)).toBe(
    'the renderers may need 4 × 2048 MB at once, and this machine has 4096 MB: set DARKROOM_WORKERS or DARKROOM_RENDER_MEMORY_MB lower',
  );
});
