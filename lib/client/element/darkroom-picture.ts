import { type PictureOptions, pictureAttributes, placeholderUrl, type Shown } from '../picture.ts';
import { takeSetBefore } from './set-before.ts';

/**
 * `<darkroom-picture>`: a `<picture>` with its blur until it is there. It has it from the property `image` (the `ready` of
 * an image), from the attribute of that name as JSON, or finds it inside, written by a server, with the attribute
 * `thumbhash` for the blur. docs/showing.md
 */
export class DarkroomPicture extends HTMLElement {
  static readonly observedAttributes = ['image', 'alt', 'sizes', 'img-class', 'loading', 'fetchpriority', 'thumbhash'];
  #image: Shown | undefined;
  #isDue = false;
  #hasMade = false;

  constructor() {
    super();
    Object.assign(this, takeSetBefore(this, ['image']));
  }

  get image(): Shown | undefined {
    return this.#image ?? parsed(this.getAttribute('image'));
  }
  set image(image: Shown | undefined) {
    this.#image = image;
    this.#showSoon();
  }

  connectedCallback(): void {
    const root = this.getRootNode() as Document | ShadowRoot;
    if (!root.adoptedStyleSheets.includes(sheet())) root.adoptedStyleSheets.push(sheet());
    this.#showSoon();
  }
  attributeChangedCallback(): void {
    this.#showSoon();
  }

  /** Once for all attributes that change together. */
  #showSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      if (this.isConnected) this.#show();
    });
  }

  #show(): void {
    const { image } = this;
    if (image) this.replaceChildren(pictureOf(image, this.#options()));
    // What a server has written stays; what was shown of an image that is no longer given goes.
    else if (this.#hasMade) this.replaceChildren();
    this.#hasMade = image !== undefined;
    const img = this.querySelector('img');
    const thumbhash = image?.placeholder?.thumbhash ?? this.getAttribute('thumbhash');
    if (img && thumbhash) blur(img, thumbhash, image?.placeholder?.color);
  }

  #options(): PictureOptions {
    const text = (name: string) => this.getAttribute(name) ?? undefined;
    return {
      alt: text('alt') ?? '',
      sizes: text('sizes'),
      class: text('img-class'),
      loading: text('loading') === 'eager' ? 'eager' : 'lazy',
      fetchpriority: (['high', 'low'] as const).find((one) => one === text('fetchpriority')),
      placeholder: 'none',
    };
  }
}

const parsed = (json: string | null): Shown | undefined => {
  if (!json) return undefined;
  try {
    return JSON.parse(json) as Shown;
  } catch {
    return undefined;
  }
};

const pictureOf = (image: Shown, options: PictureOptions): HTMLElement => {
  const { sources, img } = pictureAttributes(image, options);
  const picture = document.createElement('picture');
  // The address comes last: a browser begins to load as soon as there is one.
  const { src, ...others } = img;
  const shown = filled('img', others);
  picture.append(...sources.map((source) => filled('source', source)), shown);
  shown.setAttribute('src', src);
  return picture;
};

const filled = (name: string, attributes: Readonly<Record<string, string | number>>): HTMLElement => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
};

/** By properties, which a policy without `unsafe-inline` allows. It goes when the picture is there, as that may be transparent. */
const blur = (img: HTMLImageElement, thumbhash: string, color = ''): void => {
  if (img.complete && img.naturalWidth > 0) return;
  const { style } = img;
  style.backgroundColor = color;
  style.backgroundImage = `url(${placeholderUrl(thumbhash)})`;
  style.backgroundSize = '100% 100%';
  const clear = () => {
    for (const name of ['background-color', 'background-image', 'background-size']) style.removeProperty(name);
    if (style.length === 0) img.removeAttribute('style');
  };
  img.addEventListener('load', clear, { once: true });
};

let made: CSSStyleSheet | undefined;
/** Of no specificity, so any rule of the page goes before it. The height follows from the attributes, before a byte is there. */
const sheet = (): CSSStyleSheet => {
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(
      ':where(darkroom-picture){display:block}:where(darkroom-picture img){display:block;max-width:100%;height:auto}',
    );
  }
  return made;
};

if (!customElements.get('darkroom-picture')) customElements.define('darkroom-picture', DarkroomPicture);

declare global {
  interface HTMLElementTagNameMap {
    'darkroom-picture': DarkroomPicture;
  }
}
