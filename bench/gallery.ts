import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { darkroom } from '../lib/client/darkroom.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { untilInPage } from '../test/support/in-page.ts';
import { copyImage } from '../test/support/many-images.ts';
import { scenery } from '../test/support/scenery.ts';
import { startService } from '../test/support/service.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';
import { tasksInWords, tasksOfPage } from './page-tasks.ts';

// How the gallery of the console does with ten thousand pictures, by the browser's own measure: node bench/gallery.ts [--pixels 60]
// `--pixels` is how far each frame scrolls. At 60 frames a second, 60 are four windows in a second, and 10 are two thirds of one.

const { values } = parseArgs({ options: { pixels: { type: 'string', default: '60' } } });
const pixels = Number(values.pixels);
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
await page.goto(service.url);
await untilInPage(page, "document.querySelector('#gallery img')?.naturalWidth > 0");
const paint = await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0].startTime");
// Everything is loaded first, so that the scroll is measured and not the list.
while (!(await page.evaluate<boolean>("document.querySelector('#count').textContent === '10,000'")))
  await page.evaluate('new Promise((go) => { scrollTo(0, document.body.scrollHeight); requestAnimationFrame(go); })');
const devtools = await page.context().newCDPSession(page);
// Of the processor, not of the clock: other work on the machine does not count.
await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
const spent = async (): Promise<Readonly<Record<string, number>>> => {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, 1000 * value]));
};
const before = await spent();
type Scroll = { readonly frames: number; readonly nodes: number; readonly longest: number; readonly lasted: number };
let scroll: Scroll = { frames: 0, nodes: 0, longest: 0, lasted: 0 };
const tasks = await tasksOfPage(browser, page, async () => {
  scroll = await page.evaluate<Scroll>(
    `new Promise((resolve) => {
    scrollTo(0, 0);
    const began = performance.now();
    let [frames, nodes, longest, last] = [0, 0, 0, began];
    const step = (now) => {
      frames++;
      longest = Math.max(longest, now - last);
      last = now;
      nodes = Math.max(nodes, document.querySelectorAll('*').length);
      scrollBy(0, ${pixels});
      if (now - began < ${1000 * seconds}) requestAnimationFrame(step);
      else resolve({ frames, nodes, longest, lasted: now - began });
    };
    requestAnimationFrame(step);
  })`,
  );
});
const { frames, nodes, longest, lasted } = scroll;
const after = await spent();
const perFrame = (name: string): string => (((after[name] ?? 0) - (before[name] ?? 0)) / frames).toFixed(1);
process.stdout.write(
  [
    `${count} pictures, scrolled for ${seconds} s, ${pixels} pixels a frame`,
    `first contentful paint:   ${Math.round(paint)} ms`,
    `frames a second:          ${((1000 * frames) / lasted).toFixed(1)} on average, the longest pause ${Math.round(longest)} ms`,
    `processor for each frame: ${perFrame('TaskDuration')} ms, of it scripts ${perFrame('ScriptDuration')} ms, styles ${perFrame('RecalcStyleDuration')} ms, layout ${perFrame('LayoutDuration')} ms`,
    tasksInWords(tasks),
    `elements in the document: at most ${nodes}`,
    '',
  ].join('\n'),
);
await browser.close();
await service.stop();
await folder.remove();
