import { darkroom } from 'darkroom-images-client';
import { pictureHtml } from 'darkroom-images-client/picture';

// Prints the page of an image: node html.js ID > page.html

const { DARKROOM_URL: url = 'http://127.0.0.1:8787', DARKROOM_API_KEY: key } = process.env;
const { ready } = await darkroom({ url, key }).findImage(process.argv[2]);

const options = { alt: 'The market', sizes: '50vw', class: 'hero', loading: 'eager', fetchpriority: 'high' };
process.stdout.write(`<!doctype html><html lang="en"><title>Plain</title>${pictureHtml(ready, options)}</html>\n`);
