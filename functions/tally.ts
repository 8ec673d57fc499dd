import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { metrics as names } from '../lib/core/metrics.ts';
import type { TaskOutcome } from '../lib/handlers/render.ts';

const sink = new Metrics({ namespace: names.namespace, serviceName: 'pipeline' });

/** Counts how renders end, as lines in the log that CloudWatch turns into metrics: no call, nothing to wait for. */
export const tallyRender = (outcome: TaskOutcome): void => {
  if (outcome.end === 'ready') {
    sink.addMetric(names.ready, MetricUnit.Count, 1);
    sink.addMetric(names.renderMs, MetricUnit.Milliseconds, outcome.ms);
    sink.addMetric(names.renderCpuMs, MetricUnit.Milliseconds, outcome.spent.cpuMs);
    sink.addMetric(names.variantBytes, MetricUnit.Bytes, outcome.bytes);
  }
  if (outcome.end === 'failed') {
    sink.addMetric(names.failed, MetricUnit.Count, 1);
    const byCode = sink.singleMetric();
    byCode.addDimension(names.code, outcome.error.code);
    byCode.addMetric(names.failed, MetricUnit.Count, 1);
  }
  if (sink.hasStoredMetrics()) sink.publishStoredMetrics();
};

export const tallyExpired = (count: number): void => {
  if (count === 0) return;
  sink.addMetric(names.expired, MetricUnit.Count, count);
  sink.publishStoredMetrics();
};
