import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchBrowser } from '../test/support/browser.ts';
import { untilInPage } from '../test/support/in-page.ts';
import { noise } from '../test/support/pictures.ts';
import { startService } from '../test/support/service.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';
import { tasksInWords, tasksOfPage } from './page-tasks.ts';

// What forty photographs of 8 MB do to the page that hashes and uploads them, by the browser's own measure:
// node bench/page-uploads.ts [--files 40] [--megabytes 8] [--still]
// With `--still` the renderers stand still meanwhile, as they do for a page whose service is on another machine.

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '40' },
    megabytes: { type: 'string', default: '8' },
    still: { type: 'boolean', default: false },
  },
});
const [files, bytes] = [Number(values.files), Number(values.megabytes) * 1_000_000];
const patienceMs = 600_000;

const folder = await temporaryFolder();
const album = join(folder.path, 'album');
await mkdir(album);
// Grain does not compress: a file of so many bytes has about as many pixels as a photograph of a good camera.
const grain = await noise(4000, 3000).jpeg({ quality: 60 }).toBuffer();
const side = Math.sqrt(bytes / grain.length);
const photo = await noise(Math.round(4000 * side), Math.round(3000 * side))
  .jpeg({ quality: 60 })
  .toBuffer();
const paths = await Promise.all(
  Array.from({ length: files }, async (_, number) => {
    // A comment makes each file another one.
    const comment = Buffer.from([0xff, 0xfe, 0, 4, number >> 8, number & 255]);
    const path = join(album, `photo ${number}.jpg`);
    await writeFile(path, Buffer.concat([photo.subarray(0, 2), comment, photo.subarray(2)]));
    return path;
  }),
);

const service = await startService(join(folder.path, 'data'), { DARKROOM_WORKERS: '1' });
const browser = await launchBrowser();
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.goto(service.url);
await page.getByText('No picture yet').waitFor();
const uploads = "document.querySelector('darkroom-upload').uploads";
const renderers = (signal: NodeJS.Signals) => {
  for (const pid of service.renderers()) process.kill(pid, signal);
};
if (values.still) renderers('SIGSTOP');
const began = performance.now();
const tasks = await tasksOfPage(browser, page, async () => {
  await page.locator('#files').setInputFiles(paths);
  await untilInPage(
    page,
    `${uploads}.length === ${files} && ${uploads}.every(({ stage }) => ['processing', 'ready', 'failed'].includes(stage.at))`,
    patienceMs,
  );
});
const seconds = (performance.now() - began) / 1000;
if (values.still) renderers('SIGCONT');
const failed = await page.evaluate<number>(`${uploads}.filter(({ stage }) => stage.at === 'failed').length`);
process.stdout.write(
  `${files} files of ${(photo.length / 1e6).toFixed(1)} MB, hashed and uploaded in ${seconds.toFixed(0)} s, ${failed} failed\n${tasksInWords(tasks)}\n`,
);
await browser.close();
await service.stop();
await folder.remove();
