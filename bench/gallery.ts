import { join } from 'node:path';
import { darkroom } from '../lib/client/darkroom.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { untilInPage } from '../test/support/in-page.ts';
import { copyImage } from '../test/support/many-images.ts';
import { scenery } from '../test/support/scenery.ts';
import { startService } from '../test/support/service.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';

// How the gallery of the console does with ten thousand pictures, by the browser's own measure: node bench/gallery.ts

const count = 10_000;
const seconds = 10;
const folder = await temporaryFolder();
const data = join(folder.path, 'data');
const first = await startService(data);
const picture = await scenery(1, 300, 200);
const { id } = await darkroom({ url: first.url }).upload(new Blob([new Uint8Array(picture)]), {
  contentType: 'image/jpeg',
  preset: 'gallery',
});
await first.stop();
copyImage(data, id, count);
const service = await startService(data);
const browser = await launchBrowser();
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.route('**/images/*/v1/*', (route) => route.fulfill({ body: picture, contentType: 'image/jpeg' }));
await page.goto(service.url);
await untilInPage(page, "document.querySelector('#gallery img')?.naturalWidth > 0");
const paint = await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0].startTime");
// Everything is loaded first, so that the scroll is measured and not the list.
while (!(await page.evaluate<boolean>("document.querySelector('#count').textContent === '10,000'")))
  await page.evaluate('new Promise((go) => { scrollTo(0, document.body.scrollHeight); requestAnimationFrame(go); })');
const { frames, nodes, longest } = await page.evaluate<{ frames: number; nodes: number; longest: number }>(
  `new Promise((resolve) => {
    scrollTo(0, 0);
    const began = performance.now();
    let [frames, nodes, longest, last] = [0, 0, 0, began];
    const step = (now) => {
      frames++;
      longest = Math.max(longest, now - last);
      last = now;
      nodes = Math.max(nodes, document.querySelectorAll('*').length);
      scrollBy(0, 60);
      if (now - began < ${1000 * seconds}) requestAnimationFrame(step);
      else resolve({ frames, nodes, longest });
    };
    requestAnimationFrame(step);
  })`,
);
process.stdout.write(
  `${count} pictures: first contentful paint after ${Math.round(paint)} ms; ${Math.round(frames / seconds)} frames a second while it scrolls, the longest pause ${Math.round(longest)} ms; at most ${nodes} nodes\n`,
);
await browser.close();
await service.stop();
await folder.remove();
