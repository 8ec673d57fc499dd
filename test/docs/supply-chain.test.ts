import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
type Locked = { integrity?: string; inBundle?: boolean; hasInstallScript?: boolean; dev?: boolean; license?: string };
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
const locked = Object.entries(packages).filter(([path]) => path !== '');
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** What packages that are shipped may be under. test/package/notice.test.ts looks for their texts. */
const allowed = ['MIT', 'MIT-0', 'ISC', '0BSD', 'Apache-2.0', 'LGPL-3.0-or-later'];

test('every package has a digest in the lock file', () => {
  expect(locked.length).toBeGreaterThan(100);
  expect(locked.filter(([, { integrity, inBundle }]) => !integrity && !inBundle).map(([path]) => path)).toEqual([]);
});

test('every package is pinned to one version', () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('no package runs a script when it is installed', () => {
  const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path));
  const shipped = locked.filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev);
  expect(shipped).toEqual([]);
  // `@parcel/watcher` is optional, and is not installed here.
  const forbidden = Object.entries(manifest.allowScripts ?? {}).filter(([, allowed]) => String(allowed) === 'false');
  expect(scripted.filter((name) => name !== '@parcel/watcher').sort()).toEqual(forbidden.map(([name]) => name).sort());
});

test('packages that are shipped are under licences that are allowed', () => {
  const used = new Set(
    locked.filter(([, { dev }]) => !dev).flatMap(([, { license = 'none' }]) => license.split(' AND ')),
  );
  expect([...used].filter((licence) => !allowed.includes(licence))).toEqual([]);
});
