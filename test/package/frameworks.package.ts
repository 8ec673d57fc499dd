import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { type Darkroom, darkroom, type ReadyImage } from '../../lib/client/darkroom.ts';
import { snippets } from '../../lib/console/snippets.ts';
import { launchBrowser, newPage } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { untilInPage } from '../support/in-page.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { type Ended, environment, type Project, project, readJson, root } from './project.ts';

// The examples for frameworks, installed with the package as it is packed, show and upload pictures of a real service.

const examples = join(root, 'examples/frameworks');

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let site: Server;
let service: Service;
let client: Darkroom;
let image: ReadyImage;

beforeAll(async () => {
  folder = await temporaryFolder();
  const page = '<!doctype html><html lang="en"><title>Uppy</title><link rel="icon" href="data:,"></html>';
  site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(page));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  service = await startService(join(folder.path, 'data'), {
    DARKROOM_ALLOWED_ORIGINS: origin(),
    DARKROOM_WORKERS: '1',
  });
  client = darkroom({ url: service.url });
  image = await client.upload(await photo(), { contentType: 'image/jpeg' });
});
afterAll(async () => {
  site.close();
  await service.stop();
  await folder.remove();
});

const origin = () => `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
const photo = async () => new Blob([await bytesOf(corners(700, 500).blur(40).jpeg())]);

/** A project with an example in it, its dependencies as pinned, and our package. */
const exampleIn = async (path: string): Promise<Project> => {
  const app = await project(await readJson(join(examples, path, 'package.json')));
  await cp(join(examples, path), app.path, {
    recursive: true,
    filter: (from) => !/node_modules|package\.json$/.test(from),
  });
  await app.write({ 'image.json': JSON.stringify(image.ready) });
  await app.install('darkroom-images-client');
  return app;
};

const attributesIn = (tag: string): Record<string, string> =>
  Object.fromEntries(
    [...tag.matchAll(/ ([a-z]+)="([^"]*)"/gi)].map(([, name = '', value = '']) => [name.toLowerCase(), value]),
  );

/** In a real browser, the picture is there, in the best format, and the browser complains of nothing. */
const expectShown = async (html: string, source: RegExp, alt = 'The market'): Promise<void> => {
  const browser = await launchBrowser();
  try {
    const page = await newPage(browser, { viewport: { width: 1280, height: 800 } });
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(origin());
    await page.setContent(html);
    await untilInPage(page, "document.querySelector('img')?.naturalWidth > 0");
    expect(await page.evaluate("document.querySelector('img').currentSrc")).toMatch(source);
    expect(await page.evaluate("document.querySelector('img').alt")).toBe(alt);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
};

/**
 * Holds the one `<picture>` of a page against what the API says of the image and the example asks for, and looks at it in a
 * browser, half of whose 1280 pixels it may take.
 */
const expectPicture = async ({ code, stdout, stderr }: Ended): Promise<void> => {
  expect([code, stderr]).toEqual([0, '']);
  const inside = /<picture>([\s\S]*?)<\/picture>/.exec(stdout)?.[1] ?? '';
  const sources = [...inside.matchAll(/<source[^>]*>/g)].map(([tag]) => attributesIn(tag));
  const [img = {}] = [...inside.matchAll(/<img[^>]*>/g)].map(([tag]) => attributesIn(tag));
  const { picture, placeholder } = image.ready;
  expect(sources).toEqual(picture.sources.map((source) => ({ ...source, sizes: '50vw' })));
  const { src, width, height } = picture.img;
  // Svelte adds handlers of its own (`onload`, `onerror`), which it needs until its script is there.
  const { style, ...others } = Object.fromEntries(Object.entries(img).filter(([name]) => !name.startsWith('on')));
  expect(others).toEqual({
    ...{ src, width: String(width), height: String(height), alt: 'The market', decoding: 'async' },
    ...{ class: 'hero', loading: 'eager', fetchpriority: 'high' },
  });
  expect(style?.startsWith(`background:${placeholder.color} url(data:image/png;base64,`)).toBe(true);
  await expectShown(stdout, /\/v1\/640w\.avif$/);
};

/** The same of code that people copy from the console, which has fewer attributes. */
const expectSnippet = async ({ code, stdout, stderr }: Ended): Promise<void> => {
  expect([code, stderr]).toEqual([0, '']);
  const [whole = ''] = /<picture>[\s\S]*?<\/picture>/.exec(stdout) ?? [];
  const sources = [...whole.matchAll(/<source[^>]*>/g)].map(([tag]) => attributesIn(tag));
  const { picture } = image.ready;
  expect(sources).toEqual(picture.sources.map((source) => ({ ...source, sizes: '50vw' })));
  await expectShown(`<!doctype html><title>A site</title>${whole}`, /\/v1\/640w\.avif$/, 'What it shows');
};
const snippet = (name: string): string => snippets(image.ready)[name] ?? '';

describe('A picture is shown as it should be', () => {
  let app: Project;
  beforeAll(async () => {
    app = await exampleIn('.');
  });
  afterAll(() => app.remove());

  test('by React', async () => {
    const contents = `import { readFileSync } from 'node:fs';
      import { createElement } from 'react';
      import { renderToStaticMarkup } from 'react-dom/server';
      import { Article } from './react.jsx';
      const image = JSON.parse(readFileSync('image.json', 'utf8'));
      console.log(renderToStaticMarkup(createElement(Article, { image })));`;
    await build({
      stdin: { contents, resolveDir: app.path },
      absWorkingDir: app.path,
      outfile: 'react.cjs',
      bundle: true,
      platform: 'node',
      jsx: 'automatic',
      define: { 'process.env.NODE_ENV': '"production"' },
    });
    await expectPicture(await app.node('react.cjs'));
  });

  test('by Vue', async () => {
    await app.write({
      'vue.mjs': `import { readFileSync } from 'node:fs';
        import { createSSRApp } from 'vue';
        import { renderToString } from 'vue/server-renderer';
        import { Article } from './vue.js';
        const image = JSON.parse(readFileSync('image.json', 'utf8'));
        console.log(await renderToString(createSSRApp(Article, { image })));`,
    });
    await expectPicture(await app.node('vue.mjs'));
  });

  test('by Svelte', async () => {
    await app.write({
      'svelte.mjs': `import { readFileSync, writeFileSync } from 'node:fs';
        import { compile } from 'svelte/compiler';
        import { render } from 'svelte/server';
        const { js, warnings } = compile(readFileSync('Picture.svelte', 'utf8'), { generate: 'server', filename: 'Picture.svelte' });
        for (const { message } of warnings) console.error(message);
        writeFileSync('Picture.js', js.code);
        const { default: Picture } = await import('./Picture.js');
        const image = JSON.parse(readFileSync('image.json', 'utf8'));
        const shown = { alt: 'The market', sizes: '50vw', class: 'hero', loading: 'eager', fetchpriority: 'high' };
        console.log(render(Picture, { props: { image, ...shown } }).body);`,
    });
    await expectPicture(await app.node('svelte.mjs'));
  });

  test('by the code that the console gives for React', async () => {
    const contents = `import { createElement } from 'react';
      import { renderToStaticMarkup } from 'react-dom/server';
      import { Photo } from './copied.jsx';
      console.log(renderToStaticMarkup(createElement(Photo)));`;
    await app.write({ 'copied.jsx': snippet('React, Next') });
    await build({
      stdin: { contents, resolveDir: app.path },
      absWorkingDir: app.path,
      outfile: 'copied-react.cjs',
      bundle: true,
      platform: 'node',
      jsx: 'automatic',
      define: { 'process.env.NODE_ENV': '"production"' },
    });
    await expectSnippet(await app.node('copied-react.cjs'));
  });

  test('by the code that the console gives for Vue', async () => {
    await app.write({
      'Copied.vue': snippet('Vue, Nuxt'),
      'copied-vue.mjs': `import { readFileSync, writeFileSync } from 'node:fs';
        import { createSSRApp } from 'vue';
        import { compileScript, parse } from 'vue/compiler-sfc';
        import { renderToString } from 'vue/server-renderer';
        const { descriptor, errors } = parse(readFileSync('Copied.vue', 'utf8'));
        for (const { message } of errors) console.error(message);
        const { content } = compileScript(descriptor, { id: 'copied', inlineTemplate: true, templateOptions: { ssr: true } });
        writeFileSync('Copied.js', content);
        const { default: Copied } = await import('./Copied.js');
        console.log(await renderToString(createSSRApp(Copied)));`,
    });
    await expectSnippet(await app.node('copied-vue.mjs'));
  });

  test('by the code that the console gives for Svelte', async () => {
    await app.write({
      'Copied.svelte': snippet('Svelte'),
      'copied-svelte.mjs': `import { readFileSync, writeFileSync } from 'node:fs';
        import { compile } from 'svelte/compiler';
        import { render } from 'svelte/server';
        const { js, warnings } = compile(readFileSync('Copied.svelte', 'utf8'), { generate: 'server', filename: 'Copied.svelte' });
        for (const { message } of warnings) console.error(message);
        writeFileSync('Copied-svelte.js', js.code);
        const { default: Copied } = await import('./Copied-svelte.js');
        console.log(render(Copied, {}).body);`,
    });
    await expectSnippet(await app.node('copied-svelte.mjs'));
  });

  test.each(['HTML', 'Element'])('by the code that the console gives for %s', (name) =>
    expectShown(`<!doctype html><title>A site</title>${snippet(name)}`, /\/v1\/\d+w\.avif$/, ''),
  );

  test('by a program that writes plain HTML', async () => {
    await app.write({
      'plain.mjs': `process.env.DARKROOM_URL = '${service.url}'; process.argv[2] = '${image.id}'; await import('./html.js');`,
    });
    await expectPicture(await app.node('plain.mjs'));
  });

  const version = () => image.ready.manifest.replace('/manifest.json', '');
  const isThere = async (url: string) =>
    (await fetch(url, { headers: { accept: 'image/avif' } })).headers.get('content-type');

  test('by Unpic, from addresses that are there', async () => {
    await app.write({
      'unpic.mjs': `import { imageAttributes } from './unpic.js';
        console.log(JSON.stringify(imageAttributes('${version()}', 'The market')));`,
    });
    const { code, stdout } = await app.node('unpic.mjs');
    expect(code).toBe(0);
    const { src, srcset, sizes, alt } = JSON.parse(stdout);
    expect([src, alt]).toEqual([`${version()}/640w`, 'The market']);
    const candidates = String(srcset)
      .split(/,\s+/)
      .map((candidate) => candidate.split(' '));
    expect(candidates.length).toBeGreaterThanOrEqual(3);
    for (const [url = '', width] of candidates) {
      expect(url).toBe(`${version()}/${width}`);
      expect(await isThere(url)).toBe('image/avif');
    }
    const written = Object.entries({ sizes, src, srcset, alt }).map(([name, value]) => `${name}="${value}"`);
    await expectShown(`<!doctype html><title>Unpic</title><img ${written.join(' ')}>`, /\/v1\/640w$/);
  });

  test('by the loader for Next, at every width that the configuration names', async () => {
    await app.write({
      'next.mjs': `import loader from './next/loader.js';
        import config from './next/next.config.js';
        const { deviceSizes, imageSizes } = config.images;
        console.log(JSON.stringify([...imageSizes, ...deviceSizes].map((width) => loader({ src: '${version()}', width, quality: 75 }))));`,
    });
    const { stdout } = await app.node('next.mjs');
    const urls = JSON.parse(stdout) as string[];
    expect(urls).toEqual(['320w', '640w', '960w', '1280w'].map((name) => `${version()}/${name}`));
    for (const url of urls) expect(await isThere(url)).toBe('image/avif');
  });

  test('and Uppy 6 uploads one', () => expectUpload(app, './uppy6.js'));
});

test('Uppy 5 uploads a picture', async () => {
  const app = await exampleIn('uppy5');
  try {
    await expectUpload(app, './upload.js');
  } finally {
    await app.remove();
  }
});

test('Astro builds a page with the picture, and one with the code that the console gives', async () => {
  const app = await exampleIn('astro');
  try {
    await app.write({ 'src/pages/copied.astro': snippet('Astro') });
    const { code, stdout, stderr } = await app.node('node_modules/astro/bin/astro.mjs', 'build');
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
    await expectPicture({ code, stdout: await readFile(join(app.path, 'dist/index.html'), 'utf8'), stderr: '' });
    await expectSnippet({ code, stdout: await readFile(join(app.path, 'dist/copied/index.html'), 'utf8'), stderr: '' });
  } finally {
    await app.remove();
  }
});

test('Next builds a page with the picture, and with its own Image by the loader', async () => {
  const app = await exampleIn('next');
  try {
    const { code, stdout, stderr } = await app.node('node_modules/next/dist/bin/next', 'build');
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
    const page = await readFile(join(app.path, '.next/server/app/index.html'), 'utf8');
    // Without the scripts of Next, which the page would look for beside itself.
    const picture = /<picture>[\s\S]*?<\/picture>/.exec(page)?.[0] ?? '';
    await expectPicture({ code, stdout: `<!doctype html><title>Next</title>${picture}`, stderr: '' });
    const [own = ''] = /<img[^>]*\/v1\/\d+w"[^>]*>/.exec(page) ?? [];
    const urls = [...own.matchAll(/https?:[^\s"]+/g)].map(([url]) => url);
    expect(urls.length).toBeGreaterThanOrEqual(4);
    for (const url of urls)
      expect((await fetch(url, { headers: { accept: 'image/avif' } })).headers.get('content-type')).toBe('image/avif');
    const program = ['node_modules/next/dist/bin/next', 'start', '--hostname', '127.0.0.1'];
    const isTakenOver = "Object.keys(document.querySelector('picture img')).some((key) => key.startsWith('__react'))";
    await expectLive(app, program, isTakenOver);
  } finally {
    await app.remove();
  }
});

test('Nuxt builds a page with the picture, and one with the code that the console gives', async () => {
  const app = await exampleIn('nuxt');
  try {
    await app.write({ 'app/pages/copied.vue': snippet('Vue, Nuxt') });
    const { code, stdout, stderr } = await app.node('node_modules/nuxt/bin/nuxt.mjs', 'build');
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
    const isTakenOver = "document.querySelector('#__nuxt').__vue_app__ !== undefined";
    await expectLive(app, ['.output/server/index.mjs'], isTakenOver, async (address) => {
      const written = async (path: string) => (await fetch(`${address}${path}`)).text();
      // Without the scripts of Nuxt, which the page would look for beside itself.
      const picture = /<picture>[\s\S]*?<\/picture>/.exec(await written(''))?.[0] ?? '';
      await expectPicture({ code, stdout: `<!doctype html><title>Nuxt</title>${picture}`, stderr: '' });
      await expectSnippet({ code, stdout: await written('copied'), stderr: '' });
    });
  } finally {
    await app.remove();
  }
});

/** Serves the built page with its scripts: the framework takes over what the server wrote, and the browser complains of nothing. */
const expectLive = async (
  app: Project,
  program: readonly string[],
  isTakenOver: string,
  look: (address: string) => Promise<void> = async () => undefined,
): Promise<void> => {
  const port = String(await freePort());
  const server = spawn(process.execPath, program, {
    cwd: app.path,
    env: { ...environment(), HOST: '127.0.0.1', PORT: port },
    stdio: 'ignore',
  });
  const closed = once(server, 'close');
  const browser = await launchBrowser();
  try {
    const address = `http://127.0.0.1:${port}/`;
    await until(() =>
      fetch(address).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    await look(address);
    const page = await newPage(browser);
    const complaints: string[] = [];
    page.on('console', (message) => {
      // The example has no icon.
      if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico'))
        complaints.push(message.text());
    });
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(address);
    await untilInPage(page, isTakenOver);
    await untilInPage(page, '[...document.images].every(({ naturalWidth }) => naturalWidth > 0)');
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
    server.kill('SIGTERM');
    await closed;
  }
};

/** In a real browser, on a page of another origin that has no key: its tickets come from elsewhere. */
const expectUpload = async (app: Project, example: string): Promise<void> => {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { uploader } from '${example}'; globalThis.uploader = uploader;`,
      resolveDir: app.path,
    },
    absWorkingDir: app.path,
    bundle: true,
    write: false,
    format: 'iife',
  });
  const browser = await launchBrowser();
  try {
    const page = await newPage(browser);
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.exposeFunction('ticket', (request: Parameters<Darkroom['requestUpload']>[0]) =>
      client.requestUpload(request),
    );
    await page.goto(origin());
    await page.evaluate(outputFiles[0]?.text ?? '');
    const base64 = Buffer.from(await (await photo()).arrayBuffer()).toString('base64');
    const uploaded = await page.evaluate<{ id: string; names: string[]; failed: number }>(
      `(async () => {
        const bytes = Uint8Array.from(atob('${base64}'), (letter) => letter.charCodeAt(0));
        const uppy = uploader(ticket, '${service.url}');
        uppy.addFile({ name: 'market.jpg', type: 'image/jpeg', data: new Blob([bytes], { type: 'image/jpeg' }) });
        const { successful, failed } = await uppy.upload();
        const { darkroom, ready } = uppy.getFile(successful[0].id).meta;
        return { id: darkroom.id, names: ready.variants.map(({ name }) => name), failed: failed.length };
      })()`,
    );
    expect(uploaded.failed).toBe(0);
    expect(uploaded.names).toContain('640w');
    expect(await client.findImage(uploaded.id)).toMatchObject({ filename: 'market.jpg', status: 'ready' });
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
};
