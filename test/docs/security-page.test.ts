import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { securityCases } from '../system/conformance/security.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
const rows = page
  .slice(page.indexOf('## Threats'), page.indexOf('## Hostile'))
  .split('\n')
  .filter((line) => line.startsWith('| '));

test('every threat names what stops it, and a test that exists', () => {
  const threats = rows.slice(1).map((row) => row.split('|').map((cell) => cell.trim()));
  expect(threats.length).toBeGreaterThan(20);
  for (const [, threat, stops, shown = ''] of threats) {
    expect([threat, stops]).not.toContain('');
    const files = [...shown.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  }
});

test('the page says how many cases test a Darkroom from outside', () => {
  expect(page).toContain(`tries ${securityCases.length} things`);
});

test('neither the unit of systemd nor the container leaves a core dump, in which the secrets would be', () => {
  expect(readFileSync(join(root, 'deploy/darkroom.service'), 'utf8')).toMatch(/^LimitCORE=0$/m);
  expect(readFileSync(join(root, 'deploy/compose.yml'), 'utf8')).toMatch(/^ +ulimits: \{ core: 0 \}$/m);
});
