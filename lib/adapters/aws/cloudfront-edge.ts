import { createHash } from 'node:crypto';
import type { CloudFrontClientConfig } from '@aws-sdk/client-cloudfront';
import { imagePaths } from '../../core/keys.ts';
import type { Edge } from '../../ports.ts';

/**
 * CloudFront invalidates all files of an image by one path with a wildcard. It bills by path, and 15 such paths may be
 * in progress for a distribution. If an invalidation is too large for what is left, half of it may still fit.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html docs/decisions.md#deletions-a-day
 */
export const cloudfrontEdge = (settings: CloudFrontClientConfig, DistributionId: string): Edge => {
  let connected: ReturnType<typeof connect> | undefined;
  return {
    atOnce: 15,
    forget: async (ids, reason) => {
      connected ??= connect(settings);
      const { cloudfront, CreateInvalidationCommand } = await connected;
      for (let count = ids.length; count > 0; count = Math.floor(count / 2)) {
        const order = ids.slice(0, count);
        const Items = order.map(imagePaths);
        try {
          await cloudfront.send(
            new CreateInvalidationCommand({
              DistributionId,
              InvalidationBatch: {
                // CloudFront does not repeat, and not bill, the same invalidation under the same reference.
                CallerReference: referenceOf(order, reason),
                Paths: { Quantity: Items.length, Items },
              },
            }),
          );
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

const referenceOf = (ids: readonly string[], reason: string): string =>
  `${reason}-${createHash('sha256').update(ids.join()).digest('hex')}`;

const isBusy = (error: unknown): boolean =>
  error instanceof Object && 'name' in error && error.name === 'TooManyInvalidationsInProgress';
