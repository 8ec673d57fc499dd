import type { ImageAnswer } from '../contract/answers.ts';

type ReadyPicture = NonNullable<ImageAnswer['ready']>;

/** What to write for a picture with each framework. docs/showing.md has the same, tested. */
export const snippets = (ready: ReadyPicture): Readonly<Record<string, string>> => {
  const { picture, placeholder } = ready;
  // A line for each element, so that people can read what they copy.
  const html = picture.html.replaceAll('><', '>\n  <').replace('\n  </picture>', '\n</picture>');
  const { sources, img } = picture;
  const data = `const image = ${JSON.stringify({ picture: { sources, img }, placeholder }, null, 2)};`;
  const options = 'alt="What it shows" sizes="50vw"';
  return {
    HTML: html,
    'React, Next': `import { reactPicture } from 'darkroom-images-client/react';
import { createElement } from 'react';

const Picture = reactPicture(createElement);
// "ready" of GET /v1/images/{id}
${data}

export const Photo = () => <Picture image={image} ${options} />;
`,
    'Vue, Nuxt': `<script setup>
import { vuePicture } from 'darkroom-images-client/vue';
import { h } from 'vue';

const Picture = vuePicture(h);
// "ready" of GET /v1/images/{id}
${data}
</script>

<template>
  <Picture :image="image" ${options} />
</template>
`,
    Svelte: `<script>
import { pictureAttributes } from 'darkroom-images-client/picture';

// "ready" of GET /v1/images/{id}
${data}
const { sources, img } = pictureAttributes(image, { alt: 'What it shows', sizes: '50vw' });
</script>

<picture>
  {#each sources as source (source.type)}<source {...source} />{/each}
  <img {...img} alt={img.alt} />
</picture>
`,
    Astro: `---
import { pictureAttributes } from 'darkroom-images-client/picture';

// "ready" of GET /v1/images/{id}
${data}
const { sources, img } = pictureAttributes(image, { alt: 'What it shows', sizes: '50vw' });
---
<picture>{sources.map((source) => <source {...source} />)}<img {...img} /></picture>
`,
    Element: `<darkroom-picture thumbhash="${placeholder.thumbhash}">
  ${html.replaceAll('\n', '\n  ')}
</darkroom-picture>
`,
  };
};
