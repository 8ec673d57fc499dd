import { expect, test } from '@jest/globals';
import { memoryAdvice } from '../../lib/local/memory-advice.ts';

const gibibyte = 1024 ** 3;
const settings = { workers: 4, renderMemoryBytes: 2 * gibibyte, hasLittleMemory: false };
const chosen = { DARKROOM_WORKERS: '4' };

test.each([
  ['four renderers of 2 GB on 4 GB', settings, 4 * gibibyte, chosen, true],
  ['a budget that was set', settings, 4 * gibibyte, { DARKROOM_RENDER_MEMORY_MB: '2048' }, true],
  ['four renderers of 2 GB on 8 GB', settings, 8 * gibibyte, chosen, false],
  ['the defaults, on a small machine', settings, 4 * gibibyte, {}, false],
  ['the mode for little memory', { ...settings, hasLittleMemory: true }, 4 * gibibyte, chosen, false],
])('%s', (_name, given, machine, variables, warns) => {
  expect(memoryAdvice(given, machine, variables) !== undefined).toBe(warns);
});

test('the advice names the numbers and the settings', () => {
  expect(memoryAdvice(settings, 4 * gibibyte, chosen)).toBe(
    'the renderers may need 4 × 2048 MB at once, and this machine has 4096 MB: set DARKROOM_WORKERS or DARKROOM_RENDER_MEMORY_MB lower',
  );
});
