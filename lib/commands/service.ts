import type { Command } from 'commander';
import type { Fetch } from '../client/call.ts';
import { type Darkroom, darkroom } from '../client/darkroom.ts';
import { DarkroomError } from '../client/error.ts';
import { addressVariable } from '../local/settings.ts';
import { profileOf } from './profiles.ts';
import { CommandEnd, type Shell } from './shell.ts';

const usualUrl = 'http://127.0.0.1:8787';

export type ServiceOptions = {
  readonly url?: string;
  readonly key?: string;
  readonly profile?: string;
  readonly json?: true;
};

export const withService = (command: Command): Command =>
  command
    .option('--url <address>', `address of the service (default: ${addressVariable}, or ${usualUrl})`)
    .option('--key <key>', 'API key (default: DARKROOM_API_KEY, which other users of this machine cannot see)')
    .option('--profile <name>', 'address and key of this name in profiles.json, instead of the environment')
    .option('--json', 'print one JSON object per line');

export type Target = { readonly url: string; readonly service: Darkroom };

export const targetOf = (shell: Shell, options: ServiceOptions, fetch?: Fetch): Target => {
  if (options.profile !== undefined && options.url !== undefined)
    throw new CommandEnd('misused', 'A profile has an address already. Give --profile or --url.');
  const profile = options.profile === undefined ? undefined : profileOf(shell, options.profile);
  const url = (options.url ?? profile?.url ?? shell.variables[addressVariable] ?? usualUrl).replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url))
    throw new CommandEnd(
      'misused',
      `${url} is not an address. Give one such as https://api.example by --url or ${addressVariable}.`,
    );
  const { username, password } = new URL(url);
  if (username !== '' || password !== '')
    throw new CommandEnd(
      'misused',
      'The address holds a user or a password, which Darkroom does not know. Leave them out, and give the API key by --key.',
    );
  // A service that was started from the same environment takes a list.
  const usualKey = () => shell.variables.DARKROOM_API_KEY?.split(',')[0]?.trim();
  // The key of the environment is for the address of the environment.
  const key = options.key ?? (profile ? profile.key : usualKey());
  // A copy with the mark of a page in it, such as an ellipsis: no request can carry it.
  if (key !== undefined && /[^\x20-\x7e]/.test(key.trim()))
    throw new CommandEnd(
      'misused',
      'The API key holds a character that no key has. Give it by --key or DARKROOM_API_KEY as it was printed.',
    );
  return { url, service: darkroom({ url, key, ...(fetch && { fetch }) }) };
};

/** Trouble that every other call would have too; undefined if only this call failed. */
export const endOf = (url: string, error: unknown): CommandEnd | undefined => {
  if (!(error instanceof DarkroomError)) return undefined;
  const sentence = sentences[error.code]?.(url, error);
  return sentence === undefined ? undefined : new CommandEnd('unreachable', sentence, { cause: error });
};

const sentences: Partial<Record<DarkroomError['code'], (url: string, error: DarkroomError) => string>> = {
  unreachable: (url) =>
    `No service answers at ${url}. Start one with "darkroom serve", or name another address by --url or ${addressVariable}.`,
  'unexpected-answer': (url, { status }) =>
    `${url} answers (${status}), but not as Darkroom does. Name the address of the API by --url or ${addressVariable}.`,
  unauthorized: (url) => `${url} wants a valid API key. Set DARKROOM_API_KEY to one, or give it by --key.`,
};

/**
 * Runs calls of the API; what the service refuses ends the command with a sentence that names the address. `ifMissing` says
 * what to do where there is nothing under an id.
 */
export const asking = async <T>(
  { url }: Target,
  calls: () => Promise<T>,
  ifMissing = 'Run "darkroom list" for the images that are there, or name another service by --url.',
): Promise<T> => {
  try {
    return await calls();
  } catch (error) {
    const end = endOf(url, error);
    if (end) throw end;
    if (!(error instanceof DarkroomError)) throw error;
    const advice = error.code === 'not-found' ? ` ${ifMissing}` : '';
    throw new CommandEnd('failed', `${url}: ${sentenceOfError(error)}${advice}`, { cause: error });
  }
};

export const sentenceOfError = ({ message, fields }: DarkroomError): string =>
  [message, ...fields.map((field) => `${field.path}: ${field.message}.`)].join(' ');
