import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { librariesOfVips, notice, shippedPackages } from '../../package/notice.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'NOTICE'), 'utf8').replaceAll('\r\n', '\n');

/** The names above a text, between two lines. */
const titles = [...text.matchAll(/^-{80}\n(.+)\n-{80}\n\n(?=\S)/gm)].flatMap(([, title = '']) => title.split(', '));

describe('NOTICE', () => {
  test('is what `npm run notice` makes of the installed packages', () => {
    expect(notice() === text).toBe(true);
  });

  test('has the licence of every package that is shipped', () => {
    const shipped = [...shippedPackages().keys()];
    expect(shipped).toEqual(expect.arrayContaining(['sharp', 'zod', '@middy/core', 'prom-client', 'thumbhash']));
    expect(shipped.filter((name) => !titles.includes(name))).toEqual([]);
  });

  test('has the licence of every library in the package of libvips', () => {
    const folder = ['x64', 'arm64']
      .map((cpu) => join(root, 'node_modules/@img', `sharp-libvips-linux-${cpu}`, 'README.md'))
      .find((path) => existsSync(path));
    // On other systems the package of libvips is another one, with the same libraries.
    const listed = folder === undefined ? '' : readFileSync(folder, 'utf8');
    const named = [...listed.matchAll(/^\| ([a-z0-9-]+) +\|/gm)].map(([, name = '']) => name);
    expect(named.length).toBe(folder === undefined ? 0 : Object.keys(librariesOfVips).length);
    expect([...named, ...Object.keys(librariesOfVips)].filter((name) => !titles.includes(name))).toEqual([]);
  });

  test.each(['GNU LESSER GENERAL PUBLIC LICENSE', 'GNU GENERAL PUBLIC LICENSE', 'Independent JPEG Group', 'thiserror'])(
    'speaks of %s',
    (words) => {
      expect(text).toContain(words);
    },
  );
});
