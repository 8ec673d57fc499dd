import type { ImageId } from '../core/ids.ts';
import { parseStoredKey } from '../core/keys.ts';
import type { StoredObject } from '../ports.ts';

/** Everything that is stored for one image. */
export type Group = {
  readonly id: ImageId;
  readonly originals: readonly StoredObject[];
  readonly variants: readonly StoredObject[];
};

/** Walks two listings side by side. Both are in the order of their keys, and so of their ids: no more than one image is held. */
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

/** Runs of objects of the same image; what is not named like anything of ours is passed over. */
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
