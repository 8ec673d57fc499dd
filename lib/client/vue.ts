import { type PictureOptions, pictureAttributes, type Shown } from './picture.ts';

export type VuePictureProps = PictureOptions & {
  /** The `ready` of an image. */
  readonly image: Shown;
};

type Create<Node> = (type: string, props: object | null, children?: readonly Node[]) => Node;

/** A functional component for Vue, made with its `h`: this package does not bring Vue. */
export const vuePicture = <Node>(h: (type: never, props: never, children: never) => Node) => {
  const create = h as unknown as Create<Node>;
  const component = ({ image, ...options }: VuePictureProps): Node => {
    const { sources, img } = pictureAttributes(image, options);
    return create('picture', null, [...sources.map((source) => create('source', source)), create('img', img)]);
  };
  return Object.assign(component, {
    props: ['image', 'alt', 'sizes', 'class', 'loading', 'fetchpriority', 'placeholder'],
  });
};
