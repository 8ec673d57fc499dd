import { expect, test } from '@jest/globals';
import { Counter, Histogram, Registry } from 'prom-client';
import { metricSum, parseMetrics, quantileBetween } from '../../lib/console/prometheus.ts';

test('what prom-client writes is read again', async () => {
  const register = new Registry();
  const counter = new Counter({ name: 'jobs_total', help: 'x', labelNames: ['result', 'code'], registers: [register] });
  counter.inc({ result: 'failed', code: 'a "quoted", } code' }, 3);
  counter.inc({ result: 'ready', code: '' }, 4);
  const samples = parseMetrics(await register.metrics());
  expect(metricSum(samples, 'jobs_total')).toBe(7);
  expect(metricSum(samples, 'jobs_total', { result: 'failed' })).toBe(3);
  expect(metricSum(samples, 'jobs')).toBe(0);
});

test('a quantile is that of the time between two pages', async () => {
  const register = new Registry();
  const seconds = new Histogram({ name: 'render_seconds', help: 'x', buckets: [1, 2, 4], registers: [register] });
  for (let count = 0; count < 100; count++) seconds.observe(3);
  const before = parseMetrics(await register.metrics());
  for (let count = 0; count < 10; count++) seconds.observe(1.5);
  const now = parseMetrics(await register.metrics());
  expect(quantileBetween([], before, 'render_seconds', 0.5)).toBeCloseTo(3);
  expect(quantileBetween(before, now, 'render_seconds', 0.5)).toBeCloseTo(1.5);
  expect(quantileBetween(before, now, 'render_seconds', 1)).toBe(2);
});

test('without an observation there is no quantile, and beyond the last bucket it is the limit of that', async () => {
  const register = new Registry();
  const seconds = new Histogram({ name: 'render_seconds', help: 'x', buckets: [1], registers: [register] });
  const before = parseMetrics(await register.metrics());
  expect(quantileBetween(before, before, 'render_seconds', 0.5)).toBeNaN();
  seconds.observe(70);
  expect(quantileBetween(before, parseMetrics(await register.metrics()), 'render_seconds', 0.95)).toBe(1);
});
