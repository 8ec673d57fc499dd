import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { permissionsOf, permissionsPage } from '../../docs/permissions.ts';
import { synthesised } from '../infra/synthesised.ts';

const made = synthesised();

test('docs/permissions.md says what the stack permits', () => {
  const page = readFileSync(new URL('../../docs/permissions.md', import.meta.url), 'utf8');
  // `node docs/permissions.ts` writes it again.
  expect(page).toBe(permissionsPage(made));
});

test('only a deletion, the audit and the sweep delete originals', () => {
  const deleting = permissionsOf(made).filter(
    ({ place, action }) => place === 'originals (bucket)' && action.startsWith('s3:Delete'),
  );
  expect(deleting.map((permission) => permission.function).sort()).toEqual(['api', 'chores']);
});

test('no function may delete a version of an object, or change who may do what', () => {
  const actions = new Set(permissionsOf(made).map(({ action }) => action));
  expect([...actions].filter((action) => /ObjectVersion|^iam:|\*|Policy$/.test(action))).toEqual([]);
});
