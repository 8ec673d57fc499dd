import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ServiceOptions, targetOf } from '../../lib/commands/service.ts';
import { journalFile } from '../../lib/commands/upload-journal.ts';
import { recordedShell } from '../support/recorded-shell.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const profiles = {
  shop: { url: 'https://shop.example/', key: 'the-key-of-the-shop' },
  open: { url: 'http://127.0.0.1:8787' },
};
const variables = { DARKROOM_URL: 'https://env.example', DARKROOM_API_KEY: 'the-key-of-the-environment' };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

const keep = (content: string, mode = 0o600): void => {
  mkdirSync(join(folder.path, 'darkroom'), { recursive: true });
  writeFileSync(join(folder.path, 'darkroom', 'profiles.json'), content, { mode });
};
/** The address that a command with these options calls, and the key that it sends. */
const calledBy = async (options: ServiceOptions): Promise<readonly (string | null)[]> => {
  const calls: (readonly (string | null)[])[] = [];
  const shell = recordedShell({ variables: { ...variables, XDG_CONFIG_HOME: folder.path } });
  const { service } = targetOf(shell, options, async (url, init) => {
    calls.push([new URL(String(url)).origin, new Headers(init?.headers).get('authorization')]);
    return Response.json({ items: [], nextCursor: null });
  });
  for await (const _ of service.images({ limit: 1 }));
  return calls[0] ?? [];
};

describe('--profile', () => {
  test('takes address and key from the file, and nothing from the environment', async () => {
    keep(JSON.stringify(profiles));
    expect(await calledBy({ profile: 'shop' })).toEqual(['https://shop.example', 'Bearer the-key-of-the-shop']);
    expect(await calledBy({ profile: 'open' })).toEqual(['http://127.0.0.1:8787', null]);
    expect(await calledBy({})).toEqual(['https://env.example', 'Bearer the-key-of-the-environment']);
  });

  test('gives way to a key on the command line', async () => {
    keep(JSON.stringify(profiles));
    expect(await calledBy({ profile: 'shop', key: 'another' })).toEqual(['https://shop.example', 'Bearer another']);
  });

  test.each([
    ['a name that the file does not have', { profile: 'other' }, 0o600, 'has no profile other. It has shop, open.'],
    ['a name of every object', { profile: 'constructor' }, 0o600, 'has no profile constructor'],
    ['a file that others may read', { profile: 'shop' }, 0o644, 'chmod 600'],
    ['an address beside it', { profile: 'shop', url: 'https://other.example' }, 0o600, 'Give --profile or --url'],
  ])('refuses %s, and says no key', async (_what, options, mode, sentence) => {
    keep(JSON.stringify(profiles), mode);
    await expect(calledBy(options)).rejects.toThrow(sentence);
    await expect(calledBy(options)).rejects.not.toThrow('the-key-of');
  });

  test('is found below the home folder where XDG_CONFIG_HOME is not set', async () => {
    mkdirSync(join(folder.path, '.config', 'darkroom'), { recursive: true });
    writeFileSync(join(folder.path, '.config', 'darkroom', 'profiles.json'), JSON.stringify(profiles), { mode: 0o600 });
    const shell = recordedShell({ variables, homeFolder: folder.path });
    expect(targetOf(shell, { profile: 'shop' }).url).toBe('https://shop.example');
  });

  test('may be read by others as long as it has no key', async () => {
    keep(JSON.stringify(profiles), 0o644);
    expect(await calledBy({ profile: 'open' })).toEqual(['http://127.0.0.1:8787', null]);
  });

  test('has a journal of its own for each address', () => {
    keep(JSON.stringify(profiles));
    const shell = recordedShell({ variables: { ...variables, XDG_CONFIG_HOME: folder.path } });
    const files = ['shop', 'open'].map((profile) => journalFile(shell, targetOf(shell, { profile }).url));
    expect(new Set(files).size).toBe(2);
  });

  test.each([
    '{',
    '[]',
    '{"shop":{"url":"https://shop.example","kee":"the-key-of-the-shop"}}',
    '{"shop":{"key":"the-key-of-the-shop"}}',
  ])('refuses a file with %s', async (content) => {
    keep(content);
    await expect(calledBy({ profile: 'shop' })).rejects.toThrow('cannot be read as a list of profiles');
  });
});
