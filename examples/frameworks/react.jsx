import { reactPicture } from 'darkroom-images-client/react';
import { createElement } from 'react';

const Picture = reactPicture(createElement);

/** `image` is the `ready` of an image, which your server has from the API. In Next it is the same. */
export const Article = ({ image }) => (
  <article>
    <Picture image={image} alt="The market" sizes="50vw" className="hero" loading="eager" fetchPriority="high" />
  </article>
);
