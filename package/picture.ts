/** The entry `./picture` of the package: how an image is shown, for any framework. */
export {
  type PictureAttributes,
  type PictureOptions,
  pictureAttributes,
  pictureHtml,
  placeholderUrl,
  type Shown,
} from '../lib/client/picture.ts';
export { nextLoader, unpicTransformer, type VariantUrlOptions, variantUrl } from '../lib/client/variant-url.ts';
