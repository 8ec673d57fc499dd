import type { Check } from '../core/health.ts';
import type { Clock, ObjectBucket } from '../ports.ts';

/** Health needs no key, so the bucket is asked at most so often. */
const freshMs = 5000;
/** A store that is cut off answers late or never. */
const answerWithinMs = 5000;

/** Whether the bucket answers. */
export const bucketCheck = ({ place, objects }: Pick<ObjectBucket, 'place' | 'objects'>, clock: Clock) => {
  let last: { readonly at: number; readonly answers: Promise<boolean> } | undefined;
  return async (): Promise<Check> => {
    const now = clock.now();
    if (!last || Math.abs(now - last.at) >= freshMs) last = { at: now, answers: answersInTime(objects) };
    const ok = await last.answers;
    return { name: 'objects', ok, needed: true, ...(!ok && { detail: `${place} does not answer` }) };
  };
};

const answersInTime = async (objects: ObjectBucket['objects']): Promise<boolean> => {
  const { promise: tooLate, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), answerWithinMs);
  // A list, because the answer about one object of a bucket that is gone says only that the object is.
  const asked = objects
    .list('originals/any')
    [Symbol.asyncIterator]()
    .next()
    .then(
      () => true,
      () => false,
    );
  const answers = await Promise.race([asked, tooLate]);
  clearTimeout(timer);
  return answers;
};
