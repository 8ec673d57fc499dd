import type { ImageEvent } from '../../lib/core/events.ts';
import type { Image, Ready, RenderSettings, Status, Variant, Version } from '../../lib/core/image.ts';
import { manifestKey, originalKey, parseStoredKey } from '../../lib/core/object-keys.ts';
import { isOriginal, type Stored } from './object-store.ts';
import { areSame, filesOf, listIn } from './published-files.ts';
import { badCodeOf, digestOf, fileDigestOf, natureOf } from './renderer.ts';
import { Violation } from './scheduler.ts';

/**
 * The reference model: what a client may see, and not how it is done. It gets every change of the stores and the
 * catalogue at the moment when it happens, and throws a Violation when a promise is broken.
 */

/** The life of a version, written down a second time. */
const ways: Readonly<Record<Status, string>> = {
  pending: 'processing expired',
  processing: 'processing retrying ready failed',
  retrying: 'processing retrying failed',
  ready: '',
  failed: '',
  expired: '',
};
const isEnd = (status: Status): boolean => ways[status] === '';

/** How many attempts of an upload count before it fails. */
const attemptsOfAnUpload = 3;
/** So many crashes in the middle of its renders end a version, so that a picture that ends every process is not rendered for ever. */
const deathsOfAnUpload = 20;
export type KnownVersion = { status: Status; readonly asked: Version; charges: number };
export type KnownImage = {
  readonly versions: Map<number, KnownVersion>;
  deleted: boolean;
  visible: number;
  readonly told: string[];
  readonly owed: ImageEvent[];
};

/** The world as the model sees it. */
export type Sight = {
  readonly now: () => number;
  readonly original: (key: string) => Stored | undefined;
  readonly variant: (key: string) => Stored | undefined;
  /** Every recipe that any release would have used for these settings. */
  readonly recipesFor: (settings: RenderSettings) => readonly string[];
  /** The digests that such a file of an original may have by the recipe. */
  readonly digestsBy: (recipe: string, of: RenderSettings, original: Uint8Array, file: Variant) => readonly string[];
  /** After so long without success an original may be removed. */
  readonly failedMs: number;
};

export const referenceModel = ({ now, original, variant, recipesFor, digestsBy, failedMs }: Sight) => {
  const images = new Map<string, KnownImage>();
  /** The bytes that were accepted under the key of an original. */
  const accepted = new Map<string, string>();
  /** The bytes of every published address. */
  const published = new Map<string, Uint8Array>();
  /** Objects that a fault has changed: the model only expects that they do not get worse. */
  const spoiled = new Set<string>();
  const gone = new Set<string>();
  const damaged = new Set<string>();
  const counts = { issued: 0, pending: 0, processing: 0, retrying: 0, ready: 0, failed: 0, expired: 0, deleted: 0 };

  const fail = (invariant: string, detail: string): never => {
    throw new Violation(invariant, detail);
  };
  const image = (id: string): KnownImage => images.get(id) ?? fail('no image comes from nowhere', id);
  const version = (id: string, number: number): KnownVersion =>
    image(id).versions.get(number) ?? fail('no version comes from nowhere', `${id} v${number}`);
  const name = ({ id, version }: Pick<Version, 'id' | 'version'>): string => `${id} v${version}`;

  const balance = (): void => {
    const { issued, pending, processing, retrying, ready, failed, expired, deleted } = counts;
    const difference = issued - (ready + failed + expired + deleted + pending + processing + retrying);
    if (difference !== 0) fail('issued = ready + failed + expired + deleted + in flight', `difference ${difference}`);
  };

  const checkReady = (to: Ready): void => {
    const { asked } = version(to.id, to.version);
    const source = originalKey({ id: to.id, version: to.source });
    const stored = accepted.get(source) ?? fail('ready is made of an upload', `${name(to)} has no original`);
    if (!spoiled.has(source) && to.original.sha256 !== stored)
      fail('ready is made of the bytes that were uploaded', name(to));
    if (asked.original.sha256 !== null && to.original.sha256 !== asked.original.sha256)
      fail('ready is made of the bytes that were declared', name(to));
    if (asked.settings && !recipesFor(asked.settings).includes(to.rendering.recipe))
      fail('a version has the recipe it was asked for with', name(to));
    const uploaded = original(source)?.bytes;
    if (asked.settings && uploaded && !spoiled.has(source))
      for (const file of to.rendering.variants)
        if (!digestsBy(to.rendering.recipe, asked.settings, uploaded, file).includes(file.sha256))
          fail('a file that was copied is what a render makes', `${name(to)} ${file.name}.${file.format}`);
    if (to.rendering.variants.length === 0) fail('ready means complete', `${name(to)} has no files`);
    const files = filesOf(to);
    for (const [key] of files) {
      const file = variant(key) ?? fail('ready means complete', `${key} is missing`);
      published.set(key, file.bytes);
    }
    checkFiles(to, files);
  };

  /** Every file of the manifest is there with its digest, and the manifest says so. */
  const checkFiles = (to: Ready, files = filesOf(to)): void => {
    const manifest = variant(manifestKey(to));
    const listed = manifest && listIn(manifest.bytes);
    for (const [key, sha256] of files) {
      if (spoiled.has(key) || gone.has(key)) continue;
      const file = variant(key) ?? fail('ready means complete', `${key} is missing`);
      if (sha256 === undefined) continue;
      if (fileDigestOf(file.bytes) !== sha256)
        fail('ready means complete', `${key} has other bytes than its digest says`);
      if (listed && listed.get(key.slice(key.lastIndexOf('/') + 1)) !== sha256)
        fail('the manifest lists what is stored', key);
    }
  };

  const checkFailure = (to: Version & { status: 'failed' }): void => {
    const { charges } = version(to.id, to.version);
    const source = originalKey({ id: to.id, version: to.source });
    const { code } = to.error;
    const stored = original(source);
    if (code === 'gave-up') {
      const why = `${name(to)} was charged ${charges} times`;
      const isWornOut = charges >= attemptsOfAnUpload || (to.deaths ?? 0) >= deathsOfAnUpload;
      if (!isWornOut && !gone.has(source)) fail('no upload is lost through the machine', why);
    } else if (
      stored &&
      !spoiled.has(source) &&
      !(natureOf(stored.bytes) === 'bad' && badCodeOf(stored.bytes) === code)
    )
      fail('only a bad picture is refused as one', `${name(to)}: ${code}`);
  };

  const checkExpiry = (to: Version): void => {
    const key = originalKey({ id: to.id, version: to.source });
    const { asked } = version(to.id, to.version);
    if (original(key)) fail('no upload is lost through the machine', `${name(to)} expires, and its original is there`);
    if (asked.status !== 'pending' || asked.expiresAt === null || asked.expiresAt > now() + slackMs)
      fail('a ticket is valid until it ends', name(to));
  };

  /** A version that was to show the newest upload again may have failed: then people keep what they see. */
  const checkShown = (id: string, versions: KnownImage['versions'], visible: number): void => {
    const all = [...versions.values()];
    const upload = Math.max(0, ...all.filter(({ status }) => status === 'ready').map(({ asked }) => asked.source));
    const hasFailed = all.some(
      ({ status, asked }) => status === 'failed' && asked.version > visible && asked.source === upload,
    );
    if ((versions.get(visible)?.asked.source ?? 0) < upload && !hasFailed)
      fail('people see the newest upload in the end', `${id}: v${visible} is not made of the upload of v${upload}`);
  };

  const mayLoseOriginal = (id: string, number: number): boolean => {
    const known = images.get(id);
    if (!known || known.deleted) return true;
    const users = [...known.versions.values()].filter(({ asked }) => asked.source === number);
    return users.every(
      ({ status, asked }) =>
        status === 'expired' || (status === 'failed' && asked.createdAt + failedMs <= now() + slackMs),
    );
  };

  return {
    counts,
    known: { images, accepted, published },
    spoiled,
    gone,
    damaged,

    added: (id: string, asked: Version): void => {
      const known = images.get(id) ?? { versions: new Map(), deleted: false, visible: 0, told: [], owed: [] };
      if (known.deleted) fail('a deleted image never comes back', name(asked));
      if (known.versions.has(asked.version)) fail('a version is made once', name(asked));
      images.set(id, known);
      known.versions.set(asked.version, { status: 'pending', asked, charges: 0 });
      counts.issued++;
      counts.pending++;
      balance();
    },

    moved: (from: Version, to: Version): void => {
      const known = version(to.id, to.version);
      if (image(to.id).deleted) fail('a deleted image never comes back', name(to));
      if (known.status !== from.status || !ways[known.status].split(' ').includes(to.status))
        fail('a version moves as its life allows', `${name(to)} from ${known.status} to ${to.status}`);
      if (to.status === 'ready') checkReady(to);
      if (to.status === 'failed') checkFailure(to);
      if (to.status === 'expired') checkExpiry(to);
      if (to.attempts > attemptsOfAnUpload) fail('an upload has three attempts', name(to));
      if (to.attempts > known.charges + 1) fail('only an attempt is charged', `${name(to)}: ${to.attempts} attempts`);
      counts[known.status]--;
      counts[to.status]++;
      known.status = to.status;
      if (to.status === 'ready') image(to.id).visible = Math.max(image(to.id).visible, to.version);
      if (to.status === 'ready' || to.status === 'failed')
        image(to.id).owed.push({ type: `image.${to.status}`, id: to.id, version: to.version, at: 0 } as ImageEvent);
      balance();
    },

    removed: (id: string): void => {
      const known = image(id);
      known.deleted = true;
      for (const { status } of known.versions.values()) {
        counts[status]--;
        counts.deleted++;
      }
      known.owed.push({ type: 'image.deleted', id, at: 0 }, { type: 'image.purged', id, at: 0 });
      balance();
    },

    /** An attempt has failed for a reason that counts. */
    charged: (id: string, number: number): void => {
      const known = images.get(id)?.versions.get(number);
      if (known) known.charges++;
    },

    stored: (key: string, bytes: Uint8Array): void => {
      if (isOriginal(key)) {
        if (original(key)) fail('an original is never overwritten', key);
        accepted.set(key, digestOf(bytes));
        return;
      }
      const before = published.get(key);
      const isSame = before === undefined || areSame(before, bytes);
      if (!isSame && !spoiled.has(key)) fail('no address ever changes its bytes', key);
      if (isSame) spoiled.delete(key);
      gone.delete(key);
    },

    unstored: (key: string): void => {
      const ref = parseStoredKey(key);
      if (!ref) return;
      const status = images.get(ref.id)?.versions.get(ref.version)?.status;
      if (isOriginal(key)) {
        if (!mayLoseOriginal(ref.id, ref.version)) fail('an original lives as long as its image', key);
      } else if (status === 'ready' && !images.get(ref.id)?.deleted) fail('a file lives as long as its image', key);
    },

    /** What the API says of an image, at this moment. */
    seen: (id: string, found: Image | undefined): void => {
      const known = images.get(id);
      if (!known || known.deleted) {
        if (found) fail('a deleted image never comes back', id);
        return;
      }
      if (!found) fail('no image is lost', id);
      else if ((found.visible?.version ?? 0) !== known.visible)
        fail('people see the newest version that is ready', `${id}: ${found.visible?.version}, not ${known.visible}`);
      else if (found.newest.status !== known.versions.get(found.newest.version)?.status)
        fail('a version is in the state it moved to', id);
    },

    /** What a viewer got from an address that was published. */
    viewed: (key: string, bytes: Uint8Array): void => {
      const before = published.get(key);
      if (before !== undefined && !areSame(before, bytes) && !damaged.has(key))
        fail('no address ever changes its bytes', `${key} is served with other bytes`);
    },

    /** The events that the receiver got: in their order, when each comes for the first time. */
    told: (event: ImageEvent): void => {
      const label = 'version' in event ? `${event.type} v${event.version}` : event.type;
      const { told, owed } = image(event.id);
      if (told.includes(label)) return;
      const next = owed[told.length];
      const expected = next && ('version' in next ? `${next.type} v${next.version}` : next.type);
      if (label !== expected) fail('events are told in their order', `${event.id}: ${label}, not ${expected}`);
      told.push(label);
    },

    /** The end, long after the last fault: nothing is left to do, and everything that was promised is there. */
    settled: (left: Left): void => {
      for (const [id, { versions, deleted, visible, told, owed }] of images) {
        if (told.length < owed.length)
          fail('each end is told at least once', `${id}: ${told.length} of ${owed.length} events`);
        if (deleted) continue;
        checkShown(id, versions, visible);
        for (const [number, known] of versions) {
          if (!isEnd(known.status)) fail('everything settles', `${id} v${number} is still ${known.status}`);
          const source = originalKey({ id, version: known.asked.source });
          if (known.status === 'expired' && accepted.has(source))
            fail('no upload is lost through the machine', `${id} v${number} has expired, and was uploaded`);
          const ready = known.status === 'ready' ? left.ready(id, number) : undefined;
          // No file can be made again from an original that a disk has damaged.
          if (ready && number === visible && !spoiled.has(source))
            for (const [key] of filesOf(ready))
              if (gone.has(key)) fail('what people see is made whole again', `${key} is missing`);
          if (ready) checkFiles(ready);
          if (known.status === 'ready' && !original(source)) fail('an original lives as long as its image', source);
        }
      }
      for (const key of left.keys) {
        const id = parseStoredKey(key)?.id ?? '';
        if (!images.has(id) || images.get(id)?.deleted)
          fail('nothing of a deleted image stays', `${key} in ${left.where(key)}`);
      }
      if (left.todo.length > 0) fail('everything settles', left.todo.join(', '));
    },
  };
};

/** Clocks differ by so much, and are set back by so much. */
const slackMs = 15 * 60_000;

/** The objects and the work that are left at the end. */
export type Left = {
  readonly keys: Iterable<string>;
  readonly where: (key: string) => string;
  readonly ready: (id: string, version: number) => Ready;
  /** What still waits: messages, tombstones, jobs. */
  readonly todo: readonly string[];
};
