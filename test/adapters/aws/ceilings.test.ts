import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { lanesPerSecond, paceOfLane, rendersAtOnce, target } from '../../../lib/adapters/aws/ceilings.ts';

const page = readFileSync(new URL('../../../docs/aws.md', import.meta.url), 'utf8');

test('The lanes of a large job hand over as many images a second as the target asks for, and as the page says', () => {
  expect(lanesPerSecond()).toBeGreaterThanOrEqual(target.uploadsPerSecond);
  expect(page).toContain(`about ${(Math.floor(lanesPerSecond() / 100) * 100).toLocaleString('en')} a second`);
  expect(page).toContain(`maxConcurrentRenders=${rendersAtOnce}`);
});

test('More calls for each image make the lanes slower, so that the figure means something', () => {
  expect(lanesPerSecond(10)).toBeLessThan(lanesPerSecond());
  expect(lanesPerSecond(20)).toBeLessThan(target.uploadsPerSecond);
});

test('A lane has no more images with the renderers than its item can name', () => {
  expect([paceOfLane(1), paceOfLane(4000), paceOfLane(20_000)]).toEqual([1, 750, 1000]);
});
