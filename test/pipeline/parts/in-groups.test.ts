import { expect, test } from '@jest/globals';
import { inGroups } from '../../../lib/pipeline/parts/in-groups.ts';

async function* upTo(count: number): AsyncGenerator<number> {
  for (let at = 0; at < count; at++) yield at;
}
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

test('every item comes once, in full groups and a last one', async () => {
  const groups: (readonly number[])[] = [];
  await inGroups(upTo(7), { size: 3, atOnce: 2 }, async (group) => void groups.push(group));
  expect(groups).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
});

test('as many groups are under way as may be, and no more', async () => {
  let [underWay, most] = [0, 0];
  await inGroups(upTo(40), { size: 2, atOnce: 3 }, async () => {
    underWay++;
    most = Math.max(most, underWay);
    await soon();
    underWay--;
  });
  expect([most, underWay]).toEqual([3, 0]);
});

test('trouble ends the list, and is thrown when nothing is under way any more', async () => {
  const ended: number[] = [];
  const work = async ([at = 0]: readonly number[]): Promise<void> => {
    if (at === 1) throw new Error('the second');
    await soon();
    await soon();
    ended.push(at);
  };
  await expect(inGroups(upTo(1000), { size: 1, atOnce: 3 }, work)).rejects.toThrow('the second');
  expect(ended).toContain(0);
  expect(ended.length).toBeLessThan(10);
});

test('trouble with the list itself is thrown after what is under way', async () => {
  async function* broken() {
    yield 0;
    throw new Error('the list');
  }
  let ended = 0;
  const work = async () => {
    await soon();
    ended++;
  };
  await expect(inGroups(broken(), { size: 1, atOnce: 3 }, work)).rejects.toThrow('the list');
  expect(ended).toBe(1);
});

test('no group is begun once it may not go on', async () => {
  let begun = 0;
  await inGroups(upTo(10), { size: 2, atOnce: 1, mayGoOn: () => begun < 2 }, async () => void begun++);
  expect(begun).toBe(2);
});
