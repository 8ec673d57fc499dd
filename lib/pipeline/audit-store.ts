import { isAccepted } from '../core/admission.ts';
import { areOrphans, type Brake, type Census, enoughForShare } from '../core/brake.ts';
import { Refusal } from '../core/errors.ts';
import { type ImageId, idAlphabet } from '../core/ids.ts';
import { type Image, type Instant, isUnfinished, type Ready, type Version } from '../core/image.ts';
import { imagesPart, manifestKey, originalsPart, parseStoredKey, variantKey } from '../core/object-keys.ts';
import type { Catalogue, Ports, StoredObject } from '../ports.ts';
import { inBatches } from './parts/in-batches.ts';
import { settingsOf } from './parts/render-order.ts';
import { type Group, groupsOf } from './parts/stored-groups.ts';
import { reprocessImage } from './reprocess-image.ts';

export type AuditWorld = Pick<
  Ports,
  'catalogue' | 'originals' | 'variants' | 'queue' | 'clock' | 'config' | 'recipeOf'
>;

/**
 * `orphans` were removed. `held` images are unknown to the catalogue and were not removed, because they are too many to be
 * orphans. `lost` files belong to a version that is not shown any more, and cannot be made again with the same bytes; or to one
 * whose format `accept` leaves out at present.
 */
export type AuditReport = {
  readonly orphans: number;
  readonly held: number;
  readonly repaired: number;
  readonly lost: number;
};

/** The message that both homes log when an audit held images. */
export const auditHeld =
  'the catalogue does not know so many stored images that the audit removed none of them: is it the right catalogue?';

const dayMs = 24 * 3600_000;

/**
 * Compares one part of the stores with the catalogue: objects without a version are removed after a grace period, and
 * missing files of a ready version are made again. Ids are random, so their first letters divide any number of images
 * into equal parts: one letter into 32, two into 1,024. Objects of unknown images are removed last, and only if they are
 * few (`areOrphans`). Safe at any moment, and beside another audit: young objects are not removed, a repair changes no
 * bytes, and if two audits ask for a next version, only one is made.
 */
export const auditStore = async (world: AuditWorld, part: string): Promise<AuditReport> => {
  const report = { orphans: 0, held: 0, repaired: 0, lost: 0 };
  const census = { images: 0, unknown: 0 };
  const orphaned: StoredKeys[] = [];
  const { retention } = world.config;
  const allowed = mostOrphans(retention, part);
  for await (const [group, image] of withImages(world, groupsIn(world, part))) {
    const versionOf = (version: number) => known(world.catalogue, image, group.id, version);
    const { left, unknown, orphans } = await orphansOf(world, group, versionOf);
    census.images++;
    report.orphans += await remove(world, left);
    if (unknown) census.unknown++;
    // With more, none is removed, so the list need not be longer.
    if (unknown && census.unknown <= allowed) orphaned.push(orphans);
    for (const version of await incomplete(image, group, versionOf)) report[await repair(world, image, version)]++;
  }
  if (census.unknown === 0) return report;
  if (census.unknown > allowed || !areOrphans(await widened(world, census, part), retention))
    return { ...report, held: census.unknown };
  for (const orphans of orphaned) report.orphans += await remove(world, orphans);
  return report;
};

/** `orphanImages` is for one letter; each of its 32 parts has its share of it. */
const mostOrphans = ({ orphanImages }: Brake, part: string): number =>
  Math.ceil(orphanImages / idAlphabet.length ** (part.length - 1));

const groupsIn = ({ originals, variants }: AuditWorld, part: string) =>
  groupsOf(originals.list(originalsPart(part)), variants.list(imagesPart(part)));

/** Looks up this many images at a time. */
export const auditLookups = 25;

/** Each group with its image in the catalogue. */
async function* withImages(
  { catalogue }: AuditWorld,
  groups: AsyncIterable<Group>,
): AsyncGenerator<readonly [Group, Image | undefined]> {
  let batch: Group[] = [];
  const lookedUp = () => Promise.all(batch.map(async (group) => [group, await catalogue.find(group.id)] as const));
  for await (const group of groups) {
    batch.push(group);
    if (batch.length < auditLookups) continue;
    yield* await lookedUp();
    batch = [];
  }
  yield* await lookedUp();
}

/** A part of a small store holds too few images for a share: then the other parts are counted too, until there are enough. */
const widened = async (world: AuditWorld, census: Census, part: string): Promise<Census> => {
  let { images, unknown } = census;
  for (const other of idAlphabet.replace(part.charAt(0), '')) {
    if (images >= enoughForShare) break;
    for await (const group of groupsIn(world, other)) {
      if (images >= enoughForShare) break;
      const image = await world.catalogue.find(group.id);
      const versionOf = (version: number) => known(world.catalogue, image, group.id, version);
      if ((await orphansOf(world, group, versionOf)).unknown) unknown++;
      images++;
    }
  }
  return { images, unknown };
};

/** For an audit of one letter an hour, so that every part is audited once in 32 hours: docs/decisions.md#audit-letter */
export const letterOfHour = (at: Instant): string => idAlphabet[Math.floor(at / 3600_000) % idAlphabet.length] ?? 'a';

type VersionOf = (version: number) => Promise<Version | undefined>;

const known = async (
  catalogue: Catalogue,
  image: Image | undefined,
  id: ImageId,
  version: number,
): Promise<Version | undefined> => {
  if (!image) return undefined;
  const near = [image.newest, image.visible].find((one) => one?.version === version);
  return near ?? catalogue.version(id, version);
};

/** Keys of objects to remove. */
type StoredKeys = { readonly originals: readonly string[]; readonly variants: readonly string[] };

type Orphans = {
  /** Objects left over by versions whose end the catalogue knows. */
  readonly left: StoredKeys;
  /** Whether the catalogue does not know a version of which something is stored. */
  readonly unknown: boolean;
  /** The stored objects of such versions that are old enough. */
  readonly orphans: StoredKeys;
};

const orphansOf = async (world: AuditWorld, group: Group, versionOf: VersionOf): Promise<Orphans> => {
  // A new object may still get its version; after this time it will not.
  const graceMs = world.config.retention.orphanDays * dayMs;
  const isOld = (object: StoredObject) => object.modifiedAt + graceMs <= world.clock.now();
  const sort = async (objects: readonly StoredObject[], ends: readonly Version['status'][]) => {
    const sorted = { left: [] as string[], orphans: [] as string[], unknown: false };
    for (const object of objects) {
      const ref = parseStoredKey(object.key);
      const version = ref && (await versionOf(ref.version));
      if (!version) sorted.unknown = true;
      if (!isOld(object)) continue;
      if (!version) sorted.orphans.push(object.key);
      else if (ends.includes(version.status)) sorted.left.push(object.key);
    }
    return sorted;
  };
  // An original is kept for a while after a failure, to be rendered again; the variants of a failed render are of no use.
  const originals = await sort(group.originals, ['expired']);
  const variants = await sort(group.variants, ['expired', 'failed']);
  const failed = await ofOldFailures(world, group, versionOf);
  return {
    left: { originals: [...originals.left, ...failed], variants: variants.left },
    orphans: { originals: originals.orphans, variants: variants.orphans },
    unknown: originals.unknown || variants.unknown,
  };
};

const remove = async (world: AuditWorld, { originals, variants }: StoredKeys): Promise<number> => {
  if (originals.length > 0) await world.originals.remove(originals);
  if (variants.length > 0) await world.variants.remove(variants);
  return originals.length + variants.length;
};

/**
 * Originals of versions that failed long ago by their own fault, unless a later version was made from the same original
 * and did not fail. An original of which the renderers gave up may be a good picture, so it stays.
 */
const ofOldFailures = async (
  { config, clock }: AuditWorld,
  { originals }: Group,
  versionOf: VersionOf,
): Promise<readonly string[]> => {
  const { failedDays } = config.retention;
  if (failedDays === 0) return [];
  const isOldFailure = (version: Version) =>
    version.status === 'failed' &&
    version.error.code !== 'gave-up' &&
    version.updatedAt + failedDays * dayMs <= clock.now();
  const keys: string[] = [];
  for (const { key } of originals) {
    const source = parseStoredKey(key)?.version;
    let version = source === undefined ? undefined : await versionOf(source);
    if (!version || !isOldFailure(version)) continue;
    let isUsed = false;
    for (let next = version.version + 1; !isUsed && version; next++) {
      version = await versionOf(next);
      isUsed = version?.source === source && version !== undefined && !isOldFailure(version);
    }
    if (!isUsed) keys.push(key);
  }
  return keys;
};

/** The ready versions with a file that is missing or of another length, among those with any stored file and the visible one. */
const incomplete = async (image: Image | undefined, group: Group, versionOf: VersionOf): Promise<readonly Ready[]> => {
  const stored = new Map(group.variants.map((object) => [object.key, object.bytes]));
  const numbers = new Set(group.variants.flatMap(({ key }) => parseStoredKey(key)?.version ?? []));
  if (image?.visible) numbers.add(image.visible.version);
  const versions = await inBatches([...numbers], auditLookups, versionOf);
  return versions.filter((one) => one?.status === 'ready').filter((one) => !isWhole(one, stored));
};

export const filesOf = ({ id, version, rendering }: Ready): readonly string[] => [
  ...rendering.variants.map(({ name, format }) => variantKey({ id, version, name, format })),
  manifestKey({ id, version }),
];

const isWhole = ({ id, version, rendering }: Ready, stored: ReadonlyMap<string, number>): boolean =>
  stored.has(manifestKey({ id, version })) &&
  rendering.variants.every(
    ({ name, format, bytes }) => stored.get(variantKey({ id, version, name, format })) === bytes,
  );

/** The same recipe gives the same files. Another recipe gives other bytes, which need a new version. */
const repair = async (world: AuditWorld, image: Image | undefined, ready: Ready): Promise<'repaired' | 'lost'> => {
  const { id, version, rendering, original } = ready;
  if (!isAccepted(world.config, original.contentType)) return 'lost';
  const settings = settingsOf(world.config, ready);
  if (settings && world.recipeOf(settings.preset, settings.keepCopyright) === rendering.recipe) {
    await world.queue.send({ repair: { id, version } });
    return 'repaired';
  }
  // A version under way will replace it; one that failed or expired will not.
  if (image?.visible?.version !== version || isUnfinished(image.newest)) return 'lost';
  try {
    await reprocessImage(world, id, { after: image.newest.version, from: ready });
    return 'repaired';
  } catch (error) {
    // The image was deleted meanwhile, or another audit or request has added a version first.
    if (error instanceof Refusal) return 'lost';
    throw error;
  }
};
