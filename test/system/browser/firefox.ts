import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import sharp from 'sharp';
import { launchFirefox } from '../../support/firefox.ts';
import { bytesOf, corners, noise } from '../../support/pictures.ts';
import type { Service } from '../../support/service.ts';
import type { World } from './world.ts';

// The main ways through the console and the uploader in Firefox; those of Chromium are in run.ts.
// On Debian `apt-get install firefox-esr`, elsewhere FIREFOX=/path/to/it.

type FirefoxWorld = Pick<World, 'folder' | 'check' | 'sees'> & {
  readonly serve: (name: string) => Promise<Service>;
  readonly timeoutMs: number;
};

const inUploader = (selector: string) =>
  `document.querySelector('darkroom-upload').shadowRoot.querySelector('${selector}')`;
const rows = "[...document.querySelector('darkroom-upload').shadowRoot.querySelectorAll('li')]";
/** True when the row of a file says what matches. */
const says = (name: string, sentence: RegExp) =>
  `${rows}.some((one) => one.querySelector('.name').textContent === '${name}' && ${sentence}.test(one.querySelector('.status').textContent))`;
const button = (label: string) =>
  `[...document.querySelector('darkroom-upload').shadowRoot.querySelectorAll('button')].find((one) => one.ariaLabel === '${label}' && !one.hidden)`;
const tiles = "document.querySelectorAll('#gallery li img')";

export const firefoxScenes = ({
  folder,
  serve,
  check,
  sees,
  timeoutMs,
}: FirefoxWorld): Record<string, () => Promise<void>> => {
  const written = async (name: string, bytes: Uint8Array): Promise<string> => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), bytes);
    return join(folder, name);
  };
  const photo = async (name: string) =>
    written(name, await bytesOf(sharp(await corners(900, 600).png().toBuffer()).jpeg()));

  const inFirefox =
    (name: string, play: (page: Awaited<ReturnType<Firefox['open']>>, service: Service) => Promise<void>) =>
    async () => {
      const service = await serve(`firefox ${name}`);
      const firefox = await launchFirefox();
      try {
        const page = await firefox.open(service.url);
        await play(page, service);
        await page.close();
      } finally {
        await firefox.close();
        await service.stop();
      }
    };
  type Firefox = Awaited<ReturnType<typeof launchFirefox>>;

  return {
    'Firefox: photos, the gallery and a picture': inFirefox('photos', async (page, service) => {
      await page.until("document.querySelector('#empty').textContent.startsWith('No picture yet')", timeoutMs);
      const paths = [
        await photo('a.jpg'),
        await written('b.jpg', await bytesOf(noise(1600, 1200).jpeg())),
        await written('text.jpg', Buffer.from('this is no picture')),
      ];
      await page.choose(inUploader('#files'), paths);
      await sees(
        'in Firefox, chosen photos become ready',
        ...['a.jpg', 'b.jpg'].map((name) => page.until(says(name, /^Ready/), timeoutMs)),
      );
      await sees('and what is no picture is refused', page.until(says('text.jpg', /^Not a picture/), timeoutMs));
      await sees('they appear in the gallery by themselves', page.until(`${tiles}.length === 2`, timeoutMs));
      for (const width of [390, 1440]) {
        await page.resize(width, 900);
        const overflow = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        check(`nothing sticks out in Firefox (${width})`, overflow <= 0, overflow);
      }
      await page.click("document.querySelector('#gallery button')");
      await page.until("document.querySelector('#detail picture img')?.naturalWidth > 0", timeoutMs);
      const source = await page.evaluate<string>("document.querySelector('#detail picture img').currentSrc");
      check('the detail shows the AVIF', /\/v1\/\d+w\.avif$/.test(source), source);
      await page.click("[...document.querySelectorAll('.choice button')].find((one) => one.textContent === 'Compare')");
      await sees(
        'and the original beside it',
        page.until(
          "[...document.querySelectorAll('.canvas img')].length === 2 && [...document.querySelectorAll('.canvas img')].every((one) => one.naturalWidth > 0)",
          timeoutMs,
        ),
      );
      await page.inject(axe.source);
      const found = await page.evaluate<string[]>(
        "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0]?.target))",
      );
      check('axe has nothing against it in Firefox', found.length === 0, found);
      await page.click("document.querySelector('#close')");
      await page.evaluate("location.hash = 'operations'");
      await sees(
        'the operations are drawn',
        page.until("document.querySelectorAll('#figures .chart').length === 4", timeoutMs),
      );
      const foreign = page.requests.filter(({ url }) => !url.startsWith(service.url) && !/^(blob|data):/.test(url));
      check('the page asks no other origin for anything', foreign.length === 0, foreign);
      check('Firefox has nothing to complain of', page.complaints.length === 0, page.complaints);
    }),

    'Firefox: cancel and retry': inFirefox('cancel', async (page) => {
      await page.decide(({ method }) => (method === 'PUT' ? 'hold' : 'continue'));
      await page.choose(inUploader('#files'), [await photo('a.jpg'), await photo('b.jpg')]);
      for (const name of ['a.jpg', 'b.jpg']) await page.until(says(name, /^Uploading/), timeoutMs);
      await page.click(button('Cancel: a.jpg'));
      await page.until(says('a.jpg', /^Cancelled/), timeoutMs);
      await page.decide(() => 'continue');
      await sees(
        'in Firefox, a cancelled upload stops, and the others go on',
        page.until(says('b.jpg', /^Ready/), timeoutMs),
      );
      await page.click(button('Try again: a.jpg'));
      await sees('it can be tried again', page.until(says('a.jpg', /^Ready/), timeoutMs));
      check('Firefox has nothing to complain of', page.complaints.length === 0, page.complaints);
    }),

    'Firefox: a network that goes away, and a reload in the middle': inFirefox('network', async (page) => {
      await page.setOffline(true);
      await page.choose(inUploader('#files'), [await photo('away.jpg')]);
      await sees(
        'in Firefox, an upload waits for the network',
        page.until(says('away.jpg', /^Waiting for the network/), timeoutMs),
      );
      await page.setOffline(false);
      await sees('and goes on by itself', page.until(says('away.jpg', /^Ready/), timeoutMs));

      await page.decide(({ method, url }) =>
        method === 'GET' && /\/v1\/uploads\/[a-z2-7]+/.test(url) ? 'fail' : 'continue',
      );
      await page.choose(inUploader('#files'), [await photo('arrived.jpg')]);
      await page.until(says('arrived.jpg', /^Uploaded; waiting for the network/), timeoutMs);
      await page.decide(({ method }) => (method === 'PUT' ? 'hold' : 'continue'));
      await page.choose(inUploader('#files'), [await photo('cut.jpg')]);
      await page.until(says('cut.jpg', /^Uploading/), timeoutMs);
      await page.reload();
      await sees(
        'what had been uploaded is found again after a reload',
        page.until(says('arrived.jpg', /^Ready/), timeoutMs),
      );
      await sees(
        'what had not is said to be interrupted',
        page.until(says('cut.jpg', /^Interrupted by a reload/), timeoutMs),
      );
      await page.decide(() => 'continue');
      await page.choose(inUploader('#files'), [await photo('cut.jpg')]);
      await sees('choosing it again uploads it', page.until(says('cut.jpg', /^Ready/), timeoutMs));
    }),
  };
};
