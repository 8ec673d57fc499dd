import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { metrics as names } from '../lib/adapters/aws/metrics.ts';
import type { ChoreTally } from '../lib/work/chores.ts';
import type { TaskOutcome } from '../lib/work/work.ts';

/** Counts what happens in a deployment, as lines in the log that CloudWatch turns into metrics: no call, nothing to wait for. */
export const tallyFor = (deployment: string) => {
  const sink = new Metrics({ namespace: names.namespace, serviceName: deployment });
  return {
    render: (outcome: TaskOutcome): void => {
      if (outcome.end !== 'ready' && outcome.end !== 'failed') return;
      // Both each time: CloudWatch knows no share of a metric that was never counted.
      sink.addMetric(names.ready, MetricUnit.Count, outcome.end === 'ready' ? 1 : 0);
      sink.addMetric(names.failed, MetricUnit.Count, outcome.end === 'failed' ? 1 : 0);
      if (outcome.end === 'ready') {
        sink.addMetric(names.renderMs, MetricUnit.Milliseconds, outcome.ms);
        sink.addMetric(names.renderCpuMs, MetricUnit.Milliseconds, outcome.spent.cpuMs);
        sink.addMetric(names.variantBytes, MetricUnit.Bytes, outcome.bytes);
        // A metric that is never counted costs nothing.
        if (outcome.copied > 0) sink.addMetric(names.variantsCopied, MetricUnit.Count, outcome.copied);
      } else {
        const byCode = sink.singleMetric();
        byCode.addDimension(names.code, outcome.error.code);
        byCode.addMetric(names.failed, MetricUnit.Count, 1);
      }
      sink.publishStoredMetrics();
    },
    chore: ({ chore, expired, held, oldestMs }: ChoreTally): void => {
      const done = sink.singleMetric();
      done.addDimension(names.chore, chore);
      done.addMetric(names.choreDone, MetricUnit.Count, 1);
      if (expired) sink.addMetric(names.expired, MetricUnit.Count, expired);
      if (held !== undefined) sink.addMetric(names.auditHeld, MetricUnit.Count, held);
      if (oldestMs !== undefined) sink.addMetric(names.oldestUnfinishedSeconds, MetricUnit.Seconds, oldestMs / 1000);
      if (sink.hasStoredMetrics()) sink.publishStoredMetrics();
    },
    refused: (count: number): void => {
      sink.addMetric(names.eventsRefused, MetricUnit.Count, count);
      sink.publishStoredMetrics();
    },
  };
};
