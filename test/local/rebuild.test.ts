import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Version } from '../../lib/core/image.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { takeIn } from '../../lib/local/rebuild.ts';
import { reprocessImage } from '../../lib/pipeline/reprocess-image.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** What a rebuild adds to a catalogue that knows nothing. */
const rebuilt = async (): Promise<readonly Version[]> => {
  const taken: Version[] = [];
  const take = (_id: string, versions: readonly Version[]) => void taken.push(...versions);
  await takeIn({ config: world.config, typeOf: () => 'image/jpeg' }, world, { known: () => undefined, take });
  return taken;
};

test.each<[string, (photo: Uint8Array) => Uint8Array]>([
  ['whole', (photo) => photo],
  ['damaged by a disk', (photo) => photo.map((byte, at) => (at === 500 ? byte ^ 1 : byte))],
])('a version that was made again has the original of the one before, also where that is %s', async (_, damage) => {
  const photo = await bytesOf(noise(120, 110).jpeg());
  const id = await world.arrive(photo);
  await world.queue.send({ render: { id, version: 1 } });
  await world.drain();
  await reprocessImage(world, id, {});
  await world.drain();
  await world.originals.put(originalKey({ id, version: 1 }), damage(photo));
  expect((await rebuilt()).map(({ version, source, status }) => [version, source, status])).toEqual([
    [1, 1, 'ready'],
    [2, 1, 'ready'],
  ]);
});
