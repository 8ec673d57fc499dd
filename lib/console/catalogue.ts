import type { DarkroomError } from '../client/error.ts';
import type { ImageAnswer } from '../contract/answers.ts';
import type { ListRequest } from '../contract/requests.ts';
import { service } from './session.ts';

/** What the gallery keeps of an image: ten thousand whole answers would be a hundred megabytes. */
export type Tile = Pick<ImageAnswer, 'id' | 'filename' | 'collection' | 'createdAt' | 'updatedAt' | 'status'> & {
  readonly ratio: number;
  readonly kind: string | undefined;
  readonly src: string | undefined;
  readonly color: string | undefined;
};

export type Filters = {
  readonly collection: string;
  readonly status: string;
  readonly kind: string;
  /** Part of a name, or an id. */
  readonly search: string;
};

const fullId = /^[a-z2-7]{26}$/;
const unfinished: readonly string[] = ['pending', 'processing', 'retrying'];

export const tileOf = (image: ImageAnswer): Tile => {
  const { id, filename, collection, createdAt, updatedAt, status, ready, original } = image;
  const size = ready ?? original;
  return {
    ...{ id, filename, collection, createdAt, updatedAt, status },
    ratio: Math.min(3, Math.max(0.5, (size.width ?? 1) / (size.height ?? 1))),
    kind: ready?.kind,
    src: ready ? thumbnailOf(ready) : undefined,
    color: ready?.placeholder.color,
  };
};

/** The smallest file of the picture's own shape that is not blurred in a row of the gallery. */
const thumbnailOf = ({ variants, width, height }: NonNullable<ImageAnswer['ready']>): string | undefined => {
  const bend = (variant: { readonly width: number; readonly height: number }) =>
    Math.abs(Math.log((variant.width / variant.height) * (height / width)));
  const fit = variants
    .filter((variant) => variant.format !== 'jpeg' && Math.min(variant.height, variant.width) >= 176)
    .toSorted((a, b) => Math.round(20 * (bend(a) - bend(b))) || a.bytes - b.bytes);
  return (fit[0] ?? variants[0])?.url;
};

/** An expired ticket is no picture; the uploader shows what is on its way. */
const isShown = ({ status, src }: Tile, filters: Filters): boolean =>
  src !== undefined || filters.status !== '' || !['pending', 'expired'].includes(status);

/** The service looks at the status as well, but only the newest and what is in the making is asked for again. */
const matches = (tile: Tile, { status, kind, search }: Filters): boolean =>
  (status === '' || tile.id === search || status.split(',').includes(tile.status)) &&
  (kind === '' || tile.kind === kind) &&
  (search === '' || tile.id === search || (tile.filename ?? '').toLowerCase().includes(search.toLowerCase()));

/** Undefined for one that has been deleted meanwhile, from elsewhere. */
const findOrGone = async (id: string): Promise<ImageAnswer | undefined> => {
  try {
    return await service.findImage(id);
  } catch (error) {
    if ((error as DarkroomError).code === 'not-found') return undefined;
    throw error;
  }
};

/** The images that the page knows, newest first: the newest are asked for again and again, older ones when they are wanted. */
export const catalogue = (filters: () => Filters) => {
  let tiles: Tile[] = [];
  /** The newest page as it was last, with what is not shown of it: a gap is told by it. */
  let newest: ReadonlySet<string> = new Set();
  let cursor: string | null | undefined;
  let generation = 0;
  let isLoading = false;

  const query = (): ListRequest => {
    const { collection, status } = filters();
    return { ...(collection && { collection }), ...(status && { status: status.split(',') as ListRequest['status'] }) };
  };
  const asked = <T>(work: Promise<T>): Promise<T | undefined> => {
    const then = generation;
    return work.then((answer) => (then === generation ? answer : undefined));
  };
  const add = (items: readonly ImageAnswer[]) => {
    const known = new Map(tiles.map((tile) => [tile.id, tile]));
    for (const image of items) known.set(image.id, tileOf(image));
    tiles = [...known.values()]
      .filter((tile) => isShown(tile, filters()))
      .sort((a, b) => (a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id) ? 1 : -1));
  };

  return {
    tiles: (): readonly Tile[] => tiles.filter((tile) => matches(tile, filters())),
    /** How many images were looked through for the filters that the service does not know. */
    known: () => tiles.length,
    isWhole: () => cursor === null,
    begin: () => {
      generation++;
      tiles = [];
      newest = new Set();
      cursor = undefined;
      isLoading = false;
    },
    forget: (ids: ReadonlySet<string>) => {
      tiles = tiles.filter(({ id }) => !ids.has(id));
    },

    /** The newest page: what is new comes first, what is gone from between goes. `inSight` are looked at as well. */
    refresh: async (inSight: readonly Tile[]): Promise<void> => {
      const page = await asked(service.listImages({ ...query(), limit: 50 }));
      if (!page) return;
      const ids = new Set(page.items.map(({ id }) => id));
      const isKnown = page.items.some(({ id }) => newest.has(id)) || tiles.some(({ id }) => ids.has(id));
      const isGap = page.nextCursor !== null && !isKnown;
      newest = ids;
      // More than a page of new pictures: what is between is not known.
      if (isGap) {
        tiles = [];
        cursor = undefined;
      }
      const oldest = page.items.at(-1)?.createdAt ?? '';
      tiles = tiles.filter(({ id, createdAt }) => ids.has(id) || (page.nextCursor !== null && createdAt <= oldest));
      add(page.items);
      if (cursor === undefined) cursor = page.nextCursor;
      const waiting = inSight.filter(({ id, status }) => unfinished.includes(status) && !ids.has(id)).slice(0, 12);
      const found = await asked(Promise.all(waiting.map(({ id }) => findOrGone(id))));
      if (!found) return;
      const gone = new Set(waiting.flatMap(({ id }, at) => (found[at] ? [] : [id])));
      tiles = tiles.filter(({ id }) => !gone.has(id));
      add(found.flatMap((image) => image ?? []));
    },

    /** The next page of older ones; false if there was none to add. */
    more: async (): Promise<boolean> => {
      if (isLoading || cursor === null || cursor === undefined) return false;
      isLoading = true;
      try {
        const page = await asked(service.listImages({ ...query(), limit: 100, cursor }));
        if (!page) return false;
        cursor = page.nextCursor;
        add(page.items);
        return true;
      } finally {
        isLoading = false;
      }
    },

    /** An id is found at once, however old its image is. */
    byId: async (): Promise<void> => {
      const { search } = filters();
      if (!fullId.test(search) || tiles.some(({ id }) => id === search)) return;
      const found = await asked(service.findImage(search).catch(() => undefined));
      if (found) add([found]);
    },
  };
};

export type Shelf = ReturnType<typeof catalogue>;
