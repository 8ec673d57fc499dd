import { type PictureOptions, pictureAttributes, type Shown } from './picture.ts';

export type ReactPictureProps = Omit<PictureOptions, 'class' | 'fetchpriority'> & {
  /** The `ready` of an image. */
  readonly image: Shown;
  readonly className?: string;
  readonly fetchPriority?: PictureOptions['fetchpriority'];
};

type Create<Element> = (type: string, props: object | null, ...children: readonly Element[]) => Element;

/** A component for React, or Preact, made with its `createElement`: this package brings neither. */
export const reactPicture = <Element>(
  createElement: (type: never, props: never, ...children: never[]) => Element,
): ((props: ReactPictureProps) => Element) => {
  const create = createElement as unknown as Create<Element>;
  return ({ image, className, fetchPriority, ...options }) => {
    const { sources, img } = pictureAttributes(image, { ...options, class: className, fetchpriority: fetchPriority });
    const { class: name, fetchpriority, style, ...plain } = img;
    return create(
      'picture',
      null,
      ...sources.map(({ srcset, ...source }) => create('source', { key: source.type, ...source, srcSet: srcset })),
      create('img', {
        ...plain,
        ...(name && { className: name }),
        ...(fetchpriority && { fetchPriority: fetchpriority }),
        ...(style && { style: { background: style.slice('background:'.length) } }),
      }),
    );
  };
};
