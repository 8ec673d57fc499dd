import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { sources } from '../../lib/infra/function-sources.ts';

const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| [`functions/'));

test('the table of functions has a row for each function', () => {
  const named = rows.map((row) => /^\| \[`functions\/([\w-]+\.ts)`\]/.exec(row)?.[1]);
  expect(named.sort()).toEqual(Object.values(sources).sort());
});

test.each(rows)('starts the steps that it names: %s', (row) => {
  const handlers = [...row.matchAll(/\((\.\.\/lib\/(?:handlers|work)\/[\w-]+\.ts)\)/g)].map(([, path]) =>
    readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8'),
  );
  expect(handlers.length).toBeGreaterThan(0);
  for (const [, step] of row.matchAll(/\(\.\.\/lib\/pipeline\/([\w/-]+\.ts)\)/g))
    expect(handlers.join()).toContain(`pipeline/${step}`);
});
