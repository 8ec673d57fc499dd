import type { ImageId } from '../../core/ids.ts';
import { parseStoredKey } from '../../core/object-keys.ts';
import type { StoredObject } from '../../ports.ts';

/** Everything that is stored for one image. */
export type Group = {
  readonly id: ImageId;
  readonly originals: readonly StoredObject[];
  readonly variants: readonly StoredObject[];
};

/** Merges two listings. Both are ordered by key, and so by id, so only one image is held in memory. */
export async function* groupsOf(
  originals: AsyncIterable<StoredObject>,
  variants: AsyncIterable<StoredObject>,
): AsyncGenerator<Group> {
  const left = byImage(originals);
  const right = byImage(variants);
  let original = (await left.next()).value;
  let variant = (await right.next()).value;
  while (original || variant) {
    const id = [original?.id, variant?.id].filter((one) => one !== undefined).sort()[0] ?? '';
    const [here, there] = [original?.id === id, variant?.id === id];
    yield { id, originals: here ? (original?.objects ?? []) : [], variants: there ? (variant?.objects ?? []) : [] };
    if (here) original = (await left.next()).value;
    if (there) variant = (await right.next()).value;
  }
}

type Run = { readonly id: ImageId; readonly objects: StoredObject[] };

/** Runs of objects of the same image. An object with a foreign key is skipped. */
async function* byImage(objects: AsyncIterable<StoredObject>): AsyncGenerator<Run, undefined> {
  let run: Run | undefined;
  for await (const object of objects) {
    const id = parseStoredKey(object.key)?.id;
    if (id === undefined) continue;
    if (run?.id !== id) {
      if (run) yield run;
      run = { id, objects: [] };
    }
    run.objects.push(object);
  }
  if (run) yield run;
}
