import { isDeepStrictEqual } from 'node:util';
import type { Image, Version } from '../core/image.ts';
import { Unusable } from '../core/unusable.ts';
import type { Catalogue, Intake, ListPosition } from '../ports.ts';
import { eachOf } from './each-of.ts';

const atOnce = 8;

/**
 * Copies every image with all its versions, and the tombstones that have work left, into the catalogue of another home.
 * Each image is read back and compared. What is there already stays, so a run after a kill continues. Resolves to the
 * number of images that it copied.
 */
export const copyCatalogue = async (
  from: Catalogue,
  to: Catalogue,
  intake: Intake,
  onProgress: (images: number) => void,
): Promise<number> => {
  let copied = 0;
  const copyImage = async (image: Image): Promise<void> => {
    const { id, collection, filename, createdAt } = image;
    const versions = await versionsOf(from, image);
    if (!(await intake.takeImage({ id, collection, filename, createdAt }, versions))) return;
    const taken = await to.find(id);
    if (!taken || !isDeepStrictEqual(await versionsOf(to, taken), versions))
      throw new Unusable(`The copy of image ${id} is not what was sent. Run the command again.`);
    if (++copied % 500 === 0) onProgress(copied);
  };
  await eachOf(everyImage(from), atOnce, copyImage);
  for await (const tombstone of from.openDeletions()) await intake.takeTombstone(tombstone);
  return copied;
};

async function* everyImage(catalogue: Catalogue): AsyncGenerator<Image> {
  let after: ListPosition | undefined;
  do {
    const { items, next } = await catalogue.list({ order: 'oldest', limit: 100, after });
    yield* items;
    after = next;
  } while (after);
}

/** A catalogue that was rebuilt may lack some numbers. */
const versionsOf = async (catalogue: Catalogue, { id, newest, visible }: Image): Promise<readonly Version[]> => {
  const older: Version[] = [];
  for (let version = 1; version < newest.version; version++) {
    const found = visible?.version === version ? visible : await catalogue.version(id, version);
    if (found) older.push(found);
  }
  return [...older, newest];
};
