import { expect, test } from '@jest/globals';
import { tabMemory, takeName } from '../../../lib/client/element/memory.ts';

const storage = () => {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
};
const sent = { id: 'a', version: 1, token: 'token', name: 'a.jpg', bytes: 5 };
const waiting = { name: 'b.jpg', bytes: 6 };

test('what is written is read again, with a ticket and without, and nothing is left of an empty list', () => {
  const kept = storage();
  const memory = tabMemory(() => kept, 'name');
  memory.write([sent, waiting]);
  expect(memory.read()).toEqual([sent, waiting]);
  memory.write([]);
  expect(kept.items.size).toBe(0);
});

test('what is not of this form is passed over', () => {
  const kept = storage();
  kept.setItem(
    'name',
    JSON.stringify([null, 1, { name: 'c' }, { ...waiting, id: 3 }, { ...waiting, id: 'x' }, waiting]),
  );
  expect(tabMemory(() => kept, 'name').read()).toEqual([waiting]);
  kept.setItem('name', 'no JSON');
  expect(tabMemory(() => kept, 'name').read()).toEqual([]);
});

test('elements of another page, id or name have a memory of their own, and so have two that look the same', () => {
  const pageOf = () => new Set<string>();
  const taken = pageOf();
  const names = [
    takeName(taken, ['https://a.example', '/one', '', '']),
    takeName(taken, ['https://a.example', '/one', '', '']),
    takeName(taken, ['https://a.example', '/one', 'id', '']),
    takeName(taken, ['https://a.example', '/one', '', 'pictures']),
    takeName(taken, ['https://a.example', '/two', '', '']),
  ];
  expect(new Set(names).size).toBe(5);
  const afterReload = pageOf();
  expect(takeName(afterReload, ['https://a.example', '/one', '', ''])).toBe(names[0]);
  expect(takeName(afterReload, ['https://a.example', '/one', '', ''])).toBe(names[1]);
});

test('a page that may keep nothing forgets, and goes on', () => {
  const memory = tabMemory(() => {
    throw new Error('SecurityError');
  }, 'name');
  memory.write([sent]);
  expect(memory.read()).toEqual([]);
});
