import { randomUUID } from 'node:crypto';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { cloudWatchFigures } from '../../../lib/adapters/aws/cloudwatch-figures.ts';
import { sqsDepth } from '../../../lib/adapters/aws/sqs-depth.ts';
import { figuresContract } from '../../contracts/figures.ts';
import { newQueue, settings } from '../../system/aws/emulated.ts';

figuresContract('CloudWatch, as it is emulated', async () => {
  const watch = new CloudWatchClient(settings());
  const { sqs, url } = await newQueue();
  // It stands still, so that no test depends on how long the others take.
  const now = Date.now();
  const [deployment, gateway] = [randomUUID(), randomUUID()];
  const queue = url.split('/').at(-1) ?? '';
  const count = (Namespace: string, Name: string, Value: string) => (MetricName: string, values: readonly number[]) =>
    watch.send(
      new PutMetricDataCommand({
        Namespace,
        MetricData: values.map((one) => ({
          MetricName,
          Dimensions: [{ Name, Value }],
          Timestamp: new Date(now - 5 * 60_000),
          Value: one,
        })),
      }),
    );
  return {
    figures: cloudWatchFigures(
      { settings: settings(), clock: { now: () => now }, depth: sqsDepth(sqs, url, 'all'), dollarsOf: () => 0 },
      { deployment, queue, gateway, originals: 'none', variants: 'none' },
    ),
    now: () => now,
    happen: async () => {
      const ours = count('Darkroom', 'service', deployment);
      await ours('Ready', [1, 1, 1]);
      await ours('Failed', [1]);
      await ours('RenderMs', [1000, 1000, 4000]);
      await ours('RenderCpuMs', [100, 200, 300]);
      const queued = count('AWS/SQS', 'QueueName', queue);
      await queued('ApproximateNumberOfMessagesVisible', [2]);
      await count('AWS/ApiGateway', 'ApiId', gateway)('Latency', [25]);
    },
    close: async () => {
      watch.destroy();
      sqs.destroy();
    },
  };
});
