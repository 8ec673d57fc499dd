import { noSuchImage, Refusal } from '../core/errors.ts';
import type { Grant } from '../core/grants.ts';
import type { Catalogue } from '../ports.ts';
import type { Route } from '../routes.ts';

/** What the key of a caller allows; a caller without a grant may do everything. Each throws a Refusal. */

export const demandRight = ({ right }: Route, grant: Grant | undefined): void => {
  if (!grant || right === undefined || grant.rights.includes(right)) return;
  throw new Refusal('forbidden', `This key lacks the right "${right}". Use one that has it.`);
};

/** For a request that names a collection, or none at all. */
export const demandCollection = (grant: Grant | undefined, collection: string | null | undefined): void => {
  if (isWithin(grant, collection)) return;
  const known = grant?.collections?.map((prefix) => `${prefix}…`).join(', ');
  if (!known) throw new Refusal('forbidden', 'This token is limited to collections, and names none that can be read.');
  throw new Refusal('forbidden', `This key is for collections ${known} only. Name one of them in "collection".`);
};

/** For a request about all images. */
export const demandEverything = (grant: Grant | undefined): void => {
  if (!grant?.collections) return;
  throw new Refusal('forbidden', 'This key is for some collections only, and the request is about more than those.');
};

/** An image outside the collections of the key is 404, so that ids cannot be guessed. */
export const demandImage = async (catalogue: Catalogue, grant: Grant | undefined, id: string): Promise<void> => {
  if (!grant?.collections) return;
  const image = await catalogue.find(id);
  if (!image || !isWithin(grant, image.collection)) throw noSuchImage();
};

const isWithin = (grant: Grant | undefined, collection: string | null | undefined): boolean =>
  !grant?.collections || grant.collections.some((prefix) => collection?.startsWith(prefix) ?? false);
