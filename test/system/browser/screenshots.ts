import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { darkroom } from '../../../lib/client/darkroom.ts';
import { launchBrowser } from '../../support/browser.ts';
import { untilInPage } from '../../support/in-page.ts';
import { scenery } from '../../support/scenery.ts';
import { startService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

// Screenshots of each view of the console, light and dark, 390 and 1440 pixels wide, of a service with drawn pictures.
// `--into FOLDER` keeps all of them; `--docs` draws the ones in docs/pictures again. The last line is `N passed, N failed`.

const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at > 0 ? process.argv[at + 1] : undefined;
};
const into = argument('--into');
const isForDocs = process.argv.includes('--docs');
if (into) await mkdir(into, { recursive: true });
const docs = new URL('../../../docs/pictures/', import.meta.url);

const folder = await temporaryFolder();
const service = await startService(folder.path, { DARKROOM_TICKETS_PER_MINUTE: '1000' });
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
await client.reprocess(newest, { preset: 'lean' }).then(({ id, version }) => client.untilReady(id, version));
const finished = async (id: string): Promise<void> => {
  while ((await client.findJob(id)).status !== 'done') await new Promise((resolve) => setTimeout(resolve, 200));
};
await finished((await client.startJob({ action: 'reprocess', collection: 'autumn', dryRun: true })).id);
await finished((await client.startJob({ action: 'reprocess', collection: 'autumn' })).id);
const { id: paused } = await client.startJob({ action: 'reprocess', collection: 'travels' });
await client.pauseJob(paused);

const loaded = (page: Page, selector: string) =>
  untilInPage(
    page,
    `document.querySelector('${selector}') && [...document.querySelectorAll('${selector}')].every((image) => image.complete && image.naturalWidth > 0)`,
  );
const views: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  pictures: (page) => loaded(page, '#gallery img'),
  picture: async (page) => {
    await page.goto(`${service.url}/#picture/${newest}`);
    await loaded(page, '#detail .whole');
  },
  compare: async (page) => {
    await page.goto(`${service.url}/#picture/${newest}`);
    await page.getByRole('button', { name: 'Compare' }).click();
    await loaded(page, '#detail .canvas img');
  },
  versions: async (page) => {
    await page.goto(`${service.url}/#picture/${newest}`);
    await page.locator('.beside').scrollIntoViewIfNeeded();
    await loaded(page, '.beside img');
  },
  selected: async (page) => {
    await loaded(page, '#gallery img');
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    for (const at of [1, 3, 4]) await page.locator('#gallery button').nth(at).click();
  },
  jobs: async (page) => {
    await page.goto(`${service.url}/#jobs`);
    await page.locator('#jobs-list > li').first().waitFor();
  },
  operations: async (page) => {
    await page.goto(`${service.url}/#operations`);
    // A line needs several looks, which the page takes at once when the network comes back.
    for (let look = 0; look < 16; look++) {
      await page.evaluate("dispatchEvent(new Event('online'))");
      await page.waitForResponse((response) => response.url().endsWith('/metrics'));
    }
    await page.locator('#figures .chart').first().waitFor();
    await page.locator('#failures .card').first().waitFor();
  },
};

let [passed, failed] = [0, 0];
const browser = await launchBrowser();
for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [1440, 390])
    for (const [name, show] of Object.entries(views)) {
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
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      try {
        await page.goto(service.url);
        await show(page);
        const overflow = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        if (overflow > 0) complaints.push(`${overflow} pixels stick out`);
        const picture = await page.screenshot({ animations: 'disabled' });
        if (into) await writeFile(join(into, `${name}-${width}-${colorScheme}.png`), picture);
        if (
          isForDocs &&
          width === 1440 &&
          (`${name}-${colorScheme}` === 'pictures-light' || `${name}-${colorScheme}` === 'compare-dark')
        )
          await sharp(picture)
            .jpeg({ quality: 82, mozjpeg: true })
            .toFile(new URL(`console-${name}.jpg`, docs).pathname);
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
await service.stop();
await folder.remove();
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
