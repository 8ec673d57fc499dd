import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { darkroom } from '../../../lib/client/darkroom.ts';
import { launchBrowser } from '../../support/browser.ts';
import { untilInPage } from '../../support/in-page.ts';
import { scenery } from '../../support/scenery.ts';
import { startService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { outlineOf } from './outline.ts';

// Screenshots of each view of the console and the uploader, light and dark, 390 and 1440 pixels wide, of a service with drawn
// pictures. axe-core looks for what hinders people, nothing may stick out, and the page may not complain.
// `--into FOLDER` keeps all of them, `--only PART` draws the views whose name contains PART, `--docs` draws the ones in
// docs/pictures again; without it, those are held against the page by the outline that was written beside each. The last line
// is `N passed, N failed`.

const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at > 0 ? process.argv[at + 1] : undefined;
};
const into = argument('--into');
const only = argument('--only') ?? '';
const isForDocs = process.argv.includes('--docs');
if (into) await mkdir(into, { recursive: true });
const docs = new URL('../../../docs/pictures/', import.meta.url);
/** The pictures of the docs, by view and scheme, 1440 pixels wide. */
const inDocs = ['pictures light', 'compare dark'];

const folder = await temporaryFolder();
const service = await startService(join(folder.path, 'full'), { DARKROOM_TICKETS_PER_MINUTE: '1000' });
const empty = await startService(join(folder.path, 'empty'));
const locked = await startService(join(folder.path, 'locked'), { DARKROOM_API_KEY: 'a-key-that-is-not-given' });
const client = darkroom({ url: service.url });

const shapes = [
  [1600, 1067],
  [1067, 1600],
  [1600, 900],
  [1200, 1200],
  [1800, 800],
  [1500, 1125],
] as const;
const places = ['coast', 'ridge', 'dunes', 'lake', 'moor', 'valley', 'night'];
let newest = '';
for (let number = 0; number < 17; number++) {
  const [width, height] = shapes[(number * 5) % shapes.length] ?? shapes[0];
  const bytes = await scenery(number, width, height);
  const { id } = await client.upload(new Blob([new Uint8Array(bytes)]), {
    contentType: 'image/jpeg',
    filename: `${places[number % places.length]} ${String(number + 1).padStart(2, '0')}.jpg`,
    collection: number % 3 === 0 ? 'autumn' : 'travels',
    // A few sizes are enough to look at.
    preset: number === 16 ? 'web' : 'gallery',
  });
  newest = id;
}
const damaged = (await scenery(3, 800, 600)).subarray(0, 9000);
await client
  .upload(new Blob([new Uint8Array(damaged)]), { contentType: 'image/jpeg', filename: 'half a picture.jpg' })
  .catch(() => undefined);
const { items: broken } = await client.listImages({ status: ['failed'] });
await client.reprocess(newest, { preset: 'lean' }).then(({ id, version }) => client.untilReady(id, version));
const finished = async (id: string): Promise<void> => {
  while ((await client.findJob(id)).status !== 'done') await new Promise((resolve) => setTimeout(resolve, 200));
};
await finished((await client.startJob({ action: 'reprocess', collection: 'autumn', dryRun: true })).id);
await finished((await client.startJob({ action: 'reprocess', collection: 'autumn' })).id);
const { id: paused } = await client.startJob({ action: 'reprocess', collection: 'travels' });
await client.pauseJob(paused);

/** Loaded and decoded: a picture that is only loaded may not be drawn yet. */
const loaded = async (page: Page, selector: string) => {
  const all = `[...document.querySelectorAll('${selector}')]`;
  await untilInPage(page, `${all}.length > 0 && ${all}.every((image) => image.complete && image.naturalWidth > 0)`);
  await page.evaluate(`Promise.allSettled(${all}.map((image) => image.decode()))`);
};
const shots = await Promise.all(
  [2, 4, 5, 6].map(async (number) => ({
    name: `${places[number]}.jpg`,
    mimeType: 'image/jpeg',
    buffer: await scenery(number, 1200, 800),
  })),
);
const choose = (page: Page, files: readonly { name: string; mimeType: string; buffer: Buffer }[]) =>
  page.locator('#files').setInputFiles([...files]);
const said = (page: Page, text: RegExp | string, at = 0) =>
  page.locator('darkroom-upload li').getByText(text).nth(at).waitFor();
const never = () => undefined;
const open = (page: Page, id: string | undefined) => page.goto(`${service.url}/#picture/${id}`);
/** With the heading of what is shown. */
const shownAt = async (page: Page, selector: string) => {
  await page.locator(selector).waitFor();
  await page.evaluate(
    `{ const one = document.querySelector('${selector}'); (one.closest('#detail section') ?? one).scrollIntoView(); }`,
  );
};

type View = (page: Page, context: BrowserContext) => Promise<unknown>;
const views: Readonly<Record<string, View>> = {
  pictures: async (page) => {
    await page.goto(service.url);
    await loaded(page, '#gallery img');
  },
  picture: async (page) => {
    await open(page, newest);
    await loaded(page, '#detail .whole');
  },
  compare: async (page) => {
    await open(page, newest);
    await page.getByRole('button', { name: 'Compare' }).click();
    await loaded(page, '#detail .canvas img');
  },
  crops: async (page) => {
    await open(page, newest);
    await page.getByRole('button', { name: 'Crops' }).click();
    await loaded(page, '#detail .where img');
    await loaded(page, '#detail .crops img');
  },
  code: async (page) => {
    await open(page, newest);
    await page.getByRole('button', { name: 'React, Next' }).click();
    await shownAt(page, '.code');
  },
  variants: async (page) => {
    await open(page, newest);
    await shownAt(page, '[aria-label="Variants"]');
  },
  versions: async (page) => {
    await open(page, newest);
    await shownAt(page, '.versions');
    await loaded(page, '.beside img');
  },
  timeline: async (page) => {
    await open(page, newest);
    await loaded(page, '.beside img');
    await page.getByText('Each file').last().click();
    await shownAt(page, '.timeline');
  },
  failed: async (page) => {
    await open(page, broken[0]?.id);
    await page.locator('.timeline').waitFor();
  },
  selected: async (page) => {
    await page.goto(service.url);
    await loaded(page, '#gallery img');
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    for (const at of [1, 3, 4]) await page.locator('#gallery button').nth(at).click();
  },
  delete: async (page) => {
    await page.goto(service.url);
    await loaded(page, '#gallery img');
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    await page.locator('#gallery button').nth(1).click();
    await page.locator('#selection-delete').click();
  },
  filtered: async (page) => {
    await page.goto(service.url);
    await loaded(page, '#gallery img');
    await page.locator('#search').fill('no picture has this name');
    await page.getByText('No picture matches.').waitFor();
  },
  jobs: async (page) => {
    await page.goto(`${service.url}/#jobs`);
    await page.locator('#jobs-list > li').first().waitFor();
  },
  operations: async (page) => {
    await page.goto(`${service.url}/#operations`);
    await page.locator('#figures .chart').nth(3).waitFor();
    await page.locator('#failures .card').first().waitFor();
  },
  failures: async (page) => {
    await page.goto(`${service.url}/#operations`);
    await page.locator('#figures .chart').first().waitFor();
    await page.locator('#failures .card').first().waitFor();
    await shownAt(page, '#failures');
  },
  empty: async (page) => {
    await page.goto(empty.url);
    await page.getByText('No picture yet').waitFor();
  },
  over: async (page) => {
    await page.goto(empty.url);
    await page.getByText('No picture yet').waitFor();
    const dataTransfer = await page.evaluateHandle(
      "(() => { const all = new DataTransfer(); all.items.add(new File(['x'], 'x.jpg', { type: 'image/jpeg' })); return all; })()",
    );
    for (const type of ['dragenter', 'dragover']) await page.dispatchEvent('header h1', type, { dataTransfer });
  },
  loading: async (page) => {
    await page.route('**/v1/images?*', never);
    await page.goto(service.url);
    await page.getByText('Loading').first().waitFor();
  },
  trouble: async (page) => {
    await page.route('**/v1/images?*', (route) =>
      route.fulfill({
        status: 503,
        headers: { 'content-type': 'application/problem+json' },
        json: { code: 'unavailable', detail: 'The service cannot answer now. Try again later.' },
      }),
    );
    await page.goto(service.url);
    await page.locator('#notice').waitFor();
  },
  offline: async (page, context) => {
    await page.goto(service.url);
    await loaded(page, '#gallery img');
    await context.setOffline(true);
    await choose(page, shots.slice(0, 2));
    await said(page, 'Waiting for the network');
  },
  key: async (page) => {
    await page.goto(locked.url);
    await page.getByRole('dialog').waitFor();
    await page.getByLabel('API key').fill('a-wrong-key-of-this-view');
    await page.keyboard.press('Enter');
    await page.getByText('This key is not valid.').waitFor();
  },
  uploading: async (page) => {
    await page.goto(service.url);
    await loaded(page, '#gallery img');
    await page.route('**/originals/**', never);
    await choose(page, [...shots, ...shots.map((one) => ({ ...one, name: `another ${one.name}` }))]);
    await said(page, /^Uploading/);
    await page.getByRole('button', { name: 'Cancel: another dunes.jpg' }).click();
    await choose(page, [
      {
        name: 'a very long name of a text that is no picture at all.jpg',
        mimeType: 'image/jpeg',
        buffer: Buffer.from('text'),
      },
    ]);
    await said(page, /^Not a picture/);
  },
};

const outlineFile = (name: string) => new URL(`console-${name}.outline`, docs);

/** What comes last, such as a count, may come after what the view waits for. */
const drawForDocs = async (page: Page, name: string): Promise<void> => {
  let outline = '';
  do {
    outline = await outlineOf(page);
    await page.waitForTimeout(2000);
  } while ((await outlineOf(page)) !== outline);
  const picture = await page.screenshot({ animations: 'disabled' });
  await sharp(picture)
    .jpeg({ quality: 82, mozjpeg: true })
    .toFile(new URL(`console-${name}.jpg`, docs).pathname);
  await writeFile(outlineFile(name), outline);
};

/** Whether the page still is what its picture in the docs shows: given the time that a busy machine needs. */
const changesSince = async (page: Page, name: string): Promise<readonly string[]> => {
  const drawn = await readFile(outlineFile(name), 'utf8');
  let now = await outlineOf(page);
  for (const end = Date.now() + 60_000; now !== drawn && Date.now() < end; now = await outlineOf(page))
    await page.waitForTimeout(500);
  if (now === drawn) return [];
  const only = (one: string, other: string) => one.split('\n').filter((line) => !other.split('\n').includes(line));
  return [
    `docs/pictures/console-${name}.jpg shows the page as it was (there "${only(drawn, now).join('", "')}", now "${only(now, drawn).join('", "')}"): draw it again with "npm run screenshots -- --docs --only ${name}", and look at it`,
  ];
};

let [passed, failed] = [0, 0];
const findings = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source);
  return page.evaluate<string[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target, any }) => id + ' ' + target.join(' ') + ' ' + (any[0]?.message ?? ''))))`,
  );
};
const browser = await launchBrowser();
for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [1440, 390])
    for (const [name, show] of Object.entries(views)) {
      if (!name.includes(only)) continue;
      const height = width === 390 ? 844 : 900;
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme,
        reducedMotion: 'reduce',
        // A phone is touched.
        hasTouch: width === 390,
        isMobile: width === 390,
      });
      const page = await context.newPage();
      const complaints: string[] = [];
      // Of a request that is refused, as some views want it, Chromium itself tells.
      page.on('console', (message) => {
        if (message.type() === 'error' && !/^Failed to load resource/.test(message.text()))
          complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      try {
        await show(page, context);
        const overflow = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        if (overflow > 0) complaints.push(`${overflow} pixels stick out`);
        const picture = await page.screenshot({ animations: 'disabled' });
        // Each scheme once, and each width once.
        if ((colorScheme === 'dark') === (width === 390)) complaints.push(...(await findings(page)));
        if (into) await writeFile(join(into, `${name}-${width}-${colorScheme}.png`), picture);
        if (width === 1440 && inDocs.includes(`${name} ${colorScheme}`)) {
          if (isForDocs) await drawForDocs(page, name);
          else complaints.push(...(await changesSince(page, name)));
        }
      } catch (error) {
        complaints.push(String(error));
      }
      process.stdout.write(
        `${complaints.length === 0 ? 'ok    ' : 'FAILED'} ${name}, ${colorScheme}, ${width} ${complaints.join('; ')}\n`,
      );
      if (complaints.length === 0) passed++;
      else failed++;
      await context.close();
    }
await browser.close();
for (const one of [service, empty, locked]) await one.stop();
await folder.remove();
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
