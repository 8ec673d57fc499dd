import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import * as z from 'zod';
import { Unusable } from '../core/unusable.ts';

const wholeNumber = (from: number, to: number) =>
  z.coerce.number().int().min(from).max(to, `a whole number from ${from} to ${to}`);

/** The environment of the one-box home. A variable that is misspelt is refused, not ignored. */
const environment = z.strictObject({
  DARKROOM_DATA: z.string().min(1).default('.darkroom'),
  DARKROOM_HOST: z.string().min(1).default('127.0.0.1'),
  DARKROOM_PORT: wholeNumber(0, 65_535).default(8787),
  DARKROOM_PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'an address such as https://pictures.example' }).optional(),
  DARKROOM_WORKERS: wholeNumber(1, 64).default(Math.max(1, Math.floor(availableParallelism() / 2))),
  DARKROOM_LOG: z.enum(['info', 'warn', 'error']).default('warn'),
});

export type Settings = {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | undefined;
  readonly workers: number;
  readonly log: 'info' | 'warn' | 'error';
};

export const settingNames = Object.keys(environment.shape);

export const readSettings = (variables: Readonly<Record<string, string | undefined>>): Settings => {
  const ours = Object.entries(variables).filter(([name, value]) => name.startsWith('DARKROOM_') && value !== undefined);
  const parsed = environment.safeParse(Object.fromEntries(ours));
  if (!parsed.success) throw new Unusable(parsed.error.issues.flatMap(complaints).join('\n'));
  const { DARKROOM_DATA, DARKROOM_HOST, DARKROOM_PORT, DARKROOM_PUBLIC_URL, DARKROOM_WORKERS, DARKROOM_LOG } =
    parsed.data;
  if (['0.0.0.0', '::'].includes(DARKROOM_HOST) && DARKROOM_PUBLIC_URL === undefined)
    throw new Unusable(
      `DARKROOM_HOST is ${DARKROOM_HOST}, which is no address that a browser can open. Set DARKROOM_PUBLIC_URL to the one under which people reach this machine.`,
    );
  return {
    data: resolve(DARKROOM_DATA),
    host: DARKROOM_HOST,
    port: DARKROOM_PORT,
    publicUrl: DARKROOM_PUBLIC_URL?.replace(/\/+$/, ''),
    workers: DARKROOM_WORKERS,
    log: DARKROOM_LOG,
  };
};

const complaints = (issue: z.core.$ZodIssue): string[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => `${key} is not a setting. The settings are ${settingNames.join(', ')}.`)
    : [`${issue.path.join('.')} cannot be used: ${issue.message}.`];
