import type { FailureCode } from '../../../lib/core/errors.ts';
import type { ContentType, Format, Kind } from '../../../lib/core/formats.ts';
import type { Preset } from '../../../lib/core/presets.ts';
import type { RenderOrder } from '../../../lib/ports.ts';

/** One fact about what a Darkroom makes of one file. Its check throws when the fact is false. */
export type Case = {
  readonly group: string;
  readonly title: string;
  readonly contentType: ContentType;
  readonly original: () => Promise<Uint8Array> | Uint8Array;
  readonly preset?: string;
  /** The preset of test-presets.ts that has every file which the check reads. Homes without it make `preset`. */
  readonly enough?: 'whole' | 'small';
  /** Settings that a deployment may not have; a case with them is checked in this process only. */
  readonly settings?: Partial<Pick<RenderOrder, 'keepCopyright'>> & {
    readonly limits?: Partial<RenderOrder['limits']>;
    readonly preset?: Preset;
  };
  /** Small and quick enough for every test run. */
  readonly quick?: boolean;
  readonly check: (outcome: Outcome) => void | Promise<void>;
};

export type Outcome = Made | Refused;
export type Refused = { readonly refused: FailureCode; readonly message: string };
export type Made = {
  readonly kind: Kind;
  readonly width: number;
  readonly height: number;
  readonly placeholder: { readonly thumbhash: string; readonly color: string };
  readonly files: readonly File[];
};
export type File = {
  readonly name: string;
  readonly format: Format;
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
  readonly bytes: () => Promise<Uint8Array>;
};

/** The outcome of a picture that must have been made. */
export const made = (outcome: Outcome): Made => {
  if ('refused' in outcome) throw new Error(`refused as ${outcome.refused}: ${outcome.message}`);
  return outcome;
};

export const refusedAs =
  (code: FailureCode, says?: RegExp) =>
  (outcome: Outcome): void => {
    if (!('refused' in outcome)) throw new Error(`made as ${outcome.kind}, should be refused as ${code}`);
    expectEqual('code', outcome.refused, code);
    if (says && !says.test(outcome.message)) throw new Error(`the sentence does not say ${says}: ${outcome.message}`);
  };

export const fileOf = (outcome: Outcome, name: string, format: Format): File => {
  const file = made(outcome).files.find((file) => file.name === name && file.format === format);
  if (!file) throw new Error(`there is no ${name}.${format}`);
  return file;
};

export const expectEqual = (what: string, actual: unknown, expected: unknown): void => {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${what} is ${is}, should be ${should}`);
};

export const expectAtMost = (what: string, actual: number, limit: number): void => {
  if (!(actual <= limit)) throw new Error(`${what} is ${Number(actual.toFixed(3))}, should be at most ${limit}`);
};
