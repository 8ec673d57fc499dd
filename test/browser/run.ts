import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { bytesOf, corners, noise } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// The page at `/` in a real browser, as a person uses it: by file chooser, by drop, with the keyboard, on a small screen.
// Needs Chromium or Chrome: on Debian `apt-get install chromium`, elsewhere CHROMIUM=/path/to/it. `--pictures FOLDER` keeps
// screenshots. The last line is `N passed, N failed`.

const picturesAt = process.argv.indexOf('--pictures');
const keptPictures = picturesAt > 0 ? process.argv[picturesAt + 1] : undefined;

let [passed, failed] = [0, 0];
const check = (fact: string, holds: boolean, more: unknown = ''): void => {
  process.stdout.write(`${holds ? 'ok    ' : 'FAILED'} ${fact}${holds ? '' : ` ${JSON.stringify(more)}`}\n`);
  if (holds) passed++;
  else failed++;
};

const folder = await temporaryFolder();
const photo = join(folder.path, 'a photo.jpg');
const text = join(folder.path, 'text.jpg');
await writeFile(photo, await bytesOf(noise(1600, 1200).jpeg()));
await writeFile(text, 'this is no picture');
const service = await startService(join(folder.path, 'data'));
const browser = await launchBrowser();

const open = async (at: Browser, { url }: Service, options: Parameters<Browser['newPage']>[0] = {}) => {
  const page = await at.newPage(options);
  page.setDefaultTimeout(patience.timeout);
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
};
const keep = async (page: Page, name: string) => {
  if (keptPictures) await page.screenshot({ path: join(keptPictures, `${name}.png`), fullPage: true });
};
const upload = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name }).first();
const patience = { timeout: 120_000 };

try {
  const { page, complaints } = await open(browser, service);
  await keep(page, 'empty');
  await page.getByLabel(/choose/i).setInputFiles([photo, text]);

  const good = upload(page, 'a photo.jpg');
  await good.getByText(/^Ready/).waitFor(patience);
  check('a chosen photo becomes ready', true);
  const shown = good.locator('picture img');
  await shown.waitFor(patience);
  await page.waitForFunction(
    (image) => (image as { naturalWidth: number }).naturalWidth > 0,
    await shown.elementHandle(),
  );
  const source = await shown.evaluate((image) => (image as unknown as { currentSrc: string }).currentSrc);
  check(
    'the browser shows its AVIF, from an immutable URL',
    /\/images\/[a-z2-7]{26}\/v1\/\d+w\.avif$/.test(source),
    source,
  );
  await good
    .getByText(/21 files/i)
    .last()
    .click();
  check(
    'all 21 files are listed with links',
    (await good.getByRole('link').count()) >= 21,
    await good.getByRole('link').count(),
  );
  const links = await good
    .getByRole('link')
    .evaluateAll((all) => all.map((link) => (link as unknown as { href: string }).href));
  const answers = await Promise.all(links.map(async (link) => (await fetch(link)).status));
  check(
    'each of them answers',
    answers.every((status) => status === 200),
    answers,
  );

  const bad = upload(page, 'text.jpg');
  await bad.getByText(/not a picture/i).waitFor(patience);
  check('a file that is no picture is refused with a sentence', true);
  await keep(page, 'uploaded');

  const picture = [...(await bytesOf(corners(300, 200).png()))];
  const dropped = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(${JSON.stringify(picture)})], 'dropped.png', { type: 'image/png' }));
    return transfer;
  })()`);
  for (const type of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent('form', type, { dataTransfer: dropped });
  await upload(page, 'dropped.png')
    .getByText(/^Ready/)
    .waitFor(patience);
  check('a dropped picture becomes ready', true);
  check('the page complains of nothing', complaints.length === 0, complaints);

  const small = await open(browser, service, { viewport: { width: 320, height: 640 } });
  await small.page.keyboard.press('Tab');
  const focused = await small.page.evaluate<string>('document.activeElement.tagName');
  check('the keyboard reaches the file chooser first', focused === 'INPUT' || focused === 'BUTTON', focused);
  const overflow = await small.page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  check('nothing sticks out on a screen 320 pixels wide', overflow <= 0, overflow);
  await keep(small.page, 'small');
} catch (error) {
  check('the page does what a person expects of it', false, String(error));
} finally {
  await browser.close();
  await service.stop();
  await folder.remove();
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
