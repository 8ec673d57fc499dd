import { type Image, isUnfinished, type Ready, type Status, type Version } from '../core/image.ts';
import {
  imagePrefix,
  imagesPart,
  manifestKey,
  originalKey,
  originalsPart,
  originalsPrefix,
  parseStoredKey,
  variantKey,
  versionPrefix,
} from '../core/object-keys.ts';
import type { Ports, RenderTask, StoredObject } from '../ports.ts';
import { type Group, groupsOf } from './parts/stored-groups.ts';

type World = Pick<Ports, 'catalogue' | 'originals' | 'variants'>;
/** Reads every task in the queue, visible or not. */
type TasksNow = () => readonly RenderTask[];

/** `at` is the key of an object, or the prefix of a version as a whole. */
export type Difference = { readonly id: string; readonly at: string; readonly fault: string };

export type Account = {
  readonly images: number;
  readonly versions: Readonly<Record<Status, number>>;
  /** Stored objects: the originals, and the variants with their manifests. */
  readonly originals: number;
  readonly variants: number;
  readonly tasks: number;
  /** Objects of versions that expired or failed and of deleted images: they are removed in time. */
  readonly leftOver: number;
  readonly differences: readonly Difference[];
};

/**
 * Compares the catalogue with both stores and with the queue, in both directions, and changes nothing. Work in progress
 * looks like a difference for a moment, so every image with one is compared again at the end.
 */
export const reconcile = async (world: World, tasksNow: TasksNow): Promise<Account> => {
  const account = { images: 0, originals: 0, variants: 0, leftOver: 0 };
  const versions = { pending: 0, processing: 0, retrying: 0, ready: 0, failed: 0, expired: 0 };
  const suspects: string[] = [];
  const stored = new Set<string>();
  const deleted = await deletedImages(world);
  const queued = queuedVersions(tasksNow());
  const look = async (group: Group): Promise<void> => {
    const { image, known, leftOver, differences } = await compare(world, group, deleted, queued);
    if (image) account.images++;
    for (const { status } of known) versions[status]++;
    account.originals += group.originals.length;
    account.variants += group.variants.length;
    account.leftOver += leftOver;
    if (differences.length > 0) suspects.push(group.id);
  };
  for await (const group of groupsOf(world.originals.list(originalsPart('')), world.variants.list(imagesPart('')))) {
    stored.add(group.id);
    await look(group);
  }
  for await (const id of everyImage(world)) if (!stored.has(id)) await look({ id, originals: [], variants: [] });
  const differences: Difference[] = [];
  for (const id of suspects) differences.push(...(await compareAgain(world, tasksNow, id)));
  return { ...account, versions, tasks: tasksNow().length, differences };
};

const deletedImages = async ({ catalogue }: World): Promise<ReadonlySet<string>> => {
  const ids = new Set<string>();
  for await (const { id } of catalogue.openDeletions()) ids.add(id);
  return ids;
};

const queuedVersions = (tasks: readonly RenderTask[]): ReadonlySet<string> =>
  new Set(tasks.flatMap((task) => ('render' in task ? [versionPrefix(task.render)] : [])));

async function* everyImage({ catalogue }: World): AsyncGenerator<string> {
  let after: Parameters<typeof catalogue.list>[0]['after'];
  do {
    const { items, next } = await catalogue.list({ limit: 500, after });
    for (const { id } of items) yield id;
    after = next;
  } while (after);
}

const compareAgain = async (world: World, tasksNow: TasksNow, id: string): Promise<readonly Difference[]> => {
  const originals = await Array.fromAsync(world.originals.list(originalsPrefix(id)));
  const variants = await Array.fromAsync(world.variants.list(imagePrefix(id)));
  const group = { id, originals, variants };
  return (await compare(world, group, await deletedImages(world), queuedVersions(tasksNow()))).differences;
};

type Compared = {
  readonly image: Image | undefined;
  readonly known: readonly Version[];
  readonly leftOver: number;
  readonly differences: readonly Difference[];
};

const compare = async (
  { catalogue }: World,
  { id, originals, variants }: Group,
  deleted: ReadonlySet<string>,
  queued: ReadonlySet<string>,
): Promise<Compared> => {
  const objects = [...originals, ...variants];
  const image = await catalogue.find(id);
  if (!image) {
    if (deleted.has(id)) return { image, known: [], leftOver: objects.length, differences: [] };
    const differences = objects.map(({ key }) => ({
      id,
      at: key,
      fault: 'is stored, but the catalogue has no such image',
    }));
    return { image, known: [], leftOver: 0, differences };
  }
  const known = await versionsOf(catalogue, image);
  const left = objects.filter(({ key }) => isLeftOver(key, known));
  const differences = [
    ...unknownObjects(objects, known),
    ...missingObjects(objects, known),
    ...forgottenWork(originals, known, queued),
  ].map((difference) => ({ id, ...difference }));
  return { image, known, leftOver: left.length, differences };
};

const versionsOf = async (catalogue: Ports['catalogue'], { id, newest }: Image): Promise<readonly Version[]> => {
  const found: Version[] = [];
  for (let number = 1; number <= newest.version; number++) {
    const version = number === newest.version ? newest : await catalogue.version(id, number);
    if (version) found.push(version);
  }
  return found;
};

type Found = Omit<Difference, 'id'>;

const unknownObjects = (objects: readonly StoredObject[], known: readonly Version[]): readonly Found[] =>
  objects
    .filter(({ key }) => !known.some(({ version }) => version === parseStoredKey(key)?.version))
    .map(({ key }) => ({ at: key, fault: 'is stored, but the catalogue has no such version' }));

/** The audit and the sweep remove these after a while. */
const isLeftOver = (key: string, known: readonly Version[]): boolean =>
  known.some(
    ({ version, status }) => version === parseStoredKey(key)?.version && (status === 'expired' || status === 'failed'),
  );

const missingObjects = (objects: readonly StoredObject[], known: readonly Version[]): readonly Found[] => {
  const stored = new Map(objects.map(({ key, bytes }) => [key, bytes]));
  const differences: Found[] = [];
  const expect = (key: string, bytes?: number): void => {
    const found = stored.get(key);
    if (found === undefined) differences.push({ at: key, fault: 'is in the catalogue, but not stored' });
    else if (bytes !== undefined && found !== bytes)
      differences.push({ at: key, fault: `has ${found} bytes, but the catalogue says ${bytes}` });
  };
  const sources = known.filter(({ status }) => status === 'ready' || status === 'processing' || status === 'retrying');
  for (const [key, bytes] of new Map(sources.map((version) => [sourceKey(version), version.original.bytes])))
    expect(key, bytes);
  for (const { id, version, rendering } of known.filter((one): one is Ready => one.status === 'ready')) {
    for (const { name, format, bytes } of rendering.variants) expect(variantKey({ id, version, name, format }), bytes);
    expect(manifestKey({ id, version }));
  }
  return differences;
};

const sourceKey = ({ id, source }: Version): string => originalKey({ id, version: source });

/** Versions that only a task can bring further, while the queue has none. */
const forgottenWork = (
  originals: readonly StoredObject[],
  known: readonly Version[],
  queued: ReadonlySet<string>,
): readonly Found[] =>
  known
    .filter(isUnfinished)
    .filter((version) => version.status !== 'pending' || originals.some(({ key }) => key === sourceKey(version)))
    .map(versionPrefix)
    .filter((prefix) => !queued.has(prefix))
    .map((at) => ({ at, fault: 'waits for a renderer, but the queue has no task for it' }));
