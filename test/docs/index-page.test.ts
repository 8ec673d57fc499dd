import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md') && name !== 'README.md');
const targetsIn = (text: string) => [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = '']) => target);

test('the index names every page', () => {
  expect(
    targetsIn(read('docs/README.md'))
      .filter((target) => target !== '../README.md')
      .sort(),
  ).toEqual(pages.sort());
});

test('llms.txt names every page, and no other', () => {
  const targets = targetsIn(read('llms.txt'));
  expect(targets.filter((target) => !existsSync(join(root, target)))).toEqual([]);
  expect(targets.sort()).toEqual(['README.md', ...['README.md', ...pages].map((name) => `docs/${name}`)].sort());
});

test('every figure of docs/choosing.md is one of docs/performance.md', () => {
  const [, rows = ''] = read('docs/choosing.md').split('| question | figure | measured |');
  const figures = rows.split('\n').flatMap((row) => (row.includes('| 2026-') ? [row.split('|')[2]?.trim() ?? ''] : []));
  expect(figures.length).toBeGreaterThan(3);
  const measured = read('docs/performance.md');
  for (const figure of figures.map((text) => text.replace(' of it', ''))) expect(measured).toContain(figure);
});
