import { Unusable } from '../core/unusable.ts';
import type { ObjectsPlace } from '../local/settings.ts';
import type { Clock, ObjectBucket } from '../ports.ts';

/** The bucket that the settings name, if they name one. The SDK is loaded only then. */
export const bucketOf = async (objects: ObjectsPlace | undefined, clock: Clock): Promise<ObjectBucket | undefined> => {
  if (!objects) return undefined;
  const { bucketStores } = await import('../adapters/aws/bucket-stores.ts');
  try {
    return await bucketStores(objects, clock);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Unusable(
      `${objects.place} cannot be used: ${reason}. Set AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
      { cause },
    );
  }
};
