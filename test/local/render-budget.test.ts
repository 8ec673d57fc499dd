import { expect, test } from '@jest/globals';
import { machineBytes, renderBudgetMb } from '../../lib/local/render-budget.ts';

const mebibyte = 1024 ** 2;

test.each([
  ['256 MB, one renderer', 1, 256, 256],
  ['1 GB, one renderer', 1, 1024, 854],
  ['4 GB, two renderers', 2, 4096, 1963],
  ['24 GB, one renderer', 1, 24 * 1024, 2048],
  ['24 GB, 64 renderers', 64, 24 * 1024, 381],
])('%s', (_name, workers, machineMb, budgetMb) => {
  expect(renderBudgetMb(workers, machineMb * mebibyte)).toBe(budgetMb);
});

test('this machine has a size', () => {
  expect(machineBytes()).toBeGreaterThan(64 * mebibyte);
  expect(Number.isSafeInteger(machineBytes())).toBe(true);
});
