import { databaseTrouble } from '../adapters/local/database-trouble.ts';
import { errorCode } from '../adapters/local/error-code.ts';
import { troubleOf } from '../core/trouble.ts';
import { Unusable } from '../core/unusable.ts';
import { fileTrouble } from './file-trouble.ts';

type Places = {
  /** The folder that the command fills. */
  readonly folder: string;
  /** The bucket and the AWS home that it works with, where there are any. */
  readonly stores: readonly (string | undefined)[];
  /** What helps besides space where the disk is full, as a sentence. */
  readonly cureIfFull?: string;
};

/** Runs a command on a data folder. Trouble of a disk or of a store, which the user can end, becomes a sentence. */
export const tellingTrouble = async <T>(places: Places, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (cause) {
    const sentence = cause instanceof Unusable ? undefined : sentenceOf(cause, places);
    throw sentence === undefined ? cause : new Unusable(sentence, { cause });
  }
};

const sentenceOf = (cause: unknown, { folder, stores, cureIfFull }: Places): string | undefined => {
  if (databaseTrouble(cause) === 'full' || ['ENOSPC', 'EDQUOT'].includes(errorCode(cause) ?? ''))
    return `The disk of ${folder} is full. ${cureIfFull ?? 'Free some space there and run the command again.'}`;
  const places = stores.filter((store) => store !== undefined);
  if (places.length > 0 && isOfStore(cause))
    return `${places.join(' or ')} does not answer as it should (${reasonOf(cause)}). Check the name and the network, DARKROOM_OBJECTS_ENDPOINT where it is not AWS, the region and the credentials; then run the command again.`;
  const reason = fileTrouble(cause);
  const { path, dest } = (cause ?? {}) as { readonly path?: string; readonly dest?: string };
  if (reason === undefined || path === undefined) return undefined;
  return dest === undefined ? `${path} cannot be used: ${reason}.` : `${path} cannot be copied to ${dest}: ${reason}.`;
};

/** The SDK adds `$metadata` to every error that ends its retries. One in the middle of a body has none. */
const isOfStore = (cause: unknown): boolean =>
  (typeof cause === 'object' && cause !== null && '$metadata' in cause) ||
  ['network', 'service'].includes(troubleOf(cause));

/** An error about several addresses has a code, but no message. */
const reasonOf = (cause: unknown): string => {
  const { name, message } = (cause ?? {}) as { readonly name?: string; readonly message?: string };
  return `${name}: ${message || errorCode(cause)}`;
};
