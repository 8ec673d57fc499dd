import type { Config } from './config.ts';
import { Refusal } from './errors.ts';
import { type ContentType, isContentType } from './formats.ts';
import type { Original } from './image.ts';

/** What an uploader declares about a file before it sends a byte. */
export type DeclaredFile = {
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256?: string | undefined;
  readonly preset?: string | undefined;
};

/** Checks a declared file against the configuration. Throws a Refusal. */
export const checkDeclaredFile = (config: Config, declared: DeclaredFile): { preset: string; original: Original } => ({
  preset: presetName(config, declared.preset),
  original: {
    contentType: acceptedType(config, declared.contentType),
    bytes: acceptedLength(config, declared.bytes),
    sha256: declared.sha256 ?? null,
    width: null,
    height: null,
  },
});

export const presetName = (config: Config, name: string = config.defaultPreset): string => {
  if (Object.hasOwn(config.presets, name)) return name;
  const known = Object.keys(config.presets).join(', ');
  throw new Refusal('invalid-request', `There is no preset of this name; choose one of ${known}.`, {
    fields: [{ path: 'preset', message: `one of ${known}` }],
  });
};

/** Whether this service takes in, and decodes, originals of this type. docs/decisions.md#accept */
export const isAccepted = ({ accept }: Pick<Config, 'accept'>, contentType: ContentType): boolean =>
  accept.includes(contentType);

const acceptedType = (config: Config, contentType: string): ContentType => {
  if (isContentType(contentType) && isAccepted(config, contentType)) return contentType;
  const advice = `Send one of ${config.accept.join(', ')}.`;
  throw new Refusal('unsupported-type', `This service does not take ${JSON.stringify(contentType)}. ${advice}`, {
    fields: [{ path: 'contentType', message: `one of ${config.accept.join(', ')}` }],
  });
};

const acceptedLength = (config: Config, bytes: number): number => {
  const { maxBytes } = config.limits;
  if (bytes <= maxBytes) return bytes;
  throw new Refusal('too-large', `The file has ${bytes} bytes; at most ${maxBytes} are accepted.`, {
    fields: [{ path: 'bytes', message: `at most ${maxBytes}` }],
  });
};
