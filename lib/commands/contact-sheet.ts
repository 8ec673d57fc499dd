import { pictureOf } from '../core/picture.ts';
import type { StoredManifest } from './render-to-folder.ts';
import { bytesInWords } from './words.ts';

/** `folder` is where its files are, below the page: '' for the folder of the page itself. */
export type Sheet = { readonly name: string; readonly folder: string; readonly manifest: StoredManifest };

const title = '<title>Contact sheet</title>';

/** A folder may have an `index.html` of another kind. */
export const isContactSheet = (page: string): boolean => page.includes(title);

/** A page with every picture, its size and its variants. Addresses are relative, so the folder can be moved. */
export const contactSheet = (sheets: readonly Sheet[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${title}
<style>
:root { color-scheme: light dark }
body { font: 14px/1.4 system-ui, sans-serif; margin: 1rem }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem }
figure { margin: 0 }
img { width: 100%; height: 12rem; object-fit: contain }
figcaption { overflow-wrap: anywhere }
</style>
</head>
<body>
<main>
${sheets.map(figure).join('\n')}
</main>
</body>
</html>
`;

const figure = ({ name, folder, manifest }: Sheet): string => {
  const address = (file: string) => (folder === '' ? [file] : [...folder.split('/'), file]).map(encodeURIComponent);
  const variants = manifest.variants.map((variant) => ({ ...variant, url: address(variant.file).join('/') }));
  const { sources, img } = pictureOf(variants, manifest.width, manifest.height);
  const bytes = manifest.variants.reduce((sum, variant) => sum + variant.bytes, 0);
  return `<figure>
<picture>
${sources.map(({ type, srcset }) => `<source type="${type}" srcset="${srcset}" sizes="15rem">`).join('\n')}
<img src="${img.src}" width="${img.width}" height="${img.height}" loading="lazy" alt="">
</picture>
<figcaption>${escaped(name)}<br>${manifest.width}×${manifest.height}, ${manifest.kind}, ${bytesInWords(manifest.original.bytes)} → ${manifest.variants.length} files, ${bytesInWords(bytes)}</figcaption>
</figure>`;
};

const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
