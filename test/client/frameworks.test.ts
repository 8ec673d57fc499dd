import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Shown } from '../../lib/client/picture.ts';
import { reactPicture } from '../../lib/client/react.ts';
import { vuePicture } from '../../lib/client/vue.ts';

type Node = readonly [type: string, props: object | null, children: readonly Node[]];

const image: Shown = {
  picture: {
    sources: [{ type: 'image/avif', srcset: '/640w.avif 640w' }],
    img: { src: '/640w.jpeg', width: 640, height: 427 },
  },
  placeholder: { thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI', color: '#8a7f6d' },
};
const common = { src: '/640w.jpeg', width: 640, height: 427, alt: 'A market', loading: 'lazy', decoding: 'async' };

test('the component for React names the attributes as React does', () => {
  const Picture = reactPicture(
    (type: string, props: object | null, ...children: readonly Node[]): Node => [type, props, children],
  );
  const shown = { alt: 'A market', sizes: '50vw', placeholder: 'color' } as const;
  expect(Picture({ image, ...shown, className: 'hero', fetchPriority: 'high' })).toEqual([
    'picture',
    null,
    [
      ['source', { key: 'image/avif', type: 'image/avif', srcSet: '/640w.avif 640w', sizes: '50vw' }, []],
      ['img', { ...common, className: 'hero', fetchPriority: 'high', style: { background: '#8a7f6d' } }, []],
    ],
  ]);
  expect(Picture({ image, alt: 'A market', placeholder: 'none' })[2][1]?.[1]).toEqual(common);
});

test('the component for Vue names them as HTML does, and declares what it takes', () => {
  const Picture = vuePicture(
    (type: string, props: object | null, children: readonly Node[] = []): Node => [type, props, children],
  );
  expect(Picture({ image, alt: 'A market', class: 'hero', placeholder: 'none' })).toEqual([
    'picture',
    null,
    [
      ['source', { type: 'image/avif', srcset: '/640w.avif 640w', sizes: '(max-width: 640px) 100vw, 640px' }, []],
      ['img', { ...common, class: 'hero' }, []],
    ],
  ]);
  expect(Picture.props).toEqual(expect.arrayContaining(['image', 'alt', 'sizes', 'class', 'loading', 'fetchpriority']));
});

const examples = join(import.meta.dirname, '../../examples/frameworks');
const written = globSync('**/*.{js,jsx,svelte,astro}', { cwd: examples, exclude: ['**/node_modules/**'] });

test('there is an example for each framework', () => {
  const names = ['react.jsx', 'vue.js', 'Picture.svelte', 'unpic.js', 'uppy6.js', 'uppy5/upload.js', 'html.js'];
  expect(written).toEqual(expect.arrayContaining([...names, 'next/loader.js', 'astro/src/pages/index.astro']));
});

test.each(written)('the example %s has at most 30 lines', (name) => {
  const lines = readFileSync(join(examples, name), 'utf8').trimEnd().split('\n').length;
  expect(lines).toBeLessThanOrEqual(30);
});
