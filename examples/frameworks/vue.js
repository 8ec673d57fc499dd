import { vuePicture } from 'darkroom-images-client/vue';
import { h } from 'vue';

const Picture = vuePicture(h);

/** `image` is the `ready` of an image. In a template: <Picture :image="image" alt="The market" sizes="50vw" class="hero" />. */
export const Article = {
  props: ['image'],
  render() {
    const { image } = this;
    const shown = { alt: 'The market', sizes: '50vw', class: 'hero', loading: 'eager', fetchpriority: 'high' };
    return h('article', h(Picture, { image, ...shown }));
  },
};
