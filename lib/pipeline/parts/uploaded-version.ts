import type { Image, Version } from '../../core/image.ts';
import type { Catalogue } from '../../ports.ts';

/** The newest version of an image for which an original was stored; undefined while there is none. */
export const uploadedVersion = async (catalogue: Catalogue, { newest }: Image): Promise<Version | undefined> => {
  let version: Version | undefined = newest;
  while (version && !isUploaded(version)) version = await catalogue.version(version.id, version.version - 1);
  return version;
};

/** A version that is made from an earlier one's original has had it from the start. */
const isUploaded = ({ status, source, version }: Version): boolean =>
  source !== version || (status !== 'pending' && status !== 'expired');
