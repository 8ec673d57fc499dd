import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, newPage } from '../../support/browser.ts';
import { bytesOf, noise } from '../../support/pictures.ts';
import { account, deployed, pageOrigin, region } from './deploy.ts';
import { keys } from './emulated.ts';
import { addPermission, functionsAt, policyOf, removePermission } from './emulator-api.ts';
import { startFront } from './front.ts';

/** A page of another origin, in a real browser: what the same-origin policy forbids is forbidden here. */
const client = await readFile(new URL('../../../lib/web/client.js', import.meta.url));
const pages = createServer((request, response) => {
  if (request.url === '/client.js')
    return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(client);
  response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>A page</title>');
});

const stranger = 'http://stranger.example';
let front: Awaited<ReturnType<typeof startFront>>;
let browser: Browser;

const open = async (origin: string): Promise<Page> => {
  const page = await newPage(browser);
  await page.goto(`${origin}/`);
  return page;
};

beforeAll(async () => {
  front = await startFront();
  pages.listen(0, '127.0.0.1');
  await once(pages, 'listening');
  const { port } = pages.address() as AddressInfo;
  const hosts = [pageOrigin, stranger].map((origin) => `MAP ${new URL(origin).hostname} 127.0.0.1:${port}`);
  browser = await launchBrowser([`--host-resolver-rules=${hosts.join(',')}`]);
});
afterAll(async () => {
  await browser.close();
  pages.close();
  pages.closeAllConnections();
  await front.close();
});

type Shown = { readonly width: number; readonly url: string; readonly fetched: number; readonly preset: string };

/** Runs in the page, where `import` and the DOM are the browser's. */
const uploadAndShow = `async ({ url, key, file }) => {
  const { darkroom } = await import('/client.js');
  const client = darkroom({ url, key });
  const image = await client.upload(new Blob([new Uint8Array(file)], { type: 'image/jpeg' }), {
    contentType: 'image/jpeg',
    filename: 'from-a-page.jpg',
    onProgress: () => undefined,
  });
  const address = image.ready.variants.find(({ name }) => name === '640w').url.replace(/[.]\\w+$/, '');
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const answer = await fetch(address, { headers: { 'x-reason': 'a header that makes the browser ask beforehand' } });
  const { id } = image;
  await client.removeImage(id);
  return { width: picture.naturalWidth, url: picture.src, fetched: answer.status, preset: image.ready.preset };
}`;

describe('A page of an allowed origin', () => {
  let page: Page;
  let shown: Shown;
  beforeAll(async () => {
    page = await open(pageOrigin);
    const file = [...(await bytesOf(noise(700, 500).jpeg()))];
    shown = await page.evaluate<Shown>(
      `(${uploadAndShow})(${JSON.stringify({ url: front.url, key: keys.test, file })})`,
    );
  });

  test('asks for a ticket, puts its file, waits, and shows the picture', () => {
    expect(shown).toMatchObject({ width: 640, fetched: 200 });
    expect(shown.url).toMatch(new RegExp(`^${front.url}/images/[a-z2-7]{26}/v1/640w$`));
  });

  test('was let by the gateway and by the CDN, both of which its browser asked beforehand', () => {
    expect(front.preflights()).toContainEqual({ origin: pageOrigin, path: '/v1/images', status: 204 });
    const { pathname } = new URL(shown.url);
    expect(front.preflights()).toContainEqual({ origin: pageOrigin, path: pathname, status: 204 });
  });

  test.each([
    [pageOrigin, 200],
    [stranger, 403],
  ])(
    '(%s) is told by the bucket, when its browser asks, whether it may put a file there: %i',
    async (origin, status) => {
      const { url, outputs } = deployed();
      const answer = await fetch(`${url}/${outputs.OriginalsBucket}/originals/any`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'content-type,if-none-match,x-amz-checksum-sha256',
        },
      });
      expect(answer.status).toBe(status);
    },
  );

  test('reads why a request is refused, also where the address is none', async () => {
    const look = (path: string, headers: object) =>
      page.evaluate(
        `fetch(${JSON.stringify(front.url + path)}, { headers: ${JSON.stringify(headers)} })
          .then(async (answer) => [answer.status, (await answer.json()).code])`,
      );
    const authorization = `Bearer ${keys.test}`;
    expect(await look('/v1/nothing', { authorization })).toEqual([404, 'not-found']);
    expect(await look('/v1/images', { authorization: 'Bearer unknown' })).toEqual([401, 'unauthorized']);
  });
});

test('A page of another origin is kept out by its browser', async () => {
  const page = await open(stranger);
  const reason = await page.evaluate(
    `fetch(${JSON.stringify(`${front.url}/v1/images`)}, { headers: { authorization: 'Bearer ${keys.test}' } })
      .then(({ status }) => status, ({ name }) => name)`,
  );
  expect(reason).toBe('TypeError');
});

test('What the gateway may not hand to a function ends with its 500, as it would on AWS', async () => {
  const { url, apiId } = deployed();
  const asked = [
    ['OPTIONS', '/v1/images'],
    ['GET', '/v1/nothing'],
    ['HEAD', '/v1/health'],
  ] as const;
  const statusesAt = (address: string) =>
    Promise.all(asked.map(async ([method, path]) => (await fetch(address + path, { method })).status));
  expect(await statusesAt(front.url)).toEqual([204, 404, 200]);

  const { FunctionName } = (await functionsAt(url)).find(({ Description }) =>
    Description?.endsWith('functions/api.ts'),
  ) ?? {
    FunctionName: '',
  };
  const forAll = (await policyOf(url, FunctionName)).filter(({ Condition }) =>
    JSON.stringify(Condition).includes('/*/$default'),
  );
  expect(forAll).toHaveLength(1);
  const [{ Sid = '' } = {}] = forAll;
  await removePermission(url, FunctionName, Sid);
  const refusing = await startFront();
  try {
    expect(await statusesAt(refusing.url)).toEqual([500, 500, 500]);
    expect((await fetch(`${refusing.url}/v1/health`)).status).toBe(200);
  } finally {
    await refusing.close();
    await addPermission(url, FunctionName, Sid, `arn:aws:execute-api:${region}:${account}:${apiId}/*/$default`);
  }
});
