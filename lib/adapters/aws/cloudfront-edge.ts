import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudFrontClientConfig, CloudFrontServiceException } from '@aws-sdk/client-cloudfront';
import { cacheTag } from '../../core/object-keys.ts';
import type { Edge } from '../../ports.ts';
import { cdnTagsPerSecond } from './ceilings.ts';

/**
 * CloudFront invalidates all files of an image by one tag, which each of them carries. It bills a tag as a path, and takes 150
 * of them in a second, or lets 3,000 be in progress for a distribution. If an order is too large for what is left, half of
 * it may still fit. docs/decisions.md#deletions-a-day, docs/decisions.md#told-again
 */
export const cloudfrontEdge = (
  settings: CloudFrontClientConfig,
  DistributionId: string,
  pause: () => Promise<unknown> = () => sleep(1000),
): Edge => {
  let connected: ReturnType<typeof connect> | undefined;
  let rest: Promise<unknown> | undefined;
  return {
    atOnce: cdnTagsPerSecond,
    forget: async (ids, reason) => {
      connected ??= connect(settings);
      const { cloudfront, CreateInvalidationCommand } = await connected;
      await rest;
      for (let count = ids.length; count > 0; count = Math.floor(count / 2)) {
        const order = ids.slice(0, count);
        const Items = order.map((id) => `#${cacheTag(id)}`);
        try {
          await cloudfront.send(
            new CreateInvalidationCommand({
              DistributionId,
              InvalidationBatch: {
                // The client repeats a call under the same reference, which CloudFront does once. A call later is another one.
                CallerReference: `${reason}-${randomBytes(16).toString('hex')}`,
                Paths: { Quantity: Items.length, Items },
              },
            }),
          );
          rest = pause();
          return count;
        } catch (error) {
          if (!isBusy(error)) throw error;
        }
      }
      return 0;
    },
  };
};

/** The client is a sixth of its function, and most runs of the chore have nothing to invalidate. */
const connect = async (settings: CloudFrontClientConfig) => {
  const { CloudFrontClient, CreateInvalidationCommand } = await import('./cloudfront-client.ts');
  return { cloudfront: new CloudFrontClient(settings), CreateInvalidationCommand };
};

/** Too many are in progress, or too many came in a second: by a name, by the status, or by the mark of the SDK. */
const isBusy = (error: unknown): boolean => {
  const { name, $metadata, $retryable } = Object(error) as Partial<CloudFrontServiceException>;
  return busy.includes(name) || $metadata?.httpStatusCode === 429 || $retryable?.throttling === true;
};

const busy: readonly unknown[] = [
  ...['TooManyInvalidationsInProgress', 'Throttling', 'ThrottlingException'],
  ...['TooManyRequestsException', 'RequestLimitExceeded', 'SlowDown'],
];
