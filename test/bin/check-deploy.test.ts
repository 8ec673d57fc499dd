import { expect, test } from '@jest/globals';
import { checkDeploy } from '../../bin/check-deploy.ts';

test('A deploy with a setting that does not exist is not possible, and AWS is not asked', async () => {
  const { text, isPossible } = await checkDeploy({}, { 'cli-telemetry': false, maxConcurentRenders: '5' });
  expect(isPossible).toBe(false);
  expect(text).toMatch(/^STOPS {4}settings\n {11}found: {2}--context maxConcurentRenders: there is no such setting/m);
  expect(text).toMatch(/\nA deploy would fail: settings\.$/);
});
