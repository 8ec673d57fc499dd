import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { type Darkroom, darkroom, type ReadyImage } from '../../lib/client/darkroom.ts';
import { storedKeys } from '../../lib/contract/api-keys.ts';
import { launchBrowser, newPage } from '../support/browser.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// The blocks of docs/uploads.md and docs/showing.md, on a page of another origin that has no key.

const key = 'only-the-server-of-the-site-has-it';
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
let client: Darkroom;
let image: ReadyImage;
let photo: Uint8Array<ArrayBuffer>;
let site: Server;
let browser: Browser;
let html = '';

const answer = async (request: IncomingMessage): Promise<string> =>
  request.url === '/tickets' ? JSON.stringify(await client.requestUpload(JSON.parse(await text(request)))) : html;

beforeAll(async () => {
  folder = await temporaryFolder();
  site = createServer(async (request, response) => {
    response.setHeader('content-type', request.url === '/tickets' ? 'application/json' : 'text/html');
    response.end(await answer(request));
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  service = await startService(`${folder.path}/data`, {
    DARKROOM_ALLOWED_ORIGINS: origin(),
    DARKROOM_API_KEY: key,
    DARKROOM_WORKERS: '1',
  });
  client = darkroom({ url: service.url, key });
  photo = await bytesOf(noise(300, 200).jpeg());
  image = await client.upload(new Blob([photo]), { contentType: 'image/jpeg' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await service.stop();
  site.close();
  await folder.remove();
});

const origin = () => `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
const blockOf = (page: string, language: string): string => {
  const [, block = ''] =
    new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(
      readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8'),
    ) ?? [];
  return block.replaceAll('https://darkroom.example', service.url);
};
const opened = async (body: string): Promise<Page> => {
  html = `<!doctype html><html lang="en"><title>A site</title><link rel="icon" href="data:,"><body>${body}</body></html>`;
  const page = await newPage(browser);
  await page.goto(origin());
  return page;
};

test('docs/uploads.md: the element uploads with tickets of the server of the site', async () => {
  const page = await opened(blockOf('uploads', 'html'));
  await page.evaluate(
    `globalThis.uploaded = new Promise((resolve) => document.addEventListener('darkroom-ready', ({ detail }) => resolve(detail.image.id))); undefined`,
  );
  const file = { name: 'market.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(photo) };
  await page.locator('darkroom-upload input[type=file]').first().setInputFiles(file);
  const ready = await page.evaluate<string>('globalThis.uploaded');
  expect(await client.findImage(ready)).toMatchObject({ status: 'ready', filename: 'market.jpg' });
  await page.close();
});

test('docs/uploads.md: put and untilReady upload without the element', async () => {
  const page = await opened('');
  const ticket = await client.requestUpload({ contentType: 'image/jpeg', bytes: photo.length });
  const script = blockOf('uploads', 'js').replace(/^import (.*) from '(.*)';$/m, "const $1 = await import('$2');");
  const url = await page.evaluate<string>(
    `(async (ticket) => {
      const bytes = Uint8Array.from(atob('${Buffer.from(photo).toString('base64')}'), (letter) => letter.charCodeAt(0));
      const file = new Blob([bytes], { type: 'image/jpeg' });
      ${script}
      return ready.manifest;
    })(${JSON.stringify(ticket)})`,
  );
  expect(url).toContain(`/images/${ticket.id}/v1/manifest.json`);
  await page.close();
});

test('docs/uploads.md: the list of keys is one that a service takes', () => {
  const list = JSON.parse(blockOf('uploads', 'json').replaceAll('…', 'a'.repeat(64)));
  expect(storedKeys.parse(list)).toHaveLength(3);
});

test('docs/showing.md: the element shows the picture inside it, and one that a script sets', async () => {
  const page = await opened(blockOf('showing', 'html').replace(/<picture>.*<\/picture>/, image.ready.picture.html));
  await page.evaluate(
    `customElements.whenDefined('darkroom-picture').then(() => { const ready = ${JSON.stringify(image.ready)}; ${blockOf('showing', 'js')} })`,
  );
  await page.waitForSelector('darkroom-picture img[alt="A market at noon"]', { state: 'attached' });
  const shown = await page.evaluate<number[]>(
    `Promise.all([...document.querySelectorAll('darkroom-picture')].map(async (element) => {
      const img = (element.shadowRoot ?? element).querySelector('img') ?? element.querySelector('img');
      img.loading = 'eager';
      await img.decode();
      return img.naturalWidth;
    }))`,
  );
  expect(shown).toEqual([300, 300]);
  await page.close();
});
