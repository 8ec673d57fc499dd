import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { metrics as names } from '../../core/metrics.ts';
import type { RenderOutcome } from '../../pipeline/render-image.ts';
import type { SweepReport } from '../../pipeline/sweep.ts';

const metrics = () => new Metrics({ namespace: names.namespace, serviceName: 'pipeline' });

/** Counts how renders end, as lines in the log that CloudWatch turns into metrics: no call, nothing to wait for. */
export const renderMetrics = () => {
  const sink = metrics();
  return (outcome: RenderOutcome): void => {
    if (outcome.end === 'ready') {
      sink.addMetric(names.ready, MetricUnit.Count, 1);
      sink.addMetric(names.renderMs, MetricUnit.Milliseconds, outcome.ms);
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
};

export const sweepMetrics = () => {
  const sink = metrics();
  return ({ expired }: Pick<SweepReport, 'expired'>): void => {
    sink.addMetric(names.expired, MetricUnit.Count, expired);
    sink.publishStoredMetrics();
  };
};
