import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  forgottenPerDay,
  lanesPerSecond,
  paceOfLane,
  rendersAtOnce,
  sweptPerSecond,
  target,
} from '../../../lib/adapters/aws/ceilings.ts';

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

test('Sweeps end as many unused tickets a second as the target has uploads, and as the page says', () => {
  expect(sweptPerSecond()).toBeGreaterThanOrEqual(target.uploadsPerSecond);
  expect(page).toContain(`about ${(Math.floor(sweptPerSecond() / 100) * 100).toLocaleString('en')} a second in all`);
});

test('More calls, or more of a processor, make sweeps slower, so that the figure means something', () => {
  expect(sweptPerSecond(undefined, 0.004)).toBeLessThan(500);
  expect(sweptPerSecond({ perTicket: 60, perGroup: 4 })).toBeLessThan(500);
});

test('As many deletions a day reach the CDN as the page says, and fewer if a deletion takes more calls', () => {
  const millions = Math.floor(forgottenPerDay() / 1_000_000);
  expect(page).toContain(`some ${millions} million a day`);
  expect(forgottenPerDay(30)).toBeLessThan(forgottenPerDay());
});

test('A lane has no more images with the renderers than its item can name', () => {
  expect([paceOfLane(1), paceOfLane(4000), paceOfLane(20_000)]).toEqual([1, 750, 1000]);
});
