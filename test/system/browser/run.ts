import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { darkroom } from '../../../lib/client/darkroom.ts';
import { consoleOf, consolePolicy } from '../../../lib/contract/console-page.ts';
import { hashOfKey } from '../../../lib/core/api-keys.ts';
import { launchBrowser } from '../../support/browser.ts';
import { startExampleSite } from '../../support/example-site.ts';
import { freePort } from '../../support/free-port.ts';
import { untilInPage } from '../../support/in-page.ts';
import { copyImage, giveUp } from '../../support/many-images.ts';
import { bytesOf, corners, noise } from '../../support/pictures.ts';
import { startService, startServiceOnKnownPort } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { firefoxScenes } from './firefox.ts';
import { intakeScenes } from './intake.ts';
import { networkScenes } from './network.ts';
import { pageAroundScenes } from './page-around.ts';
import { uploaderScenes } from './uploader.ts';
import type { Given, World } from './world.ts';

// The uploader and the page at `/` in a real browser, as people use them: by file chooser, by drop, with the keyboard, on a
// small screen, without a network for a while, with a wrong key, from a site of another origin.
// Needs Chromium or Chrome: on Debian `apt-get install chromium`, elsewhere CHROMIUM=/path/to/it. The main scenes are played in
// Firefox as well (firefox.ts). `--pictures FOLDER` keeps
// screenshots, `--only PART` runs the scenes whose name contains PART. The last line is `N passed, N failed`.

const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at > 0 ? process.argv[at + 1] : undefined;
};
const keptPictures = argument('--pictures');
const only = argument('--only') ?? '';
if (keptPictures) await mkdir(keptPictures, { recursive: true });

let [passed, failed] = [0, 0];
const check = (fact: string, holds: boolean, more: unknown = ''): void => {
  process.stdout.write(`${holds ? 'ok    ' : 'FAILED'} ${fact}${holds ? '' : ` ${JSON.stringify(more)}`}\n`);
  if (holds) passed++;
  else failed++;
};
const sees: World['sees'] = async (fact, ...waits) => {
  try {
    await Promise.all(waits);
  } catch (error) {
    throw new Error(`never seen: ${fact}`, { cause: error });
  }
  check(fact, true);
};

const folder = await temporaryFolder();
const browser = await launchBrowser();
const patience = { timeout: Number(argument('--patience') ?? 240_000) };

const open = async (at: Browser, url: string, options: BrowserContextOptions = {}) => {
  const context = await at.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience.timeout);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, context, complaints, requests };
};
const keep = async (page: Page, name: string) => {
  if (keptPictures) await page.screenshot({ path: join(keptPictures, `${name}.png`), animations: 'disabled' });
};
const row = (page: Page, name: string) => page.locator('darkroom-upload li').filter({ hasText: name });
const status = (page: Page, name: string, text: RegExp | string) =>
  row(page, name).getByText(text).first().waitFor(patience);
const choose = (page: Page, files: readonly Given[]) => page.locator('#files').setInputFiles([...files]);
const tiles = (page: Page) => page.locator('#gallery li:has(img)');
/** What a page complains of besides requests that a scene lets fail. */
const besides = (complaints: readonly string[], broken: RegExp) =>
  complaints.filter((one) => !one.startsWith('Failed to load resource') || !broken.test(one));
const holds = (page: Page, expression: string) => untilInPage(page, expression, patience.timeout);

type Look = { readonly blur: string; readonly width: number; readonly height: number; readonly isThere: boolean };
const given = (name: string, bytes: Uint8Array, mimeType = 'image/jpeg'): Given => ({
  name,
  mimeType,
  buffer: Buffer.from(bytes),
});
const photo = async (name: string, width = 900, height = 600) => {
  const [first = 0] = name.match(/\d+/) ?? [];
  const colours = await corners(width, height).png().toBuffer();
  return given(
    name,
    await bytesOf(
      sharp(colours)
        .blur(width / 8)
        .modulate({ hue: 37 * Number(first) })
        .jpeg(),
    ),
  );
};

/** Drops files at an element of the page, as the browser tells a page of a drop. */
const drop = async (page: Page, selector: string, files: readonly Given[]) => {
  const transfer = await page.evaluateHandle(
    (all) => {
      const { DataTransfer, File, atob } = globalThis as unknown as {
        DataTransfer: new () => { items: { add: (file: unknown) => void } };
        File: new (parts: unknown[], name: string, options: object) => unknown;
        atob: (text: string) => string;
      };
      const made = new DataTransfer();
      for (const { name, type, base64 } of all)
        made.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type }));
      return made;
    },
    files.map(({ name, mimeType, buffer }) => ({ name, type: mimeType, base64: buffer.toString('base64') })),
  );
  for (const type of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent(selector, type, { dataTransfer: transfer });
};

const findings = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source);
  return page.evaluate<string[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target, any }) => id + ' ' + target.join(' ') + ' ' + (any[0]?.message ?? ''))))`,
  );
};

const serve = (name: string, more: Record<string, string> = {}) => startService(join(folder.path, name), more);

/** With one ready picture, and so many more in the catalogue that are copies of it. */
const serviceWithCopies = async (name: string, count: number) => {
  const first = await serve(name);
  const small = await photo('1.jpg', 150, 100);
  const { id } = await darkroom({ url: first.url }).upload(new Blob([new Uint8Array(small.buffer)]), {
    contentType: 'image/jpeg',
    preset: 'gallery',
  });
  await first.stop();
  copyImage(join(folder.path, name), id, count);
  return { ...(await serve(name)), id };
};

const scenes: Record<string, () => Promise<void>> = {
  'one photo and the gallery': async () => {
    const service = await serve('one');
    const { page, complaints, requests } = await open(browser, service.url, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByText('No picture yet').waitFor(patience);
    await keep(page, 'empty-1440-light');
    await choose(page, [given('a photo.jpg', await bytesOf(noise(1600, 1200).jpeg()))]);
    await sees('a chosen photo becomes ready', status(page, 'a photo.jpg', /^Ready/));
    await tiles(page).first().waitFor(patience);
    check('it appears in the gallery by itself', (await tiles(page).count()) === 1);
    await page.locator('#gallery button').first().click();
    const shown = page.locator('#detail picture img');
    await holds(page, "document.querySelector('#detail picture img')?.naturalWidth > 0");
    const source = await shown.evaluate((image) => (image as unknown as { currentSrc: string }).currentSrc);
    check(
      'its detail shows the AVIF, from an immutable URL',
      /\/images\/[a-z2-7]{26}\/v1\/\d+w\.avif$/.test(source),
      source,
    );
    const links = await page
      .locator('#detail tbody a')
      .evaluateAll((all) => all.map((link) => (link as unknown as { href: string }).href));
    const answers = await Promise.all(links.map(async (link) => (await fetch(link)).status));
    check(
      'all 21 variants are listed, and each answers',
      links.length === 21 && answers.every((one) => one === 200),
      answers,
    );
    const life = await page.locator('.timeline li span').allTextContents();
    check(
      'the timeline tells of the ticket, the arrival, the attempt, the files and the end',
      /^First ticket given.*Original of version 1 arrived.*Attempt 1 .*21 files were stored.*Version 1 ready/.test(
        life.join(),
      ),
      life,
    );
    const copiedBy = async (button: Locator) => {
      await page.evaluate("navigator.clipboard.writeText('')");
      await button.click();
      await holds(page, 'navigator.clipboard.readText()');
      return page.evaluate<string>('navigator.clipboard.readText()');
    };
    const copies = page.locator('#detail tbody').getByRole('button', { name: /^Copy the address of / });
    const addresses = [await copiedBy(copies.first()), await copiedBy(copies.last())];
    check(
      'the address of each variant is copied',
      (await copies.count()) === 21 && addresses.join() === [links[0], links.at(-1)].join(),
      addresses,
    );
    const copied = await copiedBy(page.getByRole('button', { name: 'Copy the code' }));
    check('the code of the <picture> is copied', copied.startsWith('<picture>'), copied);
    await keep(page, 'detail-1440-light');
    check('axe has nothing against the detail', (await findings(page)).length === 0, await findings(page));
    for (const name of ['React, Next', 'Vue, Nuxt', 'Svelte', 'Astro', 'Element']) {
      await page.getByRole('button', { name, exact: true }).click();
      const code = await copiedBy(page.getByRole('button', { name: 'Copy the code' }));
      check(`and so is the code for ${name}`, code.includes('/v1/') && !code.startsWith('<picture>'), code);
    }
    await page.getByRole('button', { name: 'Compare' }).click();
    await holds(
      page,
      "[...document.querySelectorAll('.canvas img')].length === 2 && [...document.querySelectorAll('.canvas img')].every((one) => one.naturalWidth > 0)",
    );
    const files = await page.locator('.compare select').first().locator('option').allTextContents();
    check('the original can be laid beside every file that is no crop', files.length === 12, files);
    const width = () => page.evaluate<number>("document.querySelector('.canvas').getBoundingClientRect().width");
    check('at 1:1, a pixel of the file is a pixel of the screen', (await width()) === 1280, await width());
    await page.getByLabel('Zoom').selectOption('4');
    check('it can be enlarged', (await width()) === 5120, await width());
    const cut = () => page.evaluate<string>("document.querySelector('.before').style.clipPath");
    const before = await cut();
    await page.getByLabel('Original to the left of this line').press('ArrowRight');
    check('the line moves with the keyboard', (await cut()) !== before, before);
    await page.getByRole('button', { name: 'Crops' }).click();
    check('the crops are shown at their own size', (await page.locator('.crops img').count()) === 3);
    await holds(page, "document.querySelector('.where img')?.naturalWidth > 0");
    const frames = await page.locator('.where rect').count();
    const parts = await page.evaluate<readonly [number, number, number]>(
      "(({ width, height }, whole) => [width / height, height / whole.height, width / whole.width])(document.querySelector('.where rect').getBBox(), document.querySelector('.where svg').viewBox.baseVal)",
    );
    const drawn = await page.evaluate<number>(
      "document.querySelector('.where svg').getBoundingClientRect().height / document.querySelector('.where img').getBoundingClientRect().height",
    );
    check(
      'the frame lies where the square was cut: as high as the picture',
      Math.abs(parts[0] - 1) < 0.01 && Math.abs(parts[1] - 1) < 0.01 && Math.abs(drawn - 1) < 0.01,
      [parts, drawn],
    );
    const words = await page.locator('.where figcaption').innerText();
    check('and what they show of the whole', frames === 1 && words.includes('from the middle'), [frames, words]);
    check('axe has nothing against the crops', (await findings(page)).length === 0, await findings(page));
    await page.locator('#detail').getByLabel('Preset').selectOption('thumbnails');
    await page.getByRole('button', { name: 'Reprocess' }).click();
    await sees(
      'the picture that is open shows its new version by itself',
      page.locator('.timeline').getByText('Version 2 ready').waitFor(patience),
    );
    await page.locator('.beside figure').nth(1).waitFor(patience);
    const presets = await page.locator('.beside dd:first-of-type').allTextContents();
    check('two versions stand side by side', presets.join() === 'web,thumbnails', presets);
    const moments = await page.locator('.timeline li').allTextContents();
    check(
      'the timeline goes from the ticket to the last file',
      /First ticket/.test(moments[0] ?? '') &&
        moments.some((one) => /Version 2 asked for/.test(one)) &&
        /Version 2 ready/.test(moments.at(-1) ?? ''),
      moments,
    );
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download original' }).click();
    check('the original is downloaded under its name', (await download).suggestedFilename() === 'a photo.jpg');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    check('a deletion asks first', (await tiles(page).count()) === 1);
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText(/files of .* were deleted/).waitFor(patience);
    check('and ends with a receipt, and without the picture', (await tiles(page).count()) === 0);
    await page.getByRole('button', { name: 'Close' }).click();
    const foreign = requests.filter((url) => !url.startsWith(service.url) && !/^(blob|data):/.test(url));
    check('the page asks no other origin for anything', foreign.length === 0, foreign);
    check('the page complains of nothing', complaints.length === 0, complaints);
    const policy = (await fetch(service.url)).headers.get('content-security-policy') ?? '';
    check(
      'its policy allows nothing inline',
      policy.includes("default-src 'none'") && !policy.includes('unsafe'),
      policy,
    );
    await service.stop();
  },

  'forty photos': async () => {
    const service = await serve('forty', { DARKROOM_WORKERS: '2' });
    const { page, complaints, requests } = await open(browser, service.url);
    const sizes = [
      [300, 200],
      [200, 300],
      [400, 200],
      [240, 240],
    ] as const;
    const photos = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        photo(`photo ${index}.jpg`, ...(sizes[index % sizes.length] ?? sizes[0])),
      ),
    );
    let [now, most] = [0, 0];
    page.on('request', (request) => {
      if (request.method() === 'PUT') most = Math.max(most, ++now);
    });
    const ended = (request: { method: () => string }) => {
      if (request.method() === 'PUT') now--;
    };
    page.on('requestfinished', ended);
    page.on('requestfailed', ended);
    await page.evaluate(
      `(globalThis.spoken = [], new MutationObserver(([{ target }]) => spoken.push(target.textContent)).observe(
        document.querySelector('darkroom-upload').shadowRoot.querySelector('[role=status]'), { childList: true, characterData: true, subtree: true }))`,
    );
    await drop(page, 'header h1', photos);
    await page.getByText('Waiting for its turn').first().waitFor(patience);
    await keep(page, 'uploading-1440-light');
    // A drop by hand is a reason to move; this one is made by a script, so what it moves is not looked at.
    await holds(page, "document.querySelector('darkroom-upload').shadowRoot.querySelectorAll('li').length === 40");
    await page.evaluate(
      "(globalThis.shifts = [], new PerformanceObserver((list) => shifts.push(...list.getEntries().map(({ value, sources }) => [value, sources.map(({ node }) => node?.outerHTML?.slice(0, 60))]))).observe({ type: 'layout-shift' }))",
    );
    check('what is dropped anywhere on the page is taken', page.url() === `${service.url}/`);
    await sees('forty photos become ready', page.getByText('40 of 40 ready').first().waitFor(patience));
    check('at most three are on their way at once', most > 0 && most <= 3, most);
    check('each is sent once', requests.filter((url) => url.includes('/originals/')).length === 40);
    await holds(page, "document.querySelector('#count').textContent === '40'");
    const height = await page.evaluate<number>("document.querySelector('darkroom-upload').offsetHeight");
    const spoken = await page.evaluate<string[]>('spoken');
    check(
      'listeners are told milestones, and no percents',
      spoken.length >= 2 && spoken.length <= 6 && spoken.at(-1) === '40 of 40 ready' && !spoken.join().includes('%'),
      spoken,
    );
    check('the list of forty is no higher than the window', height < 900, height);
    await holds(page, "[...document.querySelectorAll('#gallery img')].slice(0, 8).every((image) => image.complete)");
    const shifts = await page.evaluate<readonly (readonly [number, readonly string[]])[]>('shifts');
    const shifted = shifts.reduce((sum, [value]) => sum + value, 0);
    check('the page hardly moves while the pictures come in', shifted <= 0.1, [shifted, shifts]);
    for (const scheme of ['light', 'dark'] as const)
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: 900 });
        // Without motion: axe must not look at a background on its way from one scheme to the other.
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        const found = await findings(page);
        check(`axe has nothing against the page (${scheme}, ${width})`, found.length === 0, found);
        const overflow = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        check(`nothing sticks out (${scheme}, ${width})`, overflow <= 0, overflow);
        await keep(page, `gallery-${width}-${scheme}`);
      }
    await page.locator('#gallery button').first().click();
    await page.locator('#detail picture img').waitFor(patience);
    await keep(page, 'detail-390-dark');
    const named = () => page.locator('#detail-title').innerText();
    const first = await named();
    check(
      'there is nothing newer than the newest',
      await page.getByRole('button', { name: 'Newer picture' }).isDisabled(),
    );
    await page.getByRole('button', { name: 'Older picture' }).click();
    await holds(
      page,
      `document.querySelector('#detail .whole') && document.querySelector('#detail-title').textContent !== '${first}'`,
    );
    check('one press leads from a picture to the one beside it', /^photo/.test(await named()));
    await page.keyboard.press('ArrowLeft');
    await sees(
      'and so does an arrow key',
      holds(page, `document.querySelector('#detail-title').textContent === '${first}'`),
    );
    await page.goBack();
    await page.locator('#detail').waitFor({ ...patience, state: 'hidden' });
    check('the way back leads from a picture to the gallery', await page.locator('#gallery').isVisible());
    await page.selectOption('#status', 'failed');
    await page.getByText('No picture matches.').waitFor(patience);
    check('the gallery is filtered by status', (await page.locator('#gallery li').count()) === 0);
    check('the page complains of nothing', complaints.length === 0, complaints);
    await service.stop();
  },

  'files that are refused': async () => {
    const service = await serve('refused');
    const { page, complaints, requests } = await open(browser, service.url);
    const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    await choose(page, [
      given('text.jpg', Buffer.from('this is no picture')),
      given('large.jpg', Buffer.concat([await bytesOf(noise(200, 200).jpeg()), Buffer.alloc(13_946_060)])),
      given('iphone.heic', heic, 'image/heic'),
      given('empty.jpg', Buffer.alloc(0)),
      await photo('small.jpg', 60, 60),
    ]);
    for (const [name, sentence] of [
      ['text.jpg', /^Not a picture\./],
      ['large.jpg', '13.4 MB; at most 10 MB.'],
      ['iphone.heic', /iPhone .* Most Compatible/],
      ['empty.jpg', /^The file is empty/],
      ['small.jpg', '60 × 60 pixels; at least 100 × 100.'],
    ] as const) {
      await sees(`${name} is refused in a sentence for people`, status(page, name, sentence));
    }
    const sent = requests.filter((url) => url.endsWith('/v1/images') || url.includes('/originals/'));
    check('nothing of them is sent', sent.length === 0, sent);
    await keep(page, 'refused-1440-light');
    const damaged = (await bytesOf(noise(400, 300).jpeg())).subarray(0, 5000);
    await choose(page, [given('damaged.jpg', damaged)]);
    await sees('what only the service can see, it says', status(page, 'damaged.jpg', /ends before the picture does/));
    const spoken = await page.locator('darkroom-upload [role=status]').textContent();
    check('listeners are told how it ended', /^0 of 6 ready, 6 not$/.test(spoken ?? ''), spoken);
    await page.evaluate("document.documentElement.lang = 'de'; document.querySelector('darkroom-upload').strings = {}");
    await sees('the uploader speaks German', page.getByRole('button', { name: 'Bilder auswählen' }).waitFor(patience));
    check('the page complains of nothing', complaints.length === 0, complaints);
    await service.stop();
  },

  'cancel and retry': async () => {
    const service = await serve('cancel');
    const { page, complaints } = await open(browser, service.url);
    let isHeld = true;
    const held: (() => void)[] = [];
    await page.route('**/originals/**', async (route) => {
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      await route.continue().catch(() => undefined);
    });
    await choose(page, [await photo('a.jpg'), await photo('b.jpg')]);
    await page.getByRole('button', { name: 'Cancel: a.jpg' }).waitFor(patience);
    while (held.length < 2) await page.waitForTimeout(20);
    const asks = await page.evaluate<boolean>("!window.dispatchEvent(new Event('beforeunload', { cancelable: true }))");
    check('leaving asks while files are on their way', asks);
    await page.getByRole('button', { name: 'Cancel: a.jpg' }).click();
    await status(page, 'a.jpg', 'Cancelled');
    isHeld = false;
    for (const go of held) go();
    await sees('a cancelled upload stops, and the others go on', status(page, 'b.jpg', /^Ready/));
    await page.getByRole('button', { name: 'Try again: a.jpg' }).click();
    await sees('it can be tried again', status(page, 'a.jpg', /^Ready/));
    const still = await page.evaluate<boolean>(
      "!window.dispatchEvent(new Event('beforeunload', { cancelable: true }))",
    );
    check('leaving does not ask when all is done', !still);
    await page.getByRole('button', { name: 'Remove from the list: a.jpg' }).click();
    check('it can be removed from the list', (await page.locator('darkroom-upload li').count()) === 1);
    check('the page complains of nothing', complaints.length === 0, complaints);
    await service.stop();
  },

  'a network that goes away': async () => {
    const service = await serve('network');
    const { page, context, complaints } = await open(browser, service.url);
    let isHeld = true;
    await page.route('**/originals/**', (route) => (isHeld ? route.abort('internetdisconnected') : route.continue()));
    await context.setOffline(true);
    await choose(page, [await photo('a.jpg'), await photo('b.jpg')]);
    await sees('an upload waits for the network, and says so', status(page, 'a.jpg', 'Waiting for the network'));
    await keep(page, 'offline-1440-light');
    check('and so does the page', await page.locator('#offline').isVisible());
    isHeld = false;
    await context.setOffline(false);
    await page.locator('#offline').waitFor({ ...patience, state: 'hidden' });
    await sees(
      'when it is back, everything becomes ready by itself',
      ...['a.jpg', 'b.jpg'].map((name) => status(page, name, /^Ready/)),
    );

    await page.route('**/v1/uploads/*', (route) => (isHeld ? route.abort('internetdisconnected') : route.continue()));
    isHeld = true;
    await page.unroute('**/originals/**');
    await choose(page, [await photo('c.jpg')]);
    await status(page, 'c.jpg', 'Uploaded; waiting for the network');
    isHeld = false;
    await page.evaluate("dispatchEvent(new Event('online'))");
    await sees('what had been uploaded goes on waiting', status(page, 'c.jpg', /^Ready/));
    const other = besides(complaints, /net::ERR_INTERNET_DISCONNECTED/);
    check('the page complains of nothing but the requests that fail here', other.length === 0, other);
    await service.stop();
  },

  'a reload in the middle': async () => {
    const service = await serve('reload');
    const { page, complaints } = await open(browser, service.url);
    page.on('dialog', (dialog) => void dialog.accept());
    await page.route('**/v1/uploads/*', (route) => route.abort());
    await choose(page, [await photo('arrived.jpg')]);
    await status(page, 'arrived.jpg', 'Uploaded; waiting for the network');
    await page.route('**/originals/**', () => undefined);
    await choose(page, [await photo('cut.jpg')]);
    await status(page, 'cut.jpg', /^Uploading/);
    await page.unroute('**/originals/**');
    await page.reload();
    await status(page, 'arrived.jpg', 'Uploaded; waiting for the network');
    await page.unroute('**/v1/uploads/*');
    await page.evaluate("dispatchEvent(new Event('online'))");
    await sees('what had been uploaded is found again after a reload', status(page, 'arrived.jpg', /^Ready/));
    await sees('what had not is said to be interrupted', status(page, 'cut.jpg', /^Interrupted by a reload/));
    await choose(page, [await photo('cut.jpg')]);
    await sees('choosing it again uploads it', status(page, 'cut.jpg', /^Ready/));
    await page.reload();
    await page.getByRole('heading', { name: 'Pictures' }).waitFor(patience);
    check('what is ready is not shown as an upload again', (await page.locator('darkroom-upload li').count()) <= 1);
    const other = besides(complaints, /net::ERR_FAILED .*\/v1\/uploads\/[a-z2-7]{26}$/);
    check('the page complains of nothing but the requests that fail here', other.length === 0, other);
    await service.stop();
  },

  'a key': async () => {
    const service = await serve('key', { DARKROOM_API_KEY: 'the-right-key-of-this-test' });
    const { page, complaints } = await open(browser, service.url);
    await page.getByRole('dialog').waitFor(patience);
    await keep(page, 'key-1440-light');
    check('axe has nothing against the dialog of the key', (await findings(page)).length === 0, await findings(page));
    const field = page.getByLabel('API key');
    await field.fill('a-wrong-key-of-this-test');
    await page.keyboard.press('Enter');
    await sees('a wrong key is called wrong', page.getByText('This key is not valid.').waitFor(patience));
    await page.getByRole('button', { name: 'Cancel' }).click();
    await choose(page, [await photo('a.jpg')]);
    await status(page, 'a.jpg', 'The service needs a valid key.');
    check('after a cancel nothing asks again', (await page.locator('#key-dialog[open]').count()) === 0);
    await page.getByRole('button', { name: 'Key', exact: true }).click();
    await field.fill('the-right-key-of-this-test');
    await page.keyboard.press('Enter');
    await sees('with the right key, what failed goes on by itself', status(page, 'a.jpg', /^Ready/));
    const other = besides(complaints, /status of 401 .*\/v1\//);
    check('the page complains of nothing but the requests that fail here', other.length === 0, other);
    await service.stop();
  },

  'a site of another origin': async () => {
    const [key, port] = ['a-key-that-may-upload-only', await freePort()];
    const origin = `http://127.0.0.1:${port}`;
    const DARKROOM_KEYS = JSON.stringify([{ sha256: hashOfKey(key), rights: ['upload'] }]);
    const service = await startServiceOnKnownPort(join(folder.path, 'site'), {
      DARKROOM_KEYS,
      DARKROOM_ALLOWED_ORIGINS: origin,
    });
    const endSite = await startExampleSite(service.url, key, port);
    const { page, complaints, requests } = await open(browser, origin);
    const workers: string[] = [];
    page.on('worker', (worker) => workers.push(worker.url()));
    await page.evaluate(
      '(globalThis.revoked = [], URL.revokeObjectURL = new Proxy(URL.revokeObjectURL, { apply: (target, self, [url]) => (revoked.push(url), target.call(self, url)) }))',
    );
    const learned = () => requests.filter((url) => url.endsWith('/v1/openapi.json')).length;
    await holds(page, "document.querySelector('darkroom-upload').shadowRoot !== null");
    await choose(page, [await photo('from afar.jpg')]);
    await sees('a page of another origin uploads without a key', status(page, 'from afar.jpg', /^Ready/));
    check('and asks for the limits of the service once', learned() === 1, learned());
    check('and digests in a worker', workers.length === 1 && workers[0]?.startsWith('blob:') === true, workers);
    const isRevoked = await page.evaluate<boolean>(`revoked.includes(${JSON.stringify(workers[0])})`);
    check('whose own address is given back to the browser', isRevoked);
    const value = await page.evaluate<string[]>("[...new FormData(document.querySelector('form')).getAll('pictures')]");
    check('its form carries the id of the picture', /^[a-z2-7]{26}$/.test(value[0] ?? ''), value);
    await page.evaluate("document.querySelector('darkroom-upload').setAttribute('max-side', '400')");
    const turned = await bytesOf(corners(900, 600).withMetadata({ orientation: 6 }).jpeg({ quality: 100 }));
    await choose(page, [given('turned.jpg', turned)]);
    await sees(
      'a picture is made smaller before the upload when that is asked for, and stands upright',
      status(page, 'turned.jpg', 'Ready · 267 × 400'),
    );
    check('the page complains of nothing', complaints.length === 0, complaints);
    endSite();
    await service.stop();
  },

  'pictures on a page': async () => {
    const service = await serve('pictures', { DARKROOM_WORKERS: '1' });
    const file = await photo('1.jpg');
    const { ready } = await darkroom({ url: service.url }).upload(new Blob([new Uint8Array(file.buffer)]), {
      contentType: 'image/jpeg',
    });
    const { picture, placeholder } = ready;
    const json = JSON.stringify({ picture, placeholder }).replaceAll('&', '&amp;').replaceAll("'", '&#39;');
    const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Pictures</title>
      <link rel="icon" href="data:,"><script type="module" src="${service.url}/picture.js"></script>
      <darkroom-picture id="written" thumbhash="${placeholder.thumbhash}">${picture.html}</darkroom-picture>
      <p id="between">Text</p>
      <darkroom-picture id="made" image='${json}' alt="A market" sizes="50vw" img-class="hero" loading="eager" fetchpriority="high"></darkroom-picture>
      <p id="below">Text</p>
      <script type="module" src="/late.js"></script></html>`;
    const late = `const late = document.createElement('darkroom-picture');
      late.id = 'late'; late.setAttribute('alt', 'Late'); late.image = ${JSON.stringify(ready)}; document.body.append(late);`;
    const site = createServer(({ url }, response) => {
      const isScript = url === '/late.js';
      response.writeHead(200, {
        'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8',
        'content-security-policy': `default-src 'none'; script-src 'self' ${service.url}; img-src ${service.url} data:`,
      });
      response.end(isScript ? late : body);
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    const { port } = site.address() as AddressInfo;
    const { page, complaints, context } = await open(browser, 'about:blank');
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    await context.route('**/images/**', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: 'commit' });
    await page.locator('#late img').waitFor(patience);
    const looks = () =>
      page.evaluate<readonly Look[]>(
        `[...document.querySelectorAll('darkroom-picture img')].map((img) => {
          const { width, height } = img.getBoundingClientRect();
          return { blur: getComputedStyle(img).backgroundImage.slice(0, 19), width, height, isThere: img.naturalWidth > 0 && img.complete };
        })`,
      );
    const places = () =>
      page.evaluate<string>("['between', 'below', 'late'].map((id) => document.getElementById(id).offsetTop).join()");
    const before = await looks();
    const placesBefore = await places();
    check(
      'each picture has its blur and its room before a byte of it is there',
      before.length === 3 &&
        before.every(({ blur, isThere }) => blur === 'url("data:image/png' && !isThere) &&
        before.every(({ width, height }) => width > 100 && Math.abs(width / height - 1.5) < 0.01),
      before,
    );
    await page.evaluate(
      "(globalThis.shifts = [], new PerformanceObserver((list) => shifts.push(...list.getEntries().map((one) => one.value))).observe({ type: 'layout-shift' }))",
    );
    letGo();
    for (const id of ['made', 'late', 'written']) {
      await page.locator(`#${id}`).scrollIntoViewIfNeeded();
      await holds(page, `document.querySelector('#${id} img').naturalWidth > 0`);
    }
    await holds(
      page,
      "[...document.querySelectorAll('darkroom-picture img')].every((img) => getComputedStyle(img).backgroundImage === 'none')",
    );
    check(
      'the blur goes when the picture is there',
      (await looks()).every(({ isThere }) => isThere),
      await looks(),
    );
    const shifts = await page.evaluate<number[]>('shifts');
    check('nothing moves when the pictures come', shifts.length === 0 && (await places()) === placesBefore, shifts);
    await page.evaluate(
      "for (const id of ['late', 'written']) document.getElementById(id).image = undefined; new Promise((resolve) => setTimeout(resolve))",
    );
    const left = await page.evaluate<string>(
      "['late', 'written'].map((id) => document.getElementById(id).querySelectorAll('img').length).join()",
    );
    check(
      'an image that is no longer given is shown no more, and one that a server has written stays',
      left === '0,1',
      left,
    );
    const made = await page.evaluate<string>(
      "document.querySelector('#made').innerHTML.replace(/ (src|srcset)=\"[^\"]*\"/g, '')",
    );
    check(
      'the attributes of the element are those of the picture',
      /<source type="image\/avif" sizes="50vw">/.test(made) &&
        / alt="A market" loading="eager" decoding="async" fetchpriority="high" class="hero"><\/picture>$/.test(made),
      made,
    );
    check(
      'axe has nothing against the pictures',
      (await findings(page)).filter((one) => one.startsWith('image')).length === 0,
      await findings(page),
    );
    check('a strict policy and the page complain of nothing', complaints.length === 0, complaints);
    site.close();
    await service.stop();
  },

  'the page of the API': async () => {
    const key = 'the-key-of-the-page-1234567890';
    const service = await serve('api', { DARKROOM_API_KEY: key });
    const { page, context, complaints, requests } = await open(browser, `${service.url}/v1/docs`, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const sent: { readonly url: string; readonly key: string | undefined }[] = [];
    page.on('request', (request) => sent.push({ url: request.url(), key: request.headers().authorization }));
    const section = (name: string) => page.locator(`section#${name}`);
    const send = async (name: string) => {
      await section(name).getByRole('button', { name: 'Send' }).click();
      const said = section(name).getByRole('status').getByText(/ ms$/);
      await said.waitFor(patience);
      const body = await section(name).locator('form pre').innerText();
      return { said: (await said.innerText()).replace(/ in .*/, ''), body: JSON.parse(body) };
    };
    const refused = await send('listImages');
    check('a call without the key is refused', refused.said === '401' && refused.body.code === 'unauthorized', refused);
    await page.locator('#key').fill(key);
    const ticket = await send('requestUpload');
    check('a call with the key is answered', ticket.said === '201' && ticket.body.upload.method === 'PUT', ticket);
    await section('listImages').getByLabel('status').fill('pending');
    const listed = await send('listImages');
    check(
      'parameters of a query are sent',
      listed.body.items?.length === 1 && listed.body.items[0].id === ticket.body.id,
      listed,
    );
    await section('findImage').getByLabel('id').fill(ticket.body.id);
    const found = await send('findImage');
    check('parameters of a path are sent', found.body.id === ticket.body.id, found);
    await section('removeImage').getByLabel('id').fill(ticket.body.id);
    page.once('dialog', (dialog) => dialog.dismiss());
    await section('removeImage').getByRole('button', { name: 'Send' }).click();
    page.once('dialog', (dialog) => dialog.accept());
    const removed = await send('removeImage');
    check('a deletion is sent after a question only', removed.said === '200', removed);
    const deletions = sent.filter(({ url }) => url.endsWith(ticket.body.id)).length;
    check('and not when the question is declined', deletions === 2, sent);
    await send('health');
    const withoutKey = sent.filter((one) => one.key === undefined).map(({ url }) => new URL(url).pathname);
    check(
      'the key goes to calls that need one only',
      JSON.stringify(withoutKey) === '["/v1/images","/v1/health"]',
      withoutKey,
    );
    await section('requestUpload').getByText('With Python').click();
    await section('requestUpload').locator('details[open]').getByRole('button', { name: 'Copy' }).click();
    await section('requestUpload').getByRole('button', { name: 'Copied' }).waitFor(patience);
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    check(
      'code is copied whole',
      copied.startsWith('import json\n') && copied.endsWith('print(json.load(answer))'),
      copied,
    );
    const kept = await page.evaluate<unknown>(
      '({ session: { ...sessionStorage }, local: { ...localStorage }, cookie: document.cookie, address: location.href })',
    );
    check('the key is stored nowhere', !JSON.stringify([kept, await context.storageState()]).includes(key), kept);
    await keep(page, 'api-1440-light');
    const against = await findings(page);
    check('axe has nothing against the page', against.length === 0, against);
    await page.reload();
    check('the key is gone after a reload', (await page.locator('#key').inputValue()) === '');
    const elsewhere = requests.filter((url) => !url.startsWith(service.url) && !url.startsWith('data:'));
    check('nothing goes to another origin', elsewhere.length === 0, elsewhere);
    check(
      'the console shows the refused call only',
      complaints.every((one) => /status of 401/.test(one)) && complaints.length === 1,
      complaints,
    );
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const still = await plain.newPage();
    await still.goto(`${service.url}/v1/docs`);
    check(
      'without scripts the page shows the code, and no form or button that would do nothing',
      (await still.locator('form:visible, button:visible').count()) === 0 &&
        (await still.getByText('With curl').count()) > 10,
    );
    await service.stop();
  },

  'a picture is copied from and closed': async () => {
    const service = await serviceWithCopies('closed', 200);
    const { page, complaints } = await open(browser, 'about:blank');
    // As on a page of plain http:// from another machine.
    await page.addInitScript("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
    await page.goto(service.url);
    await tiles(page).first().waitFor(patience);
    await holds(page, 'document.documentElement.scrollHeight > 3000');
    await page.evaluate('scrollTo({ top: 1500, behavior: "instant" })');
    await holds(
      page,
      `(() => {
        const { top, bottom } = document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest('#gallery button')?.getBoundingClientRect() ?? {};
        return top > 0 && bottom < innerHeight;
      })()`,
    );
    const height = () => page.evaluate<number>('scrollY');
    const from = await height();
    await page.evaluate("document.elementFromPoint(innerWidth / 2, innerHeight / 2).closest('button').click()");
    await page.locator('#detail .whole').waitFor(patience);
    await page.getByRole('button', { name: 'Copy the code' }).click();
    await page
      .locator('#spoken')
      .getByText('Copied the code.')
      .waitFor({ ...patience, state: 'attached' });
    const code = await page.locator('#detail pre').innerText();
    await page.keyboard.press('Escape');
    await holds(page, "!document.querySelector('#detail').open && !location.hash");
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
    check('a picture that is closed leaves the gallery where it was', (await height()) === from && from > 0, [
      from,
      await height(),
    ]);
    await page.getByLabel('Name or id').focus();
    await page.keyboard.press('ControlOrMeta+V');
    const pasted = await page.getByLabel('Name or id').inputValue();
    check('code is copied where a page has no clipboard', pasted === code.replaceAll('\n', ' '), [pasted, code]);
    check('the page complains of nothing', complaints.length === 0, complaints);
    await service.stop();
  },

  'ten thousand pictures': async () => {
    const count = 10_000;
    const { id, ...service } = await serviceWithCopies('many', count);
    const { page, complaints } = await open(browser, 'about:blank');
    await page.goto(service.url);
    await tiles(page).first().waitFor(patience);
    const seen = new Set<string>();
    let most = 0;
    const look = async () => {
      const { nodes, names } = await page.evaluate<{ nodes: number; names: string[] }>(
        "({ nodes: document.querySelectorAll('*').length, names: [...document.querySelectorAll('#gallery button')].map((one) => one.title) })",
      );
      most = Math.max(most, nodes);
      for (const name of names) seen.add(name);
    };
    await look();
    for (let step = 0; step < 2000 && seen.size < count; step++) {
      // As far as there is something below, and then as soon as there is more.
      const from = await page.evaluate<number>('(scrollBy(0, 1600), scrollY)');
      await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
      await look();
      const atEnd = await page.evaluate<boolean>('scrollY + innerHeight >= document.documentElement.scrollHeight - 1');
      if (atEnd && seen.size < count)
        await holds(
          page,
          `scrollY + innerHeight < document.documentElement.scrollHeight - 1 || document.querySelector('#count').textContent === '10,000' || scrollY < ${from}`,
        );
    }
    check('each of ten thousand pictures can be reached', seen.size === count, seen.size);
    check('the document stays small all the way', most < 1000, most);
    await page.evaluate(
      'new Promise((resolve) => { let left = 30; const fly = () => { scrollBy(0, -3 * innerHeight); left-- > 0 ? requestAnimationFrame(fly) : resolve(); }; fly(); })',
    );
    await sees(
      'where a fast scroll ends, the pictures are loaded',
      holds(
        page,
        `(() => {
        const inSight = [...document.querySelectorAll('#gallery img')].filter((image) => {
          const { top, bottom } = image.parentElement.getBoundingClientRect();
          return bottom > 0 && top < innerHeight;
        });
        return inSight.length > 0 && inSight.every(({ naturalWidth }) => naturalWidth > 0);
      })()`,
      ),
    );
    await page.evaluate('scrollTo(0, 0)');
    await page.getByLabel('Name or id').fill('picture 07777.jpg');
    await holds(page, "document.querySelector('#count').textContent === '1'");
    check(
      'one is found by its name',
      (await page.locator('#gallery button').getAttribute('title')) === 'picture 07777.jpg',
    );
    await page.getByLabel('Name or id').fill(id);
    // The only one without a name.
    await sees(
      'and by its id',
      holds(page, `[...document.querySelectorAll('#gallery button')].map(({ title }) => title).join() === '${id}'`),
    );
    check('the page complains of nothing', complaints.length === 0, complaints);
    await service.stop();
  },

  'jobs and operations': async () => {
    const data = join(folder.path, 'operations');
    const before = await startService(data);
    const { id } = await darkroom({ url: before.url }).upload(
      new Blob([new Uint8Array((await photo('1.jpg')).buffer)]),
      {
        contentType: 'image/jpeg',
        filename: 'kept.jpg',
        collection: 'kept',
        preset: 'gallery',
      },
    );
    await before.stop();
    giveUp(data, id);
    const service = await startService(data);
    const client = darkroom({ url: service.url });
    const { page, complaints } = await open(browser, `${service.url}/#operations`);
    await page.getByText('All is well').waitFor(patience);
    await page.locator('#figures .chart').nth(3).waitFor(patience);
    await page.locator('#failures .failure').waitFor(patience);
    const titles = await page.locator('#operations h3').allTextContents();
    for (const title of ['Throughput', 'Queue', 'Render time', 'Storage', 'Disk', 'Workers', 'Cost', 'gave-up'])
      check(`operations tell of ${title}`, titles.includes(title), titles);
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      check(
        `axe has nothing against the operations (${scheme})`,
        (await findings(page)).length === 0,
        await findings(page),
      );
    }
    await page.getByRole('button', { name: 'Retry 1 picture' }).click();
    await sees('what the machine failed is made again with one click', client.untilReady(id, 2));

    await page.getByRole('link', { name: 'Jobs' }).click();
    await page.locator('#jobs-list .done').waitFor(patience);
    check('its job is listed, and done', /1 of 1/.test(await page.locator('#jobs-list').innerText()));
    await page.locator('#job-collection').fill('kept');
    await page.getByRole('button', { name: 'Predict' }).click();
    await sees(
      'a prediction says what a job would take',
      page.getByText(/^1 picture would make 3 files/).waitFor(patience),
    );
    check('axe has nothing against the jobs', (await findings(page)).length === 0, await findings(page));
    const { id: job } = await client.startJob({ action: 'reprocess', ids: [id] });
    await client.pauseJob(job).catch(() => undefined);
    if ((await client.findJob(job)).status === 'paused') {
      await page.getByRole('button', { name: /^Resume the job/ }).click();
      await page.getByRole('button', { name: /^Resume the job/ }).waitFor({ ...patience, state: 'detached' });
    }
    check('a job goes on after a pause', (await client.findJob(job)).status !== 'paused');

    await page.getByRole('link', { name: 'Pictures' }).click();
    await page.getByRole('button', { name: 'Select', exact: true }).click();
    await page.locator('#gallery button').first().click();
    check('a chosen picture is marked', (await page.locator('#gallery [aria-pressed=true]').count()) === 1);
    await page.locator('#selection-reprocess').click();
    await page.getByText('1 picture will be made again.').waitFor(patience);
    await page.locator('#gallery button').first().click();
    await page.locator('#selection-delete').click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Nothing was deleted.').waitFor(patience);
    check('deleting several asks first', (await client.listImages()).items.length === 1);
    await page.locator('#selection-delete').click();
    await page.getByRole('button', { name: 'Delete 1 picture' }).click();
    await page.getByText(/1 picture with \d+ files were deleted/).waitFor(patience);
    check('and then deletes them', (await client.listImages()).items.length === 0);
    await holds(page, "document.querySelector('#pictures').classList.contains('none')");
    check(
      'and says so also when none is left',
      await page.getByText(/1 picture with \d+ files were deleted/).isVisible(),
    );
    check('the page complains of nothing', complaints.length === 0, complaints);
    await service.stop();
  },

  'a new version that is refused after its picture was closed': async () => {
    const service = await serve('closed');
    const client = darkroom({ url: service.url });
    const [first, second] = await Promise.all(
      ['first.jpg', 'second.jpg'].map(async (filename, at) =>
        client.upload(new Blob([new Uint8Array((await photo(`${at}.jpg`)).buffer)]), {
          contentType: 'image/jpeg',
          filename,
          preset: 'thumbnails',
        }),
      ),
    );
    const { page, complaints } = await open(browser, `${service.url}/#picture/${first?.id}`);
    await page.locator('#detail picture img').waitFor(patience);
    // The request for its ticket waits until the person is elsewhere.
    const gone = Promise.withResolvers<void>();
    await page.route('**/versions', async (route) => {
      await gone.promise;
      await route.continue();
    });
    const chooser = page.waitForEvent('filechooser');
    const asked = page.waitForRequest('**/versions');
    await page.getByRole('button', { name: 'New version …' }).click();
    await (await chooser).setFiles([given('huge.jpg', Buffer.alloc(11 * 1024 * 1024))]);
    await asked;
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: /^second\.jpg/ }).click();
    await page.locator('#detail-title', { hasText: 'second.jpg' }).waitFor(patience);
    gone.resolve();
    const trouble = page.locator('#troubles [role=alert]');
    await trouble.waitFor(patience);
    const said = await trouble.innerText();
    check('why it is refused is said above the picture that is open by then', /^first\.jpg: .{20}/.test(said), said);
    check('axe has nothing against it', (await findings(page)).length === 0, await findings(page));
    await keep(page, 'late-trouble-picture');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.locator('main > #troubles [role=alert]').waitFor(patience);
    check('and above the gallery, when that is closed', await trouble.isVisible());
    await keep(page, 'late-trouble');
    await page.getByRole('button', { name: 'Open first.jpg' }).click();
    await page.locator('#detail-title', { hasText: 'first.jpg' }).waitFor(patience);
    check('and leads to its picture', page.url().endsWith(`#picture/${first?.id}`), { second: second?.id });
    check('where it is said no more', (await trouble.count()) === 0);
    const others = besides(complaints, /versions$/);
    check('the page complains of nothing', others.length === 0, others);
    await service.stop();
  },

  'the focus of the keyboard while an answer is slow': async () => {
    const service = await serve('focus');
    const { id } = await darkroom({ url: service.url }).upload(
      new Blob([new Uint8Array((await photo('1.jpg')).buffer)]),
      { contentType: 'image/jpeg', preset: 'thumbnails' },
    );
    const { page } = await open(browser, `${service.url}/#picture/${id}`);
    await page.locator('#detail picture img').waitFor(patience);
    const answer = Promise.withResolvers<void>();
    await page.route('**/reprocess', async (route) => {
      await answer.promise;
      await route.fulfill({ status: 409, json: { code: 'conflict', detail: 'It is under way.', status: 409 } });
    });
    await page.locator('#detail .joined button').focus();
    await page.keyboard.press('Enter');
    await sees(
      'a button that waits for its answer cannot be pressed, so the browser takes the focus from it',
      holds(
        page,
        "document.querySelector('#detail .joined button').disabled && document.activeElement === document.body",
      ),
    );
    answer.resolve();
    await page.locator('.actions [role=status].bad').waitFor(patience);
    await sees(
      'after the answer the focus is on the button again',
      holds(page, "document.activeElement.textContent === 'Reprocess'"),
    );
    await page.unroute('**/reprocess');
    await page.locator('#detail .actions .danger').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Delete for good' }).waitFor(patience);
    await page.keyboard.press('Enter');
    await page.getByText(/files of .* were deleted/).waitFor(patience);
    await sees(
      'after a deletion by two presses it is on the title',
      holds(page, "document.activeElement.id === 'detail-title'"),
    );
    await service.stop();
  },

  'a new version, and a job that is steered': async () => {
    const service = await serve('steered', { DARKROOM_WORKERS: '1' });
    const client = darkroom({ url: service.url });
    const { id } = await client.upload(new Blob([new Uint8Array((await photo('1.jpg')).buffer)]), {
      contentType: 'image/jpeg',
      filename: 'first.jpg',
      preset: 'gallery',
    });
    const { page, complaints } = await open(browser, `${service.url}/#picture/${id}`);
    await page.locator('#detail picture img').waitFor(patience);
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'New version …' }).click();
    await (await chooser).setFiles([await photo('222.jpg', 800, 800)]);
    await page.getByText('Version 2 is ready.').waitFor(patience);
    const { version, ready, original } = await client.findImage(id);
    check(
      'a file chosen in the console becomes the next version',
      version === 2 && ready?.version === 2 && original.width === 800 && original.height === 800,
      { version, original },
    );
    await page.locator('.beside figure').nth(1).waitFor(patience);
    check('and stands beside the first', (await page.locator('.beside figure').count()) === 2);
    const refused = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'New version …' }).click();
    await (await refused).setFiles([given('text.jpg', Buffer.from('this is no picture'))]);
    await page.locator('.actions [role=status].bad').waitFor(patience);
    const why = await page.locator('.actions [role=status]').innerText();
    check('why a new version is refused is said beside the button', why.length > 20, why);
    await page.getByRole('button', { name: 'Close' }).click();

    await page.getByRole('link', { name: 'Jobs' }).click();
    await page.locator('#job-collection').fill('nothing-is-in-it');
    await page.getByRole('button', { name: 'Reprocess', exact: true }).click();
    await page.locator('#jobs-list .done').waitFor(patience);
    check('a job without pictures is done at once', (await client.listJobs()).items[0]?.total === 0);
    // No renderer gets on, so the job cannot end before it is steered.
    const renderers = (signal: NodeJS.Signals) => {
      for (const pid of service.renderers())
        try {
          process.kill(pid, signal);
        } catch {
          // It is one that has ended since.
        }
    };
    const frozen = setInterval(() => renderers('SIGSTOP'), 50);
    renderers('SIGSTOP');
    await page.locator('#job-form select').selectOption('thumbnails');
    await page.locator('#job-collection').fill('');
    await page.getByRole('button', { name: 'Reprocess', exact: true }).click();
    const steer = async (name: string, status: string) => {
      await page.getByRole('button', { name: new RegExp(`^${name} the job`) }).click();
      await page.locator(`#jobs-list .${status}`).waitFor(patience);
      const { items } = await client.listJobs();
      check(`${name} makes the job ${status}`, items[0]?.status === status, items[0]);
    };
    await steer('Pause', 'paused');
    await steer('Resume', 'running');
    await steer('Pause', 'paused');
    await steer('Cancel', 'cancelled');
    clearInterval(frozen);
    renderers('SIGCONT');
    const buttons = await page.locator('#jobs-list .cancelled button').count();
    check('a cancelled job offers nothing more', buttons === 0, buttons);
    check('the page complains of nothing', complaints.length === 0, complaints);
    await service.stop();
  },

  'the console of another origin': async () => {
    const key = 'the-key-of-the-console-12345';
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const service = await serve('elsewhere', { DARKROOM_API_KEY: key, DARKROOM_ALLOWED_ORIGINS: origin });
    // As CloudFront serves what lib/infra/console.ts puts there.
    const web = new URL('../../../lib/web/', import.meta.url);
    const board = 'https://board.example/home?region=eu-central-1#dashboards/dashboard/Darkroom';
    const index = consoleOf(await readFile(new URL('index.html', web), 'utf8'), service.url, board);
    const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };
    const site = createServer(async ({ url = '/' }, response) => {
      const name = /^\/console\/([\w-]*(?:\.\w+)?)$/.exec(url)?.[1] || 'index.html';
      response.writeHead(200, {
        'content-type': types[name.split('.').at(-1) ?? ''] ?? 'text/plain',
        'content-security-policy': consolePolicy({ api: service.url, originals: service.url, pictures: service.url }),
      });
      response.end(name === 'index.html' ? index : await readFile(new URL(name, web)));
    });
    site.listen(port, '127.0.0.1');
    await once(site, 'listening');
    const { page, complaints, requests } = await open(browser, `${origin}/console/`);
    await page.getByRole('dialog').waitFor(patience);
    const field = page.getByLabel('API key');
    await field.fill('a-wrong-key-of-the-console-1');
    await page.keyboard.press('Enter');
    await sees(
      'a wrong key is called wrong by the API of another origin',
      page.getByText('This key is not valid.').waitFor(patience),
    );
    await field.fill(key);
    await page.keyboard.press('Enter');
    await page.getByText('No picture yet').waitFor(patience);
    await choose(page, [await photo('far.jpg')]);
    await status(page, 'far.jpg', /^Ready/);
    await tiles(page).first().waitFor(patience);
    await page.locator('#gallery button').first().click();
    await page.getByRole('button', { name: 'Compare' }).click();
    await sees(
      'a picture is uploaded, shown and compared with its original from another origin',
      holds(
        page,
        "[...document.querySelectorAll('.canvas img')].length === 2 && [...document.querySelectorAll('.canvas img')].every((one) => one.naturalWidth > 0)",
      ),
    );
    await page.reload();
    await tiles(page)
      .first()
      .waitFor({ ...patience, state: 'attached' });
    check('the key is kept for the session', (await page.locator('#key-dialog[open]').count()) === 0);
    const address = await page.locator('nav a', { hasText: 'API' }).evaluate((link) => String(link));
    check('the description of the API is that of the service', address === `${service.url}/v1/docs`, address);
    await page.goto(`${origin}/console/#operations`);
    const link = page.getByRole('link', { name: 'Open it' });
    await link.waitFor(patience);
    check('operations lead to the board', (await link.getAttribute('href')) === board);
    await sees(
      'operations have the figures of a service of another origin',
      page.locator('#figures .chart').nth(3).waitFor(patience),
    );
    const asked = requests.filter((url) => url.startsWith(origin)).map((url) => new URL(url).pathname);
    check(
      'the page asks its own origin for its own files only',
      asked.every((path) => /^\/console\/([\w-]+\.(js|css))?$/.test(path)),
      asked,
    );
    const other = complaints.filter((one) => !/status of 401/.test(one));
    check('nothing is complained of but the requests without a key', other.length === 0, other);
    site.closeAllConnections();
    site.close();
    await service.stop();
  },

  'below a path of a proxy': async () => {
    const port = await freePort();
    const address = `http://127.0.0.1:${port}/some/darkroom`;
    const service = await startServiceOnKnownPort(join(folder.path, 'below'), { DARKROOM_PUBLIC_URL: address });
    const inner = new URL(`http://127.0.0.1:${service.port}`);
    const proxy = createServer((asked, answer) => {
      const path = (asked.url ?? '').replace(/^\/some\/darkroom/, '');
      if (path === asked.url) return void answer.writeHead(404).end();
      const passed = request(new URL(path, inner), { method: asked.method ?? 'GET', headers: asked.headers }, (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      });
      passed.on('error', () => answer.destroy());
      asked.pipe(passed);
    });
    proxy.listen(port, '127.0.0.1');
    await once(proxy, 'listening');
    const { page, complaints, requests } = await open(browser, `${address}/`);
    const hostile = '"><img src=x onerror=document.title=1>.jpg';
    await choose(page, [{ ...(await photo('1.jpg')), name: hostile }]);
    await status(page, 'onerror', /^Ready/);
    await tiles(page).first().waitFor(patience);
    await page.locator('#gallery button').first().click();
    await page.getByRole('heading', { name: hostile }).waitFor(patience);
    check(
      'a file name is text everywhere',
      (await page.title()) === 'Darkroom' && (await page.locator('img[src=x]').count()) === 0,
    );
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('link', { name: 'Operations' }).click();
    await page.locator('#figures .chart').first().waitFor(patience);
    const outside = requests.filter((url) => !url.startsWith(`${address}/`) && !/^(blob|data):/.test(url));
    check('below a path, every request stays below it', outside.length === 0, outside);
    check('the page complains of nothing there', complaints.length === 0, complaints);
    proxy.closeAllConnections();
    proxy.close();
    await service.stop();
  },

  'paste, folders and the camera': async () => {
    const service = await serve('intake');
    const { page, complaints } = await open(browser, service.url);
    const pasted = await photo('pasted.jpg');
    await page.evaluate(
      ([base64]) => {
        const { DataTransfer, File, ClipboardEvent, atob, document } = globalThis as never as Record<string, never> & {
          DataTransfer: new () => { items: { add: (file: unknown) => void } };
          File: new (parts: unknown[], name: string, options: object) => unknown;
          ClipboardEvent: new (type: string, options: object) => unknown;
          atob: (text: string) => string;
          document: { dispatchEvent: (event: unknown) => void };
        };
        const clipboardData = new DataTransfer();
        const bytes = Uint8Array.from(atob(base64 ?? ''), (letter) => letter.charCodeAt(0));
        clipboardData.items.add(new File([bytes], 'pasted.jpg', { type: 'image/jpeg' }));
        document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      },
      [pasted.buffer.toString('base64')],
    );
    await sees('what is pasted is uploaded', status(page, 'pasted.jpg', /^Ready/));

    const album = join(folder.path, 'album');
    await mkdir(join(album, 'inner'), { recursive: true });
    await writeFile(join(album, 'outer.jpg'), (await photo('2.jpg')).buffer);
    await writeFile(join(album, 'inner', 'deep.jpg'), (await photo('3.jpg')).buffer);
    await writeFile(join(album, '.hidden'), 'not for people');
    await page.locator('darkroom-upload input[webkitdirectory]').setInputFiles(album);
    for (const name of ['outer.jpg', 'deep.jpg']) await status(page, name, /^Ready/);
    check('a folder is uploaded with the folders in it', (await page.locator('darkroom-upload li').count()) === 3);
    const camera = page.locator('darkroom-upload input[capture]');
    check(
      'the camera of a phone is asked for, the one at its back',
      (await camera.getAttribute('capture')) === 'environment',
    );
    check('and a picture from it', (await camera.getAttribute('accept'))?.startsWith('image/') === true);
    check('the page complains of nothing', complaints.length === 0, complaints);
    await service.stop();
  },

  'forced colours, no motion, right to left': async () => {
    const service = await serve('media');
    const { page, complaints } = await open(browser, service.url, { forcedColors: 'active', reducedMotion: 'reduce' });
    await choose(page, [await photo('1.jpg')]);
    await status(page, '1.jpg', /^Ready/);
    await tiles(page).first().waitFor(patience);
    const border = await page.evaluate<string>(
      "getComputedStyle(document.querySelector('darkroom-upload').shadowRoot.querySelector('.box')).borderTopStyle",
    );
    check('with forced colours the box keeps its border', border !== 'none', border);
    check('axe has nothing against forced colours', (await findings(page)).length === 0, await findings(page));
    const moving = await page.evaluate<string[]>(
      "[...document.querySelectorAll('*'), ...document.querySelector('darkroom-upload').shadowRoot.querySelectorAll('*')].filter((one) => { const { transitionDuration, animationName } = getComputedStyle(one); return animationName !== 'none' || /[1-9]/.test(transitionDuration); }).map((one) => one.tagName)",
    );
    check('nothing moves for people who want no motion', moving.length === 0, moving);
    await page.evaluate("document.documentElement.dir = 'rtl'");
    const sides = await page.evaluate<{ first: number; list: number }>(
      "({ first: document.querySelector('#gallery li').getBoundingClientRect().right, list: document.querySelector('#gallery').getBoundingClientRect().right })",
    );
    check('from right to left, the first picture is at the right', Math.abs(sides.first - sides.list) < 1, sides);
    for (const view of ['jobs', 'operations', 'pictures']) {
      await page.evaluate(`location.hash = '${view}'`);
      await holds(page, `!document.querySelector('#${view}').hidden`);
      const overflow = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      check(`nothing sticks out of ${view}, from right to left`, overflow <= 0, overflow);
    }
    check('the page complains of nothing', complaints.length === 0, complaints);
    await service.stop();
  },

  'the keyboard and a small screen': async () => {
    const service = await serve('small');
    const { page, complaints } = await open(browser, service.url, {
      viewport: { width: 320, height: 640 },
      colorScheme: 'dark',
    });
    await page.getByText('No picture yet').waitFor(patience);
    const focused = () =>
      page.evaluate<string>("document.querySelector('darkroom-upload').shadowRoot.activeElement?.textContent");
    for (let tab = 0; tab < 8 && (await focused()) !== 'Choose pictures'; tab++) await page.keyboard.press('Tab');
    check('the keyboard reaches the chooser', (await focused()) === 'Choose pictures', await focused());
    const chooser = page.waitForEvent('filechooser');
    // An answer of the page says that it knows by now who waits for the chooser; a key may arrive by a faster way.
    await page.evaluate('1');
    await page.keyboard.press('Enter');
    check('and opens it', (await chooser).isMultiple());
    await page.evaluate("document.documentElement.dir = 'rtl'");
    const overflow = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    check('nothing sticks out on a screen 320 pixels wide, from right to left', overflow <= 0, overflow);
    await keep(page, 'empty-320-dark-rtl');
    check('the page complains of nothing', complaints.length === 0, complaints);
    await service.stop();
  },
};

const inFirefox = firefoxScenes({
  folder: join(folder.path, 'files of firefox'),
  serve,
  check,
  sees,
  timeoutMs: patience.timeout,
});
const inChromium = (name: string): World => ({
  folder: join(folder.path, name),
  serve,
  open: (url, options) => open(browser, url, options),
  check,
  sees,
  holds,
  choose,
  status,
  given,
  photo,
});
const others = {
  ...uploaderScenes(inChromium('files of the uploader')),
  ...intakeScenes(inChromium('files of the intake')),
  ...pageAroundScenes(inChromium('files of the page around')),
  ...networkScenes(inChromium('files of bad lines')),
};
for (const [name, play] of Object.entries({ ...scenes, ...others, ...inFirefox })) {
  if (!name.includes(only)) continue;
  process.stdout.write(`${name}\n`);
  try {
    await play();
  } catch (error) {
    const texts = await Promise.all(
      browser
        .contexts()
        .flatMap((one) => one.pages())
        .slice(-1)
        // A page that is being left has no texts.
        .map((page) => page.locator('darkroom-upload li').allInnerTexts().catch(String)),
    );
    check(`${name}: the page does what a person expects of it`, false, [
      String(error),
      String((error as Error).cause ?? ''),
      texts,
    ]);
  }
}
await browser.close();
await folder.remove();
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
