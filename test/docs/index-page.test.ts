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

const squeezed = (row: string) => row.replaceAll(/ +/g, ' ');

test('every figure of docs/choosing.md is one of docs/performance.md', () => {
  const [, figuresAndCosts = ''] = read('docs/choosing.md').split('\n## Figures\n');
  const [section = ''] = figuresAndCosts.split('\n## ');
  const [answers = [], ...others] = section
    .split(/\n(?!\|)/)
    .map((block) => block.split('\n').filter((row) => row.startsWith('|')))
    .filter((rows) => rows.length > 0);
  const measured = read('docs/performance.md');
  const figures = answers.filter((row) => row.includes('| 2026-')).map((row) => row.split('|')[2]?.trim() ?? '');
  expect(figures).toHaveLength(3);
  for (const figure of figures) expect(measured).toContain(figure.replace(' of it', ''));
  // Whole rows are copied, so that no figure stands beside another tool.
  const rows = new Set(measured.split('\n').map(squeezed));
  expect(others).toHaveLength(2);
  for (const [heading = '', , ...body] of others) {
    expect(body.length).toBeGreaterThan(4);
    expect([heading, ...body].filter((row) => !rows.has(squeezed(row)))).toEqual([]);
  }
});
