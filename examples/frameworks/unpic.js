import { transformBaseImageProps } from '@unpic/core/base';
import { unpicTransformer } from 'darkroom-images-client/picture';

/** The attributes of an <img>; `version` is the address of a version, such as https://pictures.example/images/{id}/v1. */
export const imageAttributes = (version, alt) =>
  transformBaseImageProps({
    src: version,
    alt,
    width: 640,
    height: 427,
    layout: 'constrained',
    breakpoints: [320, 640, 960, 1280],
    transformer: unpicTransformer(),
  });
