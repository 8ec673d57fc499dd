import { createHash } from 'node:crypto';
import config from '../../../darkroom.config.ts';
import { BadPicture } from '../../../lib/core/errors.ts';
import type { Preset } from '../../../lib/core/presets.ts';
import type { Renderer } from '../../../lib/ports.ts';
import type { Case, Made, Outcome } from './case.ts';
import { testPresets } from './test-presets.ts';

/** Something that makes variants of a case's original. */
export type Subject = (subject: Case) => Promise<Outcome>;
export type CaseResult = { readonly case: Case; readonly complaint: string | undefined; readonly ms: number };

export const checkCase = async (subject: Subject, each: Case): Promise<CaseResult> => {
  const began = performance.now();
  const complaint = await complaintOf(subject, each);
  return { case: each, complaint, ms: performance.now() - began };
};

const complaintOf = async (subject: Subject, each: Case): Promise<string | undefined> => {
  try {
    await each.check(await subject(each));
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
};

/** `fetch` says that it failed; of what is in the cause. In Jest Node's own errors are no instances of `Error`. */
export const reasonOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  const more = 'code' in error ? ` (${error.code})` : '';
  return `${error.message}${more}${'cause' in error && error.cause ? `: ${reasonOf(error.cause)}` : ''}`;
};

/** Everything that a manifest is made of and that a check sees. */
export const factsOf = (outcome: Outcome): unknown => {
  if ('refused' in outcome) return { refused: outcome.refused };
  const { kind, width, height, placeholder, files } = outcome;
  return { kind, width, height, placeholder, files: files.map(({ name, format, sha256 }) => [name, format, sha256]) };
};

export const nameOf = ({ group, title }: Case): string => `${group}: ${title}`;

const presets: Readonly<Record<string, Preset>> = { ...config.presets, ...testPresets };

/** The renderer in this process, without a service around it. */
export const rendererSubject =
  (renderer: Renderer): Subject =>
  async ({ contentType, original, preset = config.defaultPreset, settings = {} }) => {
    const stored = new Map<string, Uint8Array>();
    const found = settings.preset ?? presets[preset];
    if (!found) throw new Error(`there is no preset ${preset}`);
    const order = {
      contentType,
      preset: found,
      limits: { ...config.limits, ...settings.limits },
      keepCopyright: settings.keepCopyright ?? false,
    };
    try {
      const rendered = await renderer.render(await original(), order, async ({ name, format }, bytes) => {
        stored.set(`${name}.${format}`, Uint8Array.from(bytes));
      });
      return {
        ...rendered,
        files: rendered.variants.map((variant) => ({
          ...variant,
          bytes: async () => checked(stored.get(`${variant.name}.${variant.format}`), variant),
        })),
      } satisfies Made;
    } catch (error) {
      if (error instanceof BadPicture) return { refused: error.code, message: error.message };
      throw error;
    }
  };

/** What was delivered must be what was declared. */
export const checked = (
  bytes: Uint8Array | undefined,
  variant: { readonly name: string; readonly format: string; readonly sha256: string; readonly bytes: number },
): Uint8Array => {
  const what = `${variant.name}.${variant.format}`;
  if (!bytes) throw new Error(`${what} was declared and never delivered`);
  if (bytes.length !== variant.bytes)
    throw new Error(`${what} has ${bytes.length} bytes, ${variant.bytes} were declared`);
  if (createHash('sha256').update(bytes).digest('base64') !== variant.sha256)
    throw new Error(`${what} is not the file of its sha256`);
  return bytes;
};
