import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { apiErrors, failures } from '../../lib/core/errors.ts';
import { clientErrors } from '../support/client-errors.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');

/** The rows of the table under a heading, each as its cells. */
const rowsUnder = (heading: string): string[][] => {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [body = ''] = section.split('\n## ');
  return [...body.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)].map(([, code = '', rest = '']) => [
    code,
    ...rest.split(' | ').map((cell) => cell.trim()),
  ]);
};

describe.each([
  ['A refused request', Object.keys(apiErrors)],
  ['A failed version', Object.keys(failures)],
  ['In the client', clientErrors],
])('docs/errors.md, %s', (heading, codes) => {
  test('has one row for every code, and for no other', () => {
    expect(
      rowsUnder(heading)
        .map(([code]) => code)
        .sort(),
    ).toEqual(codes.toSorted());
  });

  test.each(codes)('says of %s when it happens and what to do', (code) => {
    const cells = rowsUnder(heading).find(([first]) => first === code) ?? [];
    const [when = '', advice = ''] = cells.slice(-2);
    for (const sentence of [when, advice]) expect(sentence).toMatch(/^[A-Z].{15,}\.$/);
  });
});

test.each(Object.entries(apiErrors))('docs/errors.md gives %s its status', (code, { status }) => {
  expect(rowsUnder('A refused request').find(([first]) => first === code)?.[1]).toBe(String(status));
});

test('docs/errors.md shows a problem as it is really answered', () => {
  const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
  expect(example).toMatchObject({ ...apiErrors['invalid-request'], code: 'invalid-request' });
});

/** Tests and the cases that they run; not those that only walk through the tables of codes. */
const tests = globSync('test/**/*.ts', { cwd: root })
  .filter((path) => !/core.errors\.test|errors-page\.test|client-errors|test.openapi/.test(path))
  .map((path) => readFileSync(join(root, path), 'utf8'))
  .join('\n');

test.each([...Object.keys({ ...apiErrors, ...failures }), ...clientErrors])('some test names %s', (code) => {
  expect(tests).toContain(`'${code}'`);
});
