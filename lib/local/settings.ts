import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import * as z from 'zod';
import { storedKeys } from '../contract/api-keys.ts';
import { hashOfKey } from '../core/api-keys.ts';
import type { StoredKey } from '../core/grants.ts';
import { Unusable } from '../core/unusable.ts';
import { isLoopback } from './access.ts';
import { isInsideNetwork } from './inside-network.ts';
import type { ConnectionLimits } from './limited-server.ts';
import { renderBudgetMb } from './render-budget.ts';
import { type SandboxMode, sandboxModes } from './walls.ts';

/** Digits only: to JavaScript an empty text is the number 0, which would be a free port, or no room that is kept. */
const wholeNumber = (from: number, to: number) => {
  const error = `a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, error)
    .transform(Number)
    .pipe(z.number().min(from, error).max(to, error));
};

const list = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const secret = z.string().regex(/^[\x21-\x7e]{16,}$/, 'at least 16 visible ASCII characters, such as 32 random ones');

/** Base64 of 24 to 64 bytes, as Standard Webhooks wants it. */
const webhookSecret = secret.refine((text) => !text.startsWith('whsec_') || isKey(text.slice('whsec_'.length)), {
  error: 'whsec_ and the base64 of 24 to 64 random bytes, such as `echo whsec_$(openssl rand -base64 32)` prints',
});
const isKey = (base64: string): boolean => {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === base64;
};
const webhookSecrets = z.string().transform(list).pipe(z.array(webhookSecret).min(1, 'at least one secret'));

const keys = z.string().transform(list).pipe(z.array(secret).min(1, 'at least one key'));

/** Keys with rights of their own, as hashes: the same JSON that the AWS home keeps in its secret. */
const hashedKeys = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'a JSON list such as [{"sha256":"…","rights":["upload"]}]' });
      return z.NEVER;
    }
  })
  .pipe(storedKeys);

/** No `*`: an API to which every page on the web may write is never intended. */
const origin = z
  .string()
  .refine(
    (text) => /^https?:[^*]+$/.test(text) && URL.parse(text)?.origin === text,
    'origins such as https://app.example, separated by commas; each written out, without a path and without *',
  );
const origins = z.string().transform(list).pipe(z.array(origin));

const webhookUrl = z
  .url({ protocol: /^https?$/, error: 'an address such as https://app.example/hooks/darkroom' })
  .refine((url) => URL.parse(url)?.username === '' && URL.parse(url)?.password === '', {
    error: 'an address without a user and a password; the signature says who is calling',
  });

const purgeUrl = z
  .url({ protocol: /^https?$/, error: 'an address such as http://127.0.0.1:9100/purge' })
  .refine((url) => URL.parse(url)?.username === '' && URL.parse(url)?.password === '', {
    error: 'an address without a user and a password; the secret says who is calling',
  });

/** The prefix of every path that we hand out, URL-encoded: a space in it would end a candidate of a srcset. */
const publicUrl = z
  .url({ protocol: /^https?$/, error: 'an address such as https://pictures.example' })
  .refine((url) => /^[^?#]*$/.test(url), { error: 'an address such as https://pictures.example, without ? and #' })
  .transform((url) => new URL(url).href.replace(/\/+$/, ''));

/** Where the objects are, if not in the data folder: a bucket, and what their keys begin with there. */
const objects = z
  .string()
  .regex(
    /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\/?$/,
    'a bucket, and a path in it if you like, such as s3://pictures or s3://pictures/darkroom',
  )
  .transform((text) => text.replace(/\/$/, ''));

/** The environment of the one-box home. A variable that is misspelt is refused, not ignored. */
const environment = z.strictObject({
  DARKROOM_DATA: z.string().min(1, 'the path of a folder').default('.darkroom'),
  DARKROOM_HOST: z.string().min(1, 'an address of this machine').default('127.0.0.1'),
  DARKROOM_PORT: wholeNumber(0, 65_535).default(8787),
  DARKROOM_PUBLIC_URL: publicUrl.optional(),
  DARKROOM_OBJECTS: objects.optional(),
  DARKROOM_OBJECTS_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'an address such as https://objects.example' })
    .optional(),
  DARKROOM_PICTURES_URL: publicUrl.optional(),
  DARKROOM_API_KEY: keys.optional(),
  DARKROOM_METRICS_KEY: secret.optional(),
  DARKROOM_KEYS: hashedKeys.optional(),
  DARKROOM_ALLOWED_ORIGINS: origins.optional(),
  DARKROOM_TICKETS_PER_MINUTE: wholeNumber(1, 1_000_000).default(600),
  DARKROOM_WRONG_KEYS_PER_MINUTE: wholeNumber(1, 1_000_000).default(60),
  DARKROOM_MAX_CONNECTIONS: wholeNumber(1, 100_000).default(1000),
  DARKROOM_HEADER_SECONDS: wholeNumber(1, 600).default(15),
  DARKROOM_IDLE_SECONDS: wholeNumber(1, 3600).default(30),
  DARKROOM_MIN_BYTES_PER_SECOND: wholeNumber(0, 1_000_000_000).default(4096),
  DARKROOM_WEBHOOK_URL: webhookUrl.optional(),
  DARKROOM_WEBHOOK_SECRET: webhookSecrets.optional(),
  DARKROOM_WEBHOOK_PRIVATE: z.enum(['allow', 'refuse']).default('refuse'),
  DARKROOM_PURGE_URL: purgeUrl.optional(),
  DARKROOM_PURGE_SECRET: secret.optional(),
  DARKROOM_WORKERS: wholeNumber(1, 64).default(Math.max(1, Math.floor(availableParallelism() / 2))),
  DARKROOM_RENDER_MEMORY_MB: wholeNumber(256, 1_000_000).optional(),
  DARKROOM_LITTLE_MEMORY: z.enum(['on', 'off']).default('off'),
  DARKROOM_SANDBOX: z.enum(sandboxModes).default('auto'),
  DARKROOM_STOP_SECONDS: wholeNumber(1, 3600).default(20),
  DARKROOM_QUEUE_SIZE: wholeNumber(1, 10_000_000).default(10_000),
  DARKROOM_KEEP_FREE_MB: wholeNumber(0, 1_000_000_000).default(500),
  DARKROOM_LOG: z.enum(['info', 'warn', 'error']).default('warn'),
});
type Environment = z.output<typeof environment>;

/** `s3://bucket/path`, and the address of a store that is not AWS. */
export type ObjectsPlace = { readonly place: string; readonly endpoint: string | undefined };

export type Settings = {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | undefined;
  /** The bucket that holds originals and variants; undefined if the data folder does. */
  readonly objects: ObjectsPlace | undefined;
  /** Where people fetch variants, if not from this service. */
  readonly picturesUrl: string | undefined;
  /** Only hashes are kept. Without keys every caller that reaches the service may call it. */
  readonly keys: readonly StoredKey[];
  /** Of the key that opens the metrics and nothing else. */
  readonly metricsKeyHash: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly ticketsPerMinute: number;
  readonly wrongKeysPerMinute: number;
  readonly connections: ConnectionLimits;
  readonly webhook:
    | { readonly url: string; readonly secrets: readonly string[]; readonly mayBeInside: boolean }
    | undefined;
  /** The receiver that invalidates the CDN after deletions. */
  readonly purge: { readonly url: string; readonly secret: string } | undefined;
  readonly workers: number;
  /** The machine has some 256 MB: all that is quick because it is kept in memory is slower instead. */
  readonly hasLittleMemory: boolean;
  /** What takes a renderer more memory is refused before it is decoded. */
  readonly renderMemoryBytes: number;
  /** Whether walls of the system stand around renderers. */
  readonly sandbox: SandboxMode;
  /** How long renders under way may take to end when the service is asked to stop. */
  readonly stopMs: number;
  /** With this many waiting tasks, uploads are refused. */
  readonly queueSize: number;
  /** With less free space, uploads are refused. */
  readonly keepFreeBytes: number;
  readonly log: 'info' | 'warn' | 'error';
};

export const settingNames = Object.keys(environment.shape);

/** The defaults. */
export const settingDefaults = (): Readonly<Record<string, unknown>> => environment.parse({});

/** The address of a service, for the commands; it may be set in the shell that starts one. */
export const addressVariable = 'DARKROOM_URL';

export const readSettings = (variables: Readonly<Record<string, string | undefined>>): Settings => {
  const ours = Object.entries(variables).filter(
    ([name, value]) => name.startsWith('DARKROOM_') && name !== addressVariable && value !== undefined,
  );
  const parsed = environment.safeParse(Object.fromEntries(ours));
  if (!parsed.success) throw new Unusable(parsed.error.issues.flatMap(complaints).join('\n'));
  const { data: env } = parsed;
  const contradiction = contradictions(env)[0];
  if (contradiction !== undefined) throw new Unusable(contradiction);
  return {
    data: resolve(env.DARKROOM_DATA),
    host: env.DARKROOM_HOST,
    port: env.DARKROOM_PORT,
    publicUrl: env.DARKROOM_PUBLIC_URL,
    objects: objectsOf(env),
    picturesUrl: env.DARKROOM_PICTURES_URL,
    keys: [...(env.DARKROOM_API_KEY ?? []).map(hashOfKey), ...(env.DARKROOM_KEYS ?? [])],
    metricsKeyHash: env.DARKROOM_METRICS_KEY === undefined ? undefined : hashOfKey(env.DARKROOM_METRICS_KEY),
    allowedOrigins: env.DARKROOM_ALLOWED_ORIGINS ?? [],
    ticketsPerMinute: env.DARKROOM_TICKETS_PER_MINUTE,
    wrongKeysPerMinute: env.DARKROOM_WRONG_KEYS_PER_MINUTE,
    connections: {
      most: env.DARKROOM_MAX_CONNECTIONS,
      headerMs: env.DARKROOM_HEADER_SECONDS * 1000,
      idleMs: env.DARKROOM_IDLE_SECONDS * 1000,
      minBytesPerSecond: env.DARKROOM_MIN_BYTES_PER_SECOND,
    },
    webhook: webhookOf(env),
    purge: purgeOf(env),
    workers: env.DARKROOM_WORKERS,
    hasLittleMemory: env.DARKROOM_LITTLE_MEMORY === 'on',
    renderMemoryBytes: (env.DARKROOM_RENDER_MEMORY_MB ?? renderBudgetMb(env.DARKROOM_WORKERS)) * 1024 * 1024,
    sandbox: env.DARKROOM_SANDBOX,
    stopMs: env.DARKROOM_STOP_SECONDS * 1000,
    queueSize: env.DARKROOM_QUEUE_SIZE,
    keepFreeBytes: env.DARKROOM_KEEP_FREE_MB * 1024 * 1024,
    log: env.DARKROOM_LOG,
  };
};

const objectsOf = ({ DARKROOM_OBJECTS: place, DARKROOM_OBJECTS_ENDPOINT: endpoint }: Environment) =>
  place === undefined ? undefined : { place, endpoint };

const webhookOf = (env: Environment): Settings['webhook'] => {
  const { DARKROOM_WEBHOOK_URL: url, DARKROOM_WEBHOOK_SECRET: secrets } = env;
  if (url === undefined || secrets === undefined) return undefined;
  return { url, secrets, mayBeInside: env.DARKROOM_WEBHOOK_PRIVATE === 'allow' };
};

const purgeOf = ({ DARKROOM_PURGE_URL: url, DARKROOM_PURGE_SECRET: secret }: Environment): Settings['purge'] =>
  url === undefined || secret === undefined ? undefined : { url, secret };

/** Settings that are valid alone but not together. */
const contradictions = (env: Environment): string[] => {
  const host = env.DARKROOM_HOST;
  const found: (string | false)[] = [
    ['0.0.0.0', '::'].includes(host) &&
      env.DARKROOM_PUBLIC_URL === undefined &&
      `DARKROOM_HOST is ${host}, which is no address that a browser can open. Set DARKROOM_PUBLIC_URL to the one under which people reach this machine.`,
    !isLoopback(host) &&
      env.DARKROOM_API_KEY === undefined &&
      (env.DARKROOM_KEYS ?? []).length === 0 &&
      `DARKROOM_HOST is ${host}, where others can reach this service, and nothing keeps them out. Set DARKROOM_API_KEY to a secret of at least 16 characters, or leave DARKROOM_HOST at 127.0.0.1.`,
    env.DARKROOM_METRICS_KEY !== undefined &&
      env.DARKROOM_API_KEY === undefined &&
      'DARKROOM_METRICS_KEY protects nothing while callers need no key. Set DARKROOM_API_KEY too, or remove it.',
    env.DARKROOM_OBJECTS === undefined &&
      env.DARKROOM_OBJECTS_ENDPOINT !== undefined &&
      'DARKROOM_OBJECTS_ENDPOINT does nothing by itself. Set DARKROOM_OBJECTS to the bucket, or remove it.',
    env.DARKROOM_WEBHOOK_URL !== undefined &&
      env.DARKROOM_WEBHOOK_SECRET === undefined &&
      'DARKROOM_WEBHOOK_URL is set, but nothing would prove to its receiver who is calling. Set DARKROOM_WEBHOOK_SECRET to a secret of at least 16 characters that the receiver knows too.',
    env.DARKROOM_WEBHOOK_URL === undefined &&
      env.DARKROOM_WEBHOOK_SECRET !== undefined &&
      'DARKROOM_WEBHOOK_SECRET does nothing by itself. Set DARKROOM_WEBHOOK_URL too, or remove it.',
    env.DARKROOM_WEBHOOK_URL !== undefined &&
      env.DARKROOM_WEBHOOK_PRIVATE === 'refuse' &&
      isInsideNetwork(new URL(env.DARKROOM_WEBHOOK_URL).hostname) &&
      'DARKROOM_WEBHOOK_URL is an address inside the network, which Darkroom does not call by default. Set DARKROOM_WEBHOOK_PRIVATE=allow to allow it.',
    env.DARKROOM_PURGE_URL !== undefined &&
      env.DARKROOM_PURGE_SECRET === undefined &&
      'DARKROOM_PURGE_URL is set, but nothing would prove to its receiver who is calling. Set DARKROOM_PURGE_SECRET to a secret of at least 16 characters that the receiver knows too.',
    env.DARKROOM_PURGE_URL === undefined &&
      env.DARKROOM_PURGE_SECRET !== undefined &&
      'DARKROOM_PURGE_SECRET does nothing by itself. Set DARKROOM_PURGE_URL too, or remove it.',
  ];
  return found.filter((sentence) => sentence !== false);
};

const complaints = (issue: z.core.$ZodIssue): string[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => `${key} is not a setting. The settings are ${settingNames.join(', ')}.`)
    : [`${issue.path[0]?.toString()} cannot be used: ${issue.message}.`];
