import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { hashOfKey } from '../../../lib/core/api-keys.ts';
import { startExampleSite } from '../../support/example-site.ts';
import { startFlakyProxy } from '../../support/flaky-proxy.ts';
import { freePort } from '../../support/free-port.ts';
import { startService, startServiceOnKnownPort } from '../../support/service.ts';
import type { Given, World } from './world.ts';

// The uploader on bad lines, and after a reload: what is not on its way yet, and several uploaders on one site.

/** A site of another origin with this page at every path. */
const siteWith = async (body: () => string) => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><html lang="en"><title>Site</title><link rel="icon" href="data:,">${body()}</html>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
const uploaders = (service: string, count: number) =>
  `<script type="module" src="${service}/element.js"></script>${`<darkroom-upload service="${service}"></darkroom-upload>`.repeat(count)}`;
const rowsOf = (page: Page, uploader: number) => page.locator('darkroom-upload').nth(uploader).locator('li');
const intoUploader = (page: Page, uploader: number, files: readonly Given[]) =>
  page
    .locator('darkroom-upload')
    .nth(uploader)
    .locator('#files')
    .setInputFiles([...files]);

export const networkScenes = ({
  folder,
  open,
  choose,
  photo,
  status,
  check,
  sees,
}: World): Record<string, () => Promise<void>> => ({
  'no network while your server is asked for a ticket': async () => {
    const [key, port] = ['a-key-that-may-upload-only', await freePort()];
    const origin = `http://127.0.0.1:${port}`;
    const service = await startService(join(folder, 'ticket'), {
      DARKROOM_KEYS: JSON.stringify([{ sha256: hashOfKey(key), rights: ['upload'] }]),
      DARKROOM_ALLOWED_ORIGINS: origin,
    });
    const endSite = await startExampleSite(service.url, key, port);
    const { page, context } = await open(origin);
    await page.getByRole('button', { name: 'Choose pictures' }).waitFor();
    await context.setOffline(true);
    await choose(page, [await photo('a.jpg'), await photo('b.jpg')]);
    await sees(
      'without a network, an upload with a ticket of your server waits',
      ...['a.jpg', 'b.jpg'].map((name) => status(page, name, 'Waiting for the network')),
    );
    await page.getByRole('button', { name: 'Cancel: b.jpg' }).click();
    await status(page, 'b.jpg', 'Cancelled');
    await context.setOffline(false);
    await sees('and becomes ready by itself', status(page, 'a.jpg', /^Ready/));
    check('what was cancelled meanwhile stays so', (await rowsOf(page, 0).getByText('Cancelled').count()) === 1);
    endSite();
    await service.stop();
  },

  'a line that dies in the middle of a file': async () => {
    const proxy = await startFlakyProxy();
    const service = await startServiceOnKnownPort(join(folder, 'line'), { DARKROOM_PUBLIC_URL: proxy.url });
    proxy.target = `http://127.0.0.1:${service.port}`;
    const { page } = await open(proxy.url);
    // The browser knows of no trouble. Five tries of the uploader are 25 requests.
    proxy.plan('PUT', '', 'cut', ...Array.from({ length: 24 }, () => 'lost' as const));
    await choose(page, [await photo('a.jpg')]);
    await sees(
      'a file whose line is cut waits, and says what to check',
      status(page, 'a.jpg', /^Waiting for the network\. The service cannot be reached\. Check the connection/),
    );
    await status(page, 'a.jpg', /^Ready/);
    const puts = proxy.seen.filter(({ method }) => method === 'PUT').length;
    check('it becomes ready when the line is back, without a hand', puts === 26, puts);
    await service.stop();
    await proxy.close();
  },

  'a reload before every file has had its turn': async () => {
    const service = await startService(join(folder, 'turns'));
    const { page } = await open(service.url);
    page.on('dialog', (dialog) => void dialog.accept());
    await page.route('**/originals/**', () => undefined);
    const names = ['1.jpg', '2.jpg', '3.jpg', '4.jpg', '5.jpg'];
    await choose(page, await Promise.all(names.map((name) => photo(name))));
    for (const name of names.slice(0, 3)) await status(page, name, /^Uploading/);
    for (const name of names.slice(3)) await status(page, name, 'Waiting for its turn');
    await page.reload();
    await sees(
      'after a reload, files that waited are said to be interrupted, as those on their way',
      ...names.map((name) => status(page, name, /^Interrupted by a reload/)),
    );
    await page.unroute('**/originals/**');
    await choose(page, await Promise.all(names.map((name) => photo(name))));
    for (const name of names) await status(page, name, /^Ready/);
    check('choosing them again uploads them all', (await rowsOf(page, 0).count()) === 5);
    await service.stop();
  },

  'two uploaders on one site': async () => {
    let service = '';
    const site = await siteWith(() => uploaders(service, 2));
    const started = await startService(join(folder, 'two'), { DARKROOM_ALLOWED_ORIGINS: site.url });
    service = started.url;
    const { page } = await open(`${site.url}/one`);
    const isStatus = /\/v1\/uploads\/[a-z2-7]+$/;
    await page.route(isStatus, (route) => route.abort());
    await intoUploader(page, 0, [await photo('first.jpg')]);
    await intoUploader(page, 1, [await photo('second.jpg')]);
    for (const name of ['first.jpg', 'second.jpg']) await status(page, name, /^Uploaded; waiting for the network/);
    await page.reload();
    for (const name of ['first.jpg', 'second.jpg']) await status(page, name, /^Uploaded; waiting for the network/);
    const texts = async () => [await rowsOf(page, 0).allInnerTexts(), await rowsOf(page, 1).allInnerTexts()];
    const [first = [], second = []] = await texts();
    check(
      'after a reload, each of two uploaders without an id has its own files',
      first.length === 1 && second.length === 1 && /first/.test(`${first}`) && /second/.test(`${second}`),
      [first, second],
    );
    await page.goto(`${site.url}/another`);
    await intoUploader(page, 0, [await photo('third.jpg')]);
    await status(page, 'third.jpg', /^Uploaded; waiting for the network/);
    check('another page of the site takes none of them over', (await texts()).flat().length === 1, await texts());
    await page.unroute(isStatus);
    await page.goto(`${site.url}/one`);
    await sees(
      'and the page that sent them finds them again',
      ...['first.jpg', 'second.jpg'].map((name) => status(page, name, /^Ready/)),
    );
    await started.stop();
    site.close();
  },

  'a site that the service does not allow': async () => {
    const service = await startService(join(folder, 'not allowed'));
    const site = await siteWith(() => uploaders(service.url, 1));
    const { page } = await open(site.url);
    const message = await page.evaluate<string>(
      `import('${service.url}/client.js').then(({ darkroom }) =>
        darkroom({ url: '${service.url}' }).removeImage('a').catch(({ message }) => message))`,
    );
    check('the client names the setting', /DARKROOM_ALLOWED_ORIGINS.*allowedOrigins/.test(message), message);
    await intoUploader(page, 0, [await photo('a.jpg')]);
    await sees(
      'and the uploader says what to check',
      status(page, 'a.jpg', /that the service allows pages of this origin\.$/),
    );
    await page.getByRole('button', { name: 'Cancel: a.jpg' }).click();
    await sees('while it can be cancelled', status(page, 'a.jpg', 'Cancelled'));
    await service.stop();
    site.close();
  },
});
