import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type KnownVersions, type RebuiltCatalogue, rebuildCatalogue } from '../adapters/local/rebuilt-catalogue.ts';
import type { Config } from '../core/config.ts';
import type { ContentType } from '../core/formats.ts';
import type { Ready, Unfinished, Version } from '../core/image.ts';
import {
  imagesPart,
  manifestKey,
  originalKey,
  originalsPart,
  parseManifestKey,
  parseOriginalKey,
} from '../core/object-keys.ts';
import { type Group, groupsOf } from '../pipeline/parts/stored-groups.ts';
import type { ObjectBucket, ObjectStore, StoredObject } from '../ports.ts';
import { claimHomeToRebuild } from './home.ts';

export type RebuildNeeds = {
  readonly config: Config;
  /** The type of the bytes, not the declared one; undefined if they are no accepted picture. */
  readonly typeOf: (bytes: Uint8Array) => ContentType | undefined;
};

/** `ready` versions have their files; `pending` ones are rendered by the service when it starts. */
export type Rebuilt = { readonly images: number; readonly ready: number; readonly pending: number };

type Stores = { readonly originals: ObjectStore; readonly variants: ObjectStore };

/** Makes a catalogue again from the originals and the manifests, or adds to it what is newer than a restored backup. */
export const rebuild = async (data: string, world: RebuildNeeds, bucket?: ObjectBucket): Promise<Rebuilt> => {
  const home = await claimHomeToRebuild(data, bucket);
  try {
    return await rebuildCatalogue(home.database, (catalogue) => takeIn(world, home, catalogue));
  } finally {
    home.database.close();
  }
};

/**
 * Adds every version that is stored and not known. A version that the catalogue knows as unfinished, and that has a
 * manifest, becomes ready: its files may have been published since the backup, and another render could give them other
 * bytes. Changes nothing else that is known, so a second run adds nothing more. A deleted image stays deleted as long as
 * its tombstone exists.
 */
export const takeIn = async (world: RebuildNeeds, stores: Stores, catalogue: RebuiltCatalogue): Promise<Rebuilt> => {
  const report = { images: 0, ready: 0, pending: 0 };
  for await (const group of groupsOf(stores.originals.list(originalsPart('')), stores.variants.list(imagesPart('')))) {
    const known = catalogue.known(group.id);
    if (known === 'removed') continue;
    const versions = await newVersions(world, stores, known ?? new Map(), group);
    if (versions.length === 0) continue;
    catalogue.take(group.id, versions);
    report.images++;
    for (const { status } of versions) report[status === 'ready' ? 'ready' : 'pending']++;
  }
  return report;
};

const newVersions = async (
  world: RebuildNeeds,
  stores: Stores,
  known: KnownVersions,
  group: Group,
): Promise<readonly Version[]> => {
  const originals = byVersion(group.originals, parseOriginalKey);
  const manifests = byVersion(group.variants, parseManifestKey);
  const numbers = [...new Set([...originals.keys(), ...manifests.keys()])].sort((a, b) => a - b);
  const versions: Version[] = [];
  for (const number of numbers) {
    const open = known.get(number);
    if (known.has(number) && !open) continue;
    const manifest = manifests.get(number);
    const ready = manifest && (await readyVersion(stores, group.id, number, originals, manifest));
    if (ready) versions.push(open ? ended(open, ready) : ready);
    else if (!open && originals.has(number))
      versions.push(...(await pendingVersion(world, stores, group.id, number, originals, versions)));
  }
  return versions;
};

/** What the catalogue knows of the version stays. */
const ended = ({ source, settings, createdAt, attempts, revision }: Unfinished, ready: Ready): Ready => ({
  ...ready,
  ...{ source, settings, createdAt, attempts: Math.max(attempts, 1), revision: revision + 1 },
});

type ByVersion = ReadonlyMap<number, StoredObject>;

const byVersion = (
  objects: readonly StoredObject[],
  parse: (key: string) => { readonly version: number } | undefined,
): ByVersion =>
  new Map(
    objects.flatMap((object) => {
      const ref = parse(object.key);
      return ref ? [[ref.version, object] as const] : [];
    }),
  );

const size = { width: z.number(), height: z.number() };
/** The fields that a rendering needs; other fields of a manifest are kept as they are. */
const manifestShape = z.object({
  recipe: z.string(),
  preset: z.string(),
  original: z.looseObject({ contentType: z.string(), bytes: z.number(), sha256: z.string(), ...size }),
  kind: z.string(),
  ...size,
  placeholder: z.object({ thumbhash: z.string(), color: z.string() }),
  variants: z.array(
    z.looseObject({ name: z.string(), format: z.string(), bytes: z.number(), sha256: z.string(), ...size }),
  ),
});

/** A manifest is written after every other file of its version, so where there is one, the version was ready or about to be. */
const readyVersion = async (
  stores: Stores,
  id: string,
  version: number,
  originals: ByVersion,
  { modifiedAt }: StoredObject,
): Promise<Ready | undefined> => {
  const bytes = await stores.variants.get(manifestKey({ id, version }));
  const parsed = manifestShape.safeParse(bytes && parseJson(bytes));
  if (!parsed.success) return undefined;
  const { preset, original, ...rendering } = parsed.data;
  const readyAt = Math.round(modifiedAt);
  const variants = rendering.variants.map(({ file, encoder, why, fingerprint, ...variant }) => variant);
  return {
    id,
    version,
    source: await sourceOf(stores.originals, id, version, originals, original.sha256),
    preset,
    original,
    createdAt: Math.round(originals.get(version)?.modifiedAt ?? modifiedAt),
    updatedAt: readyAt,
    attempts: 1,
    revision: 2,
    status: 'ready',
    readyAt,
    rendering: { ...rendering, variants },
  } as unknown as Ready;
};

/**
 * An original of its own, or that of the newest version before whose bytes are those that the manifest names. If none has
 * them, a disk has damaged it, and then it is the newest before; its digest keeps it from being rendered.
 */
const sourceOf = async (
  store: ObjectStore,
  id: string,
  version: number,
  originals: ByVersion,
  sha256: string,
): Promise<number> => {
  if (originals.has(version)) return version;
  const before = [...originals.keys()].filter((number) => number < version).sort((a, b) => b - a);
  for (const number of before) {
    const bytes = await store.get(originalKey({ id, version: number }));
    if (bytes && digestOf(bytes) === sha256) return number;
  }
  return before[0] ?? version;
};

/** Arrived but not rendered, or failed: the service finds out when it renders it. */
const pendingVersion = async (
  { config, typeOf }: RebuildNeeds,
  { originals: store }: Stores,
  id: string,
  version: number,
  originals: ByVersion,
  before: readonly Version[],
): Promise<readonly Version[]> => {
  const bytes = await store.get(originalKey({ id, version }));
  if (!bytes) return [];
  const at = Math.round(originals.get(version)?.modifiedAt ?? 0);
  const pending: Version = {
    id,
    version,
    source: version,
    preset: before.at(-1)?.preset ?? config.defaultPreset,
    original: {
      contentType: typeOf(bytes) ?? 'image/jpeg',
      bytes: bytes.length,
      sha256: digestOf(bytes),
      width: null,
      height: null,
    },
    createdAt: at,
    updatedAt: at,
    attempts: 0,
    revision: 0,
    status: 'pending',
    expiresAt: null,
  };
  return [pending];
};

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
};
