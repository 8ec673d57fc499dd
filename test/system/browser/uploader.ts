import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { darkroom } from '../../../lib/client/darkroom.ts';
import { maxCallAttempts } from '../../../lib/client/retry.ts';
import { withConfig } from '../../support/other-config.ts';
import { bytesOf, noise } from '../../support/pictures.ts';
import type { Service } from '../../support/service.ts';
import { until } from '../../support/until.ts';
import { siteOf } from './site.ts';
import type { Given, Opened, World } from './world.ts';

// What `<darkroom-upload>` promises to a page: what a row shows on the way, events, its part in a form, smaller pictures, the limits of
// the service, sentences and looks of the page's own.

const element = "document.querySelector('darkroom-upload')";
const shadow = `${element}.shadowRoot`;

export const uploaderScenes = (world: World): Record<string, () => Promise<void>> => {
  const { folder, serve, check, sees, holds, choose, status, given, photo } = world;

  const site = siteOf(world);
  const openWith = async (service: Service, body: string): Promise<Opened> => {
    const opened = await site(service, `<script type="module" src="/element.js"></script>${body}`);
    await holds(opened.page, `${shadow} !== null`);
    return opened;
  };

  /** The limits are those of a service which the page has not asked, or not with success, when it has the element. */
  const lateLimits = Object.fromEntries(
    Object.entries<(page: Page, file: Given) => Promise<void>>({
      'limits that the service could not say at first': async (page, file) => {
        let failures = 0;
        page.on('requestfailed', () => failures++);
        await page.route('**/v1/openapi.json', (route) => route.abort());
        await page.evaluate("document.body.append(document.createElement('darkroom-upload'))");
        await until(
          () => failures === maxCallAttempts,
          () => `${failures} failures`,
          { limitMs: 240_000 },
        );
        // The page knows of the last failure as well.
        await page.evaluate('new Promise((resolve) => setTimeout(resolve))');
        await page.unroute('**/v1/openapi.json');
        await choose(page, [file]);
      },
      'limits of a service that is named after the first file was added': async (page, { buffer, name }) => {
        const bytes = `Uint8Array.from(atob('${buffer.toString('base64')}'), (letter) => letter.charCodeAt(0))`;
        const [first, own] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
        await page.route('**/v1/openapi.json', async (route) => {
          await own.promise;
          await route.continue();
        });
        // The first to be named has no limits of its own, and says so late.
        await page.route('**/first/v1/openapi.json', async (route) => {
          await first.promise;
          await route.fulfill({ json: {} });
        });
        const asked = page.waitForRequest('**/first/v1/openapi.json');
        await page.evaluate(
          `(() => {
            globalThis.made = document.createElement('darkroom-upload');
            made.setAttribute('service', '/first');
            made.add([new File([${bytes}], '${name}')]);
          })()`,
        );
        await asked;
        await page.evaluate("made.removeAttribute('service'); document.body.append(made)");
        const answered = page.waitForResponse('**/first/v1/openapi.json');
        first.resolve();
        await (await answered).finished();
        await page.evaluate('new Promise((resolve) => setTimeout(resolve))');
        own.resolve();
      },
    }).map(([scene, give]) => [
      scene,
      async () => {
        const service = await serve(scene, await withConfig(join(folder, scene), { limits: { minWidth: 240 } }));
        const { page, complaints } = await site(service, '<script type="module" src="/element.js"></script>');
        await holds(page, "customElements.get('darkroom-upload') !== undefined");
        await give(page, await photo('narrow.jpg', 200, 300));
        await status(page, 'narrow.jpg', '200 × 300 pixels; at least 240 × 100.');
        const others = complaints.filter((one) => !one.startsWith('Failed to load resource'));
        check('the page complains of nothing', others.length === 0, others);
        await service.stop();
      },
    ]),
  );

  return {
    'what a row shows, from the file to its thumbnail': async () => {
      const service = await serve('row');
      const { page, complaints } = await openWith(service, '<darkroom-upload></darkroom-upload>');
      const hold = async (address: (url: URL) => boolean) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        await page.route(address, async (route) => {
          await promise;
          await route.continue();
        });
        return resolve;
      };
      const send = await hold(({ pathname }) => pathname.startsWith('/originals/'));
      const showThumbnails = await hold(({ pathname }) => pathname.startsWith('/images/'));
      let isHalfDone = true;
      await page.route('**/v1/uploads/*', async (route) => {
        if (!isHalfDone) return route.continue();
        const response = await route.fetch();
        const json = { ...(await response.json()), status: 'processing', ready: null, progress: 0.5 };
        await route.fulfill({ response, json });
      });
      const inRow = (selector: string) => `${shadow}.querySelector('li ${selector}')`;
      const preview = inRow('.thumbnail img[src^="blob:"]');

      await choose(page, [await photo('1.jpg')]);
      await status(page, '1.jpg', /^Uploading/);
      await sees('a file is shown before any of it is sent', holds(page, `${preview}?.naturalWidth > 0`));

      send();
      await status(page, '1.jpg', 'Making variants 50%');
      const done = await page.evaluate<number>(`${inRow('progress')}.value`);
      check('how far the service is with it is said and drawn', Math.abs(done - 0.8) < 0.001, done);

      isHalfDone = false;
      await status(page, '1.jpg', /^Ready/);
      const opaque = await page.evaluate<boolean>(
        `((canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.every((value, at) => at % 4 !== 3 || value === 255))(${inRow('canvas')})`,
      );
      check('until its thumbnail is there, the blur of the service lies below the preview', opaque);
      check('and the preview stays', await page.evaluate<boolean>(`${preview} !== null`));

      showThumbnails();
      await holds(page, `${inRow('canvas')} === null && ${inRow('.thumbnail')}.children.length === 1`);
      const { src, width } = await page.evaluate<{ src: string; width: number }>(
        `((image) => ({ src: image.src, width: image.naturalWidth }))(${inRow('.thumbnail img')})`,
      );
      check('in the end it is the thumbnail of the service', /\/v1\/[\w-]+\.webp$/.test(src) && width > 0, [
        src,
        width,
      ]);
      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },

    'a form': async () => {
      const service = await serve('form');
      const { page, complaints } = await openWith(
        service,
        '<form><fieldset><darkroom-upload name="pictures" required></darkroom-upload></fieldset></form>',
      );
      const { promise, resolve: send } = Promise.withResolvers<void>();
      await page.route('**/originals/**', async (route) => {
        await promise;
        await route.continue();
      });
      const validity = () =>
        page.evaluate<{ isValid: boolean; missing: boolean; custom: boolean }>(
          `((one) => ({ isValid: one.form.checkValidity(), missing: one.validity.valueMissing, custom: one.validity.customError }))(${element})`,
        );
      const value = () => page.evaluate<string[]>("new FormData(document.forms[0]).getAll('pictures')");
      const isClosed = () =>
        page.evaluate<boolean>(`[...${shadow}.querySelectorAll('.buttons button')].every((button) => button.disabled)`);
      /** Whether it takes a file that a script of the page gives it. */
      const takes = () =>
        page.evaluate<boolean>(
          `(${element}.add([new File(['no picture'], 'a.jpg')]), ${element}.uploads.some(({ name }) => name === 'a.jpg'))`,
        );

      await page.evaluate(
        `addEventListener('darkroom-ready', ({ target }) => (globalThis.atReady ??= []).push(target.form.checkValidity(), new FormData(target.form).getAll('pictures').length))`,
      );
      const empty = await validity();
      check('a form that requires a picture cannot be sent without one', !empty.isValid && empty.missing, empty);
      await choose(page, [await photo('1.jpg')]);
      await status(page, '1.jpg', /^Uploading/);
      const busy = await validity();
      check('nor while one is on its way', !busy.isValid && busy.custom, busy);
      send();
      await status(page, '1.jpg', /^Ready/);
      const full = await validity();
      check('it can be sent when the picture is ready', full.isValid, full);
      const atReady = await page.evaluate<readonly unknown[]>('atReady');
      check('also by a page that is told so', atReady.join() === 'true,1', atReady);
      const [first = ''] = await value();
      check('with the id of the picture', /^[a-z2-7]{26}$/.test(first), first);

      for (const [what, target] of [
        ['the element', element],
        ['the fieldset around it', "document.querySelector('fieldset')"],
      ] as const) {
        await page.evaluate(`${target}.toggleAttribute('disabled', true)`);
        const off = [await isClosed(), await takes(), (await value()).length];
        check(`when ${what} is disabled, it takes no file and sends no id`, off.join() === 'true,false,0', off);
        await page.evaluate(`${target}.toggleAttribute('disabled', false)`);
        const on = [await isClosed(), await takes(), (await value()).length];
        check(`and when ${what} is enabled, it does`, on.join() === 'false,true,1', on);
        await status(page, 'a.jpg', /^Not a picture/);
        await page.getByRole('button', { name: 'Remove from the list: a.jpg' }).click();
      }

      await page.evaluate(`${element}.toggleAttribute('single', true)`);
      const choosing = page.getByRole('button', { name: 'Choose pictures' });
      const [chooser] = await Promise.all([
        page.waitForEvent('filechooser'),
        // An answer of the page says that it knows by now who waits for the chooser.
        page.evaluate('1').then(() => choosing.click()),
      ]);
      check('a chooser for a single picture takes one file', !chooser.isMultiple());
      check('and no folder', !(await page.getByRole('button', { name: 'Choose a folder' }).isVisible()));
      await chooser.setFiles([await photo('2.jpg')]);
      await status(page, '2.jpg', /^Ready/);
      const [second = '', ...more] = await value();
      check('a second picture takes the place of the first', second !== first && more.length === 0, [first, second]);
      check('in the list as well', (await page.locator('darkroom-upload li').count()) === 1);

      await page.evaluate('document.forms[0].reset()');
      const none = await validity();
      check('a reset empties the list', (await page.locator('darkroom-upload li').count()) === 0);
      check('and the form', (await value()).length === 0 && none.missing, none);
      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },

    'events of the uploader': async () => {
      const service = await serve('events');
      // On the document: events have to leave the shadow tree.
      const { page, complaints } = await openWith(service, '<main><darkroom-upload></darkroom-upload></main>');
      await page.evaluate(
        `(globalThis.heard = [], ['added', 'progress', 'ready', 'failed', 'removed', 'finished'].forEach((name) =>
          document.addEventListener('darkroom-' + name, ({ detail: { upload, uploads, image, error } }) => heard.push({
            name, at: upload?.stage.at, file: upload?.name, files: uploads?.map((one) => one.name + ' ' + one.stage.at), id: image?.id, code: error?.code }))))`,
      );
      type Heard = {
        readonly name: string;
        readonly at?: string;
        readonly file?: string;
        readonly files?: readonly string[];
        readonly id?: string;
        readonly code?: string;
      };
      const heard = () => page.evaluate<readonly Heard[]>('heard');
      await choose(page, [await photo('1.jpg'), given('text.jpg', Buffer.from('this is no picture'))]);
      await status(page, '1.jpg', /^Ready/);
      await status(page, 'text.jpg', /^Not a picture/);
      const all = await heard();
      const named = (name: string) => all.filter((one) => one.name === name);
      const added = named('added').map(({ files }) => files?.map((one) => one.split(' ')[0]));
      check('and before anything else', all[0]?.name === 'added', all[0]);
      check('files added together bring one event', JSON.stringify(added) === '[["1.jpg","text.jpg"]]', added);
      const stages = [...new Set(named('progress').flatMap(({ file, at }) => (file === '1.jpg' ? [at] : [])))];
      check(
        'every stage brings a progress event, in order',
        stages.join() === 'waiting,checking,uploading,processing,ready',
        stages,
      );
      const ready = named('ready');
      const ids = await page.evaluate<string[]>(`${element}.images.map(({ id }) => id)`);
      check('a ready picture brings one event, with its id', ready.length === 1 && ready[0]?.id === ids[0], ready);
      const failed = named('failed');
      check(
        'a refused file brings one event, with the code of the reason',
        failed.length === 1 && failed[0]?.code === 'not-an-image' && failed[0].file === 'text.jpg',
        failed,
      );
      const finished = named('finished');
      check(
        'the end brings one event, after all others, with all files',
        finished.length === 1 &&
          finished[0]?.files?.join() === '1.jpg ready,text.jpg failed' &&
          all.at(-1) === finished[0],
        all,
      );
      await page.getByRole('button', { name: 'Remove from the list: text.jpg' }).click();
      const removed = (await heard()).slice(all.length);
      check(
        'a removed file brings one event',
        removed.map(({ name, file }) => `${name} ${file}`).join() === 'removed text.jpg',
        removed,
      );
      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },

    'pictures that are made smaller, and those that are not': async () => {
      const service = await serve('smaller');
      const client = darkroom({ url: service.url });
      const { page, complaints } = await openWith(service, '<darkroom-upload preset="thumbnails"></darkroom-upload>');
      const sent = async (name: string, bytes: Uint8Array, terms: Readonly<Record<string, string>>) => {
        await page.evaluate(
          `((terms) => ['max-side', 'quality'].forEach((name) => terms[name] ? ${element}.setAttribute(name, terms[name]) : ${element}.removeAttribute(name)))(${JSON.stringify(terms)})`,
        );
        await choose(page, [given(name, bytes)]);
        await status(page, name, /^Ready/);
        const id = await page.evaluate<string>(
          `${element}.uploads.find((one) => one.name === ${JSON.stringify(name)}).id`,
        );
        const { url } = await client.downloadOriginal(id);
        const arrived = new Uint8Array(await (await fetch(url)).arrayBuffer());
        const { width, height } = await sharp(arrived).metadata();
        return { isSame: digest(arrived) === digest(bytes), bytes: arrived.length, width, height };
      };
      const large = await bytesOf(noise(900, 600).jpeg());
      const poor = await bytesOf(noise(900, 600).jpeg({ quality: 2 }));

      const plain = await sent('plain.jpg', large, {});
      check('a picture is sent as it is when nothing else is asked for', plain.isSame, plain);
      const small = await sent('small.jpg', large, { 'max-side': '2000', quality: '0.1' });
      check('a picture below the limit is sent as it is', small.isSame, small);
      const fine = await sent('fine.jpg', large, { 'max-side': '450', quality: '0.9' });
      check('one above it is made smaller', fine.width === 450 && fine.height === 300, fine);
      const coarse = await sent('coarse.jpg', large, { 'max-side': '450', quality: '0.3' });
      check('a lower quality takes fewer bytes', coarse.width === 450 && coarse.bytes < fine.bytes / 2, [coarse, fine]);
      const long = await sent('long.jpg', await bytesOf(noise(2000, 200).jpeg()), { 'max-side': '900' });
      check(
        'a long picture is not made smaller than the service takes it',
        long.width === 1000 && long.height === 100,
        [long],
      );
      const larger = await sent('poor.jpg', poor, { 'max-side': '890', quality: '1' });
      check('what would take more bytes than before is sent as it is', larger.isSame, larger);
      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },

    'limits of the service': async () => {
      const limits = { maxBytes: 200 * 1024, minWidth: 240, minHeight: 160, maxWidth: 1200, maxHeight: 1200 };
      const service = await serve('limits', await withConfig(join(folder, 'limits'), { limits }));
      const { page, complaints } = await openWith(service, '<darkroom-upload></darkroom-upload>');
      await sees(
        'the page says the limits of its service',
        page.getByText('JPEG, PNG, WebP, AVIF, or GIF, up to 200 KB each').waitFor(),
      );
      const requests: string[] = [];
      page.on('request', (request) => requests.push(new URL(request.url()).pathname));
      await choose(page, [
        given('heavy.jpg', await bytesOf(noise(700, 600).jpeg({ quality: 100 }))),
        await photo('narrow.jpg', 200, 300),
        await photo('wide.jpg', 1300, 600),
      ]);
      for (const [name, sentence] of [
        ['heavy.jpg', /^[\d.]+ [KM]B; at most 200 KB\.$/],
        ['narrow.jpg', '200 × 300 pixels; at least 240 × 160.'],
        ['wide.jpg', '1300 × 600 pixels; at most 1200 × 1200.'],
      ] as const) {
        await sees(`${name} is refused by them`, status(page, name, sentence));
      }
      const asked = requests.filter((path) => path.startsWith('/v1/images') || path.startsWith('/originals/'));
      check('without asking the service', asked.length === 0, asked);
      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },

    ...lateLimits,

    'a file that is changed after it was chosen': async () => {
      const service = await serve('changed');
      const { page, complaints } = await openWith(service, '<darkroom-upload></darkroom-upload>');
      const changed = Promise.withResolvers<void>();
      await page.route('**/v1/images', async (route) => {
        await changed.promise;
        await route.continue();
      });
      const file = join(folder, 'edited.jpg');
      await mkdir(folder, { recursive: true });
      await writeFile(file, (await photo('edited.jpg')).buffer);
      const asked = page.waitForRequest('**/v1/images');
      await page.locator('#files').setInputFiles(file);
      await asked;
      await writeFile(file, (await photo('edited.jpg', 500, 400)).buffer);
      changed.resolve();
      await sees(
        'is not taken for trouble of the network',
        status(page, 'edited.jpg', /^The browser could not read it/),
      );
      const canRetry = await page.getByRole('button', { name: 'Try again: edited.jpg' }).isVisible();
      check('and has to be chosen again', !canRetry);
      const others = complaints.filter((one) => !one.startsWith('Failed to load resource'));
      check('the page complains of nothing', others.length === 0, others);
      await service.stop();
    },

    'sentences and looks of the page': async () => {
      const service = await serve('looks');
      const { page, complaints } = await openWith(service, '<darkroom-upload></darkroom-upload>');
      await page.evaluate(`${element}.strings = { choose: 'Add photos', ready: 'Done: {width}' }`);
      await sees(
        'a sentence of the page replaces one of the element',
        page.getByRole('button', { name: 'Add photos' }).waitFor(),
      );
      check('the others stay', await page.getByRole('button', { name: 'Choose a folder' }).isVisible());
      await choose(page, [await photo('1.jpg')]);
      await sees('and what it leaves in braces is filled in', status(page, '1.jpg', 'Done: 900'));

      const documented = await readFile(new URL('../../../docs/uploads.md', import.meta.url), 'utf8');
      const [, parts = '', properties = ''] =
        /^Parts for your style sheet:([\s\S]*?)Properties:([\s\S]*?)\. Light/m.exec(documented) ?? [];
      const wordsIn = (text: string) => [...text.matchAll(/`([\w-]+)`/g)].map(([, word = '']) => word).sort();
      const there = await page.evaluate<string[]>(
        `[...new Set([...${shadow}.querySelectorAll('[part]')].flatMap(({ part }) => [...part]))].filter((one) => one !== 'ready').sort()`,
      );
      check('the parts are those of the documentation', there.join() === wordsIn(parts).join(), [
        there,
        wordsIn(parts),
      ]);
      const read = await page.evaluate<string[]>(
        `[...new Set(${shadow}.adoptedStyleSheets.flatMap(({ cssRules }) => [...cssRules].flatMap(({ cssText }) => cssText.match(/--darkroom-[a-z-]+/g) ?? [])))].sort()`,
      );
      check('and so are the properties', read.join() === wordsIn(properties).join(), [read, wordsIn(properties)]);

      const lookOf = (selector: string, property: string) =>
        page.evaluate<string>(
          `getComputedStyle(${shadow}.querySelector('${selector}')).getPropertyValue('${property}')`,
        );
      await page.addStyleTag({
        content: `darkroom-upload { --darkroom-accent: rgb(1, 2, 3); --darkroom-space: 5px; }
          darkroom-upload::part(name) { text-transform: uppercase; } darkroom-upload::part(ready) { opacity: 0.5; }`,
      });
      const looks = await Promise.all([
        lookOf('button.main', 'background-color'),
        lookOf('.buttons', 'gap'),
        lookOf('.name', 'text-transform'),
        lookOf('li', 'opacity'),
      ]);
      check(
        'a style sheet of the page reaches the element by both',
        looks.join(' ') === 'rgb(1, 2, 3) 5px uppercase 0.5',
        looks,
      );
      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },
  };
};

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
