import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { CommandEnd, type Shell } from './shell.ts';

/** A service by its name: its address, and the key for it. */
export type Profile = { readonly url: string; readonly key?: string | undefined };

const profiles = z.record(z.string(), z.strictObject({ url: z.string(), key: z.string().min(1).optional() }));

export const profilesFile = ({ variables, homeFolder }: Pick<Shell, 'variables' | 'homeFolder'>): string =>
  join(variables.XDG_CONFIG_HOME || join(homeFolder, '.config'), 'darkroom', 'profiles.json');

/** A sentence about a profile never holds its key. */
export const profileOf = (shell: Shell, name: string): Profile => {
  const file = profilesFile(shell);
  const found = readProfiles(file);
  const profile = Object.hasOwn(found, name) ? found[name] : undefined;
  if (profile === undefined)
    throw new CommandEnd(
      'misused',
      `${file} has no profile ${name}. It has ${Object.keys(found).join(', ') || 'none'}.`,
    );
  // Windows has no such bits.
  if (profile.key !== undefined && process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new CommandEnd('failed', `${file} holds keys, and other users may read it. Run: chmod 600 ${file}`);
  return profile;
};

const readProfiles = (file: string): z.output<typeof profiles> => {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    content = undefined;
  }
  const { data } = profiles.safeParse(content);
  if (data) return data;
  throw new CommandEnd(
    'failed',
    `${file} cannot be read as a list of profiles, such as {"shop":{"url":"https://api.example","key":"…"}}.`,
  );
};
