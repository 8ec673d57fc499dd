import { Refusal } from '../core/errors.ts';
import { formatOfContentType } from '../core/formats.ts';
import type { Instant, Version } from '../core/image.ts';
import { originalKey } from '../core/object-keys.ts';
import type { Ports } from '../ports.ts';
import { findImage } from './find-image.ts';
import { originalRemoved, uploadedVersion } from './parts/uploaded-version.ts';

type World = Pick<Ports, 'catalogue' | 'originals' | 'tickets' | 'clock' | 'config'>;

export type OriginalDownload = Pick<Version['original'], 'bytes' | 'sha256'> & {
  readonly url: string;
  readonly expiresAt: Instant;
  /** The version with which the original came. */
  readonly version: number;
};

/**
 * A signed URL that downloads the newest original that is stored, under its own file name until it expires, and what it
 * answers with.
 */
export const downloadOriginal = async (world: World, id: string): Promise<OriginalDownload> => {
  const { catalogue, tickets, clock, config } = world;
  const image = await findImage(catalogue, id);
  const version = await uploadedVersion(world, image);
  if (version === 'removed') throw new Refusal('not-found', originalRemoved);
  if (version === 'awaited') throw new Refusal('not-found', 'Nothing has been uploaded for this image yet.');
  const { source, original } = version;
  const filename = image.filename ?? `${id}.${formatOfContentType(original.contentType)}`;
  const expiresAt = clock.now() + config.downloadSeconds * 1000;
  const url = await tickets.download(originalKey({ id, version: source }), filename, expiresAt);
  return { url, expiresAt, version: source, bytes: original.bytes, sha256: original.sha256 };
};
