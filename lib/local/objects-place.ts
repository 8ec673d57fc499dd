import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../adapters/local/error-code.ts';
import { Unusable } from '../core/unusable.ts';
import { writeWhole } from './place-file.ts';

/** Says in the data folder which bucket or which AWS home holds its objects; there is no such file while the folder itself holds them. */
const fileOf = (data: string): string => join(data, 'objects');

/** Refuses a service whose setting and data folder differ about where the objects are: its audit would miss all of them. */
export const checkPlace = async (
  data: string,
  wanted: string | undefined,
  hasOriginalsInFolder: () => Promise<boolean>,
): Promise<void> => {
  const noted = await notedPlace(data);
  if (noted !== undefined || wanted === undefined) return refuseOtherPlace(data, wanted);
  if (await hasOriginalsInFolder())
    throw new Unusable(
      `The pictures of ${data} are in its folders, and DARKROOM_OBJECTS is ${wanted}. Run darkroom move --to ${wanted} first.`,
    );
};

export const refuseOtherPlace = async (data: string, wanted: string | undefined): Promise<void> => {
  const noted = await notedPlace(data);
  if (noted === wanted) return;
  if (noted?.startsWith('aws:'))
    throw new Unusable(
      `The pictures of ${data} are in ${noted}. If darkroom move was ended before it said so, run it again.`,
    );
  if (wanted === undefined)
    throw new Unusable(`The pictures of ${data} are in ${noted}. Set DARKROOM_OBJECTS=${noted}.`);
  throw new Unusable(`The pictures of ${data} are in ${noted ?? 'its folders'}, and DARKROOM_OBJECTS is ${wanted}.`);
};

export const notedPlace = async (data: string): Promise<string | undefined> => {
  try {
    return (await readFile(fileOf(data), 'utf8')).trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** From now on the objects of this data folder are there. */
export const notePlace = (data: string, place: string): Promise<void> => writeWhole(fileOf(data), `${place}\n`);
