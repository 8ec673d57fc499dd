import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const [, ...sections] = read('docs/decisions.md').split(/^(?=<a id=)/m);
const names = sections.map((section) => /^<a id="([a-z-]+)"><\/a>\n\n## /.exec(section)?.[1]);

const links = globSync('{bin,functions,lib,package}/**/*.{ts,js}', { cwd: root })
  .filter((path) => !path.startsWith('lib/web/'))
  .flatMap((path) =>
    [...read(path).matchAll(/docs\/decisions\.md(?:#([\w-]+))?/g)].map(([, name]) => ({ path, name })),
  );

describe('docs/decisions.md', () => {
  test('gives every decision a name and a date', () => {
    expect(names).toHaveLength(read('docs/decisions.md').match(/^## /gm)?.length ?? 0);
    expect(new Set(names).size).toBe(names.length);
    for (const section of sections)
      expect(section).toMatch(/^<a id="[a-z-]+"><\/a>\n\n## .+\n\n\*20\d\d-\d\d-\d\d\*\n/);
  });

  test('has every decision that the code links to', () => {
    expect(links.filter(({ name }) => !names.includes(name))).toEqual([]);
  });

  test('holds no decision that no code links to', () => {
    const linked = new Set(links.map(({ name }) => name));
    expect(names.filter((name) => !linked.has(name))).toEqual([]);
  });
});
