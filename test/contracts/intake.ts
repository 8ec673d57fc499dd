import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ImageEvent } from '../../lib/core/events.ts';
import {
  begin,
  expire,
  finish,
  newVersion,
  type Original,
  type Processing,
  type Ready,
  type Rendering,
  type Version,
} from '../../lib/core/image.ts';
import type { Catalogue, Intake } from '../../lib/ports.ts';

type Subject = {
  readonly catalogue: Catalogue;
  readonly intake: Intake;
  /** Every event that was added so far. */
  readonly events: () => Promise<readonly ImageEvent[]>;
  readonly close: () => Promise<void>;
};

const original: Original = { contentType: 'image/jpeg', bytes: 1234, sha256: null, width: null, height: null };
const sha256 = 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=';
const rendering: Rendering = {
  kind: 'photo',
  width: 400,
  height: 300,
  recipe: '0123456789abcdef',
  placeholder: { thumbhash: 'AAAA', color: '#123456' },
  variants: [{ name: '320w', format: 'avif', width: 320, height: 240, bytes: 999, quality: 50, sha256 }],
};
const t0 = 1_790_000_000_000;
const id = 'a'.repeat(26);
const image = { id, collection: 'birds', filename: 'wren.jpg', createdAt: t0 };

const pending = (version: number) =>
  newVersion({ id, version, source: 1, preset: 'web', original, expiresAt: t0 + 900_000 }, t0 + version);
const processing = (version: number): Processing => begin(pending(version), t0 + 1000, { leaseMs: 500 });
const ready = (version: number): Ready => finish(processing(version), rendering, original, t0 + 2000);
const expired = (version: number): Version => expire(pending(version), t0 + 3000);

/** What an intake promises, beside the catalogue that it fills. */
export const intakeContract = (name: string, open: () => Promise<Subject>): void => {
  describe(`${name} as an intake`, () => {
    let subject: Subject;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.close());

    test.each<[string, readonly [Version, ...Version[]], { visible: number | null; open: readonly number[] }]>([
      ['one that is ready', [ready(1)], { visible: 1, open: [] }],
      ['one that is pending', [pending(1)], { visible: null, open: [1] }],
      ['older versions', [ready(1), expired(2), ready(3), pending(4)], { visible: 3, open: [4] }],
      ['a gap, and an older version that is not finished', [processing(2), expired(5)], { visible: null, open: [2] }],
    ])('an image comes with %s, and without an event', async (_, versions, expected) => {
      const { catalogue, intake } = subject;
      const newest = versions.at(-1);
      expect(await intake.takeImage(image, versions)).toBe(true);
      const visible = versions.find(({ version }) => version === expected.visible) ?? null;
      const found = await catalogue.find(id);
      expect(found).toMatchObject({ ...image, newest, updatedAt: newest?.updatedAt });
      expect(found?.visible).toEqual(visible);
      for (const one of versions) expect(await catalogue.version(id, one.version)).toEqual(one);
      const unfinished = await Array.fromAsync(catalogue.unfinished(t0 + 10_000));
      expect(unfinished.map(({ version }) => version)).toEqual(expected.open);
      for (const query of [{}, { collection: 'birds' }, { statuses: newest && [newest.status] }])
        expect((await catalogue.list({ limit: 10, ...query })).items.map((item) => item.id)).toEqual([id]);
      expect(await subject.events()).toEqual([]);
    });

    test('an image that came goes on with its life', async () => {
      const { catalogue, intake } = subject;
      await intake.takeImage(image, [ready(1), processing(2)]);
      const second = finish(processing(2), rendering, original, t0 + 4000);
      expect(await catalogue.move(second)).toBe(true);
      expect((await catalogue.find(id))?.visible).toEqual(second);
      expect(await catalogue.addVersion({ id, draft: pending })).toMatchObject({ id, version: 3 });
    });

    test('an image that is known, or was removed, stays as it is', async () => {
      const { catalogue, intake } = subject;
      await catalogue.add(image, pending(1));
      expect(await intake.takeImage({ ...image, filename: 'other.jpg' }, [ready(1), ready(2)])).toBe(false);
      expect(await intake.takeTombstone({ id, deletedAt: t0, purgedAt: null, late: false })).toBe(false);
      expect(await catalogue.find(id)).toMatchObject({ filename: 'wren.jpg', newest: pending(1) });
      await catalogue.remove(id, t0 + 5000);
      await catalogue.closeDeletion(id);
      expect(await intake.takeImage(image, [ready(1), ready(2)])).toBe(false);
      expect(await catalogue.find(id)).toBeUndefined();
      expect(await catalogue.version(id, 1)).toBeUndefined();
    });

    test.each([
      { id, deletedAt: t0, purgedAt: null, late: false },
      { id, deletedAt: t0, purgedAt: t0 + 1, late: true },
    ])('a tombstone comes as it is, and its image stays removed', async (tombstone) => {
      const { catalogue, intake } = subject;
      expect(await intake.takeTombstone(tombstone)).toBe(true);
      expect(await Array.fromAsync(catalogue.openDeletions())).toEqual([tombstone]);
      expect(await intake.takeImage(image, [ready(1)])).toBe(false);
      await catalogue.closeDeletion(id);
      expect(await Array.fromAsync(catalogue.openDeletions())).toEqual([]);
    });
  });
};
