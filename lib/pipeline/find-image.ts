import { noSuchImage } from '../core/errors.ts';
import type { Image } from '../core/image.ts';
import type { Catalogue } from '../ports.ts';

export const findImage = async (catalogue: Catalogue, id: string): Promise<Image> => {
  const image = await catalogue.find(id);
  if (!image) throw noSuchImage();
  return image;
};
