import { expect, test } from '@jest/globals';
import { takeSetBefore } from '../../../lib/client/element/set-before.ts';

/** An element that a page has made before its class came: the class is given to what is there already. */
const upgraded = (page: object) => {
  class Upgrade {
    constructor() {
      // biome-ignore lint/correctness/noConstructorReturn: as HTMLElement returns the element of the document
      return page as Upgrade;
    }
  }
  class Box extends Upgrade {
    readonly #before = takeSetBefore(this, ['field', 'words']);
    field: string | undefined;
    #words = 'usual';
    constructor() {
      super();
      Object.assign(this, this.#before);
    }
    get words() {
      return `${this.#words} words`;
    }
    set words(words: string) {
      this.#words = words;
    }
  }
  Object.setPrototypeOf(page, Box.prototype);
  return new Box();
};

test('what was set before the class came holds, in fields and by way of setters', () => {
  expect(upgraded({ field: 'set', words: 'own', other: 1 })).toMatchObject({
    field: 'set',
    words: 'own words',
    other: 1,
  });
});

test('what was not set has its usual value', () => {
  const box = upgraded({});
  expect([box.field, box.words, Object.keys(box)]).toEqual([undefined, 'usual words', ['field']]);
});
