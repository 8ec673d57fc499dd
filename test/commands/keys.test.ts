import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keysCommand } from '../../lib/commands/keys.ts';
import { findKey } from '../../lib/core/api-keys.ts';
import { readSettings } from '../../lib/local/settings.ts';
import { type RecordedShell, recordedShell } from '../support/recorded-shell.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;
let shell: RecordedShell;
beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder.path, 'keys.json');
  shell = recordedShell();
});
afterEach(() => folder.remove());

const keys = async (command: string, ...args: string[]): Promise<string> => {
  shell.clear();
  await keysCommand(shell).parseAsync([command, '--file', file, ...args], { from: 'user' });
  return shell.stdout();
};
const grantOf = (key: string) =>
  findKey(readSettings({ DARKROOM_KEYS: readFileSync(file, 'utf8') }).keys, key.trim())?.grant;

describe('darkroom keys', () => {
  test('makes a key that a service takes, with its rights, and keeps only its hash', async () => {
    const all = await keys('make', '--name', 'all');
    const shop = await keys('make', '--name', 'shop', '--rights', 'upload', 'read', '--collections', 'shop-');
    expect(all).toMatch(/^\S{32,}\n$/);
    expect(shop).not.toBe(all);
    expect(grantOf(all)).toEqual({ rights: ['upload', 'read', 'manage'] });
    expect(grantOf(shop)).toEqual({ rights: ['upload', 'read'], collections: ['shop-'] });
    const kept = readFileSync(file, 'utf8');
    for (const key of [all, shop]) expect(kept).not.toContain(key.trim());
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('lists names, hashes and rights, of entries without a name too', async () => {
    const plain = 'a'.repeat(64);
    writeFileSync(file, JSON.stringify([plain]));
    await keys('make', '--name', 'shop', '--rights', 'read', '--collections', 'a-', 'b-');
    const [first, second] = (await keys('list')).split('\n');
    expect(first?.split('\t')).toEqual(['-', 'aaaaaaaaaaaa', 'upload,read,manage', 'all']);
    expect(second?.split('\t')).toEqual(['shop', expect.stringMatching(/^[0-9a-f]{12}$/), 'read', 'a-*,b-*']);
    const json = (await keys('list', '--json')).trim().split('\n');
    const made = JSON.parse(await keys('make', '--name', 'made', '--json'));
    expect([made.name, grantOf(made.key)]).toEqual(['made', { rights: ['upload', 'read', 'manage'] }]);
    expect(JSON.parse(await keys('revoke', 'made', '--json'))).toEqual({ revoked: 'made' });
    expect(json.map((line) => JSON.parse(line))).toMatchObject([{ sha256: plain }, { name: 'shop', rights: ['read'] }]);
  });

  test('revokes a key by its name or its hash, and no other', async () => {
    const [one, two, three] = [
      await keys('make', '--name', 'one'),
      await keys('make', '--name', 'two'),
      await keys('make', '--name', 'three'),
    ];
    await keys('revoke', 'two');
    const last = (await keys('list')).trim().split('\n').at(-1) ?? '';
    await keys('revoke', last.split('\t')[1] ?? '');
    expect([one, two, three].map((key) => grantOf(key) !== undefined)).toEqual([true, false, false]);
  });

  test.each([
    ['a name that is taken', ['make', '--name', 'shop'], 'already'],
    ['a key that is not there', ['revoke', 'other'], 'has no key other'],
    ['too few digits of a hash', ['revoke', 'aaaaaaa'], 'has no key'],
    ['digits of several keys', ['revoke', 'aaaaaaaa'], 'has 2 keys'],
  ])('refuses %s, and leaves the file as it is', async (_what, [command = '', ...args], sentence) => {
    const before = JSON.stringify([
      `${'a'.repeat(63)}0`,
      `${'a'.repeat(63)}1`,
      { name: 'shop', sha256: 'b'.repeat(64), rights: ['read'] },
    ]);
    writeFileSync(file, before);
    await expect(keys(command, ...args)).rejects.toThrow(sentence);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test.each(['{', '[{"sha256":"short"}]', '{}'])('refuses a file that holds %s', async (content) => {
    writeFileSync(file, content);
    await expect(keys('make', '--name', 'shop')).rejects.toThrow('is not a list of keys');
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  test('says so when the file to list is missing', async () => {
    await expect(keys('list')).rejects.toThrow('cannot be read');
  });
});
