import type { ImageAnswer } from '../contract/answers.ts';

type ReadyPicture = NonNullable<ImageAnswer['ready']>;

/** What to write for a picture with each framework. docs/showing.md has the same, tested. */
export const snippets = (ready: ReadyPicture): Readonly<Record<string, string>> => {
  const { picture, placeholder } = ready;
  const data = `const image = ${JSON.stringify({ picture, placeholder }, null, 2)};`;
  const options = 'alt="What it shows" sizes="50vw"';
  return {
    HTML: picture.html,
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
  ${picture.html}
</darkroom-picture>
`,
  };
};
