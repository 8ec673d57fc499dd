import { until } from '../../support/until.ts';
import { siteOf } from './site.ts';
import type { World } from './world.ts';

// What the page around an uploader may be and do: its language, its own fields and drop zones, its order of loading.

const script = '<script type="module" src="/element.js"></script>';
const element = "document.querySelector('darkroom-upload')";
const shadow = `${element}.shadowRoot`;

export const pageAroundScenes = (world: World): Record<string, () => Promise<void>> => {
  const { serve, check, sees, choose, holds, status, photo } = world;
  const site = siteOf(world);

  return {
    'languages as pages write them': async () => {
      const service = await serve('languages');
      for (const lang of ['en_US', 'x_']) {
        const { page, complaints } = await site(
          service,
          `${script}<form><darkroom-upload name="pictures" required></darkroom-upload></form>`,
          lang,
        );
        await page.getByRole('button', { name: 'Choose pictures' }).waitFor();
        await page.getByText('JPEG, PNG, WebP, AVIF, or GIF, up to 10 MB each').waitFor();
        const isValid = await page.evaluate<boolean>('document.forms[0].checkValidity()');
        check(`under lang="${lang}" the uploader speaks, and its form requires a picture`, !isValid);
        await choose(page, [await photo('1.jpg')]);
        await status(page, '1.jpg', /^Ready/);
        check('it takes a file', await page.evaluate<boolean>('document.forms[0].checkValidity()'));
        check('the page complains of nothing', complaints.length === 0, complaints);
        await page.evaluate(`${element}.lang = 'de'`);
        await sees('in another language, it says anew what it has said', status(page, '1.jpg', /^Fertig/));
      }
      const { page } = await site(service, `${script}<div></div>`, 'de');
      await page.evaluate(`(() => {
        const root = document.querySelector('div').attachShadow({ mode: 'open' });
        root.append(document.createElement('darkroom-upload'));
      })()`);
      await sees(
        'in a shadow tree, the uploader speaks the language around it',
        page.getByRole('button', { name: 'Bilder auswählen' }).waitFor(),
      );
      await service.stop();
    },

    'a folder of which a part cannot be read': async () => {
      const service = await serve('unreadable');
      const { page, complaints } = await site(service, `${script}<darkroom-upload></darkroom-upload>`);
      await holds(page, `${shadow} !== null`);
      const base64 = (await photo('1.jpg')).buffer.toString('base64');
      // The entries of a disk on which a file and a folder fail, as no disk does for a test on every system.
      await page.evaluate(`(() => {
        const bytes = Uint8Array.from(atob('${base64}'), (letter) => letter.charCodeAt(0));
        const gone = (_, failed) => failed(new DOMException('gone', 'NotFoundError'));
        const file = (name) => ({ name, isFile: true, isDirectory: false, file: (done) => done(new File([bytes], name)) });
        const folder = (name, ...hundreds) => ({ name, isFile: false, isDirectory: true,
          createReader: () => ({ readEntries: (done, failed) => { const some = hundreds.length > 0 ? hundreds.shift() : []; return some ? done(some) : gone(done, failed); } }) });
        const album = folder('album', [file('a.jpg'), { ...file('bad.jpg'), file: gone }, { ...file('.hidden'), file: gone }],
          [folder('inner', [file('b.jpg')], undefined), file('c.jpg')]);
        const dropped = new Event('drop', { bubbles: true, cancelable: true, composed: true });
        Object.defineProperty(dropped, 'dataTransfer', { value: { types: ['Files'], items: [{ webkitGetAsEntry: () => album }], files: [] } });
        ${element}.dispatchEvent(dropped);
      })()`);
      await sees(
        'the other files of the folder, and of the folder in it, are uploaded',
        ...['a.jpg', 'b.jpg', 'c.jpg'].map((name) => status(page, name, /^Ready/)),
      );
      for (const name of ['bad.jpg', 'inner']) await status(page, name, /^The browser could not read it/);
      const count = await page.locator('darkroom-upload li').count();
      check('what cannot be read is named in the list', count === 5, count);
      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },

    'fields and drop zones of the page': async () => {
      const service = await serve('fields');
      const { page, complaints } = await site(
        service,
        `<input type="file" id="own"><input type="file" id="off" disabled><textarea></textarea><input id="line">
          <div contenteditable><b>rich</b></div><p id="zone">zone</p><p id="plain">plain</p>
          ${script}<darkroom-upload><textarea id="inside"></textarea></darkroom-upload>`,
      );
      await holds(page, `${shadow} !== null`);
      await page.evaluate(`(() => {
        globalThis.zoneGot = 0;
        zone.addEventListener('dragover', (event) => { event.preventDefault(); event.dataTransfer.dropEffect = 'link'; });
        zone.addEventListener('drop', (event) => { event.preventDefault(); zoneGot += event.dataTransfer.files.length; });
        let count = 0;
        /** What became of the event: whether the browser may go on with it, what the uploader took, the cursor. */
        globalThis.give = async (type, selector) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File(['no picture'], 'n' + count++ + '.png', { type: 'image/png' }));
          const before = ${element}.uploads.length;
          const facts = { bubbles: true, cancelable: true, composed: true };
          const event = type === 'paste' ? new ClipboardEvent(type, { ...facts, clipboardData: transfer }) : new DragEvent(type, { ...facts, dataTransfer: transfer });
          const atDocument = [];
          const look = () => atDocument.push(event.defaultPrevented);
          document.addEventListener(type, look);
          document.querySelector(selector).dispatchEvent(event);
          document.removeEventListener(type, look);
          await new Promise((resolve) => setTimeout(resolve));
          return [event.defaultPrevented ? 'held' : 'free', ${element}.uploads.length - before, atDocument[0] ? 'early' : 'late'].join(' ');
        };
      })()`);
      const is = async (fact: string, type: string, selector: string, expected: string) => {
        const got = await page.evaluate<string>(`give('${type}', '${selector}')`);
        check(fact, got === expected, got);
      };
      await is('a paste into a text area stays there', 'paste', 'textarea', 'free 0 late');
      await is('and into a line of text', 'paste', '#line', 'free 0 late');
      await is('and into text that can be edited', 'paste', '[contenteditable] b', 'free 0 late');
      await is('one inside the element is taken', 'paste', '#inside', 'held 1 early');
      await is('and so is one beside every field', 'paste', 'body', 'held 1 early');
      await is('a drop on a file field of the page stays there', 'drop', '#own', 'free 0 late');
      await is('with the cursor of the field', 'dragover', '#own', 'free 0 late');
      await is('but not on one that is disabled', 'drop', '#off', 'held 1 early');
      await is('a drop on a zone of the page is left to it', 'drop', '#zone', 'held 0 early');
      check('and arrives there once', (await page.evaluate<number>('zoneGot')) === 1);
      await is('a drop beside both is taken', 'drop', '#plain', 'held 1 early');
      await page.evaluate(`${element}.setAttribute('drop', 'box')`);
      await is(
        'with drop="box" a drop beside is free for the whole page, and then held',
        'drop',
        '#plain',
        'held 0 late',
      );
      await is('and so is what is dragged over it', 'dragover', '#plain', 'held 0 late');
      await is('a drop on the box is taken', 'drop', 'darkroom-upload', 'held 1 early');
      await is('and so is one on a field in the element', 'drop', '#inside', 'held 1 early');
      await page.evaluate("document.body.append(document.createElement('darkroom-upload'))");
      await is('a second uploader takes what the first leaves', 'drop', '#plain', 'held 0 early');
      const inSecond = await page.evaluate<number>("document.querySelectorAll('darkroom-upload')[1].uploads.length");
      check('and has it', inSecond === 1, inSecond);
      await page.evaluate(`${element}.removeAttribute('drop')`);
      await is('but not what the first takes', 'drop', '#plain', 'held 1 early');
      await page.evaluate(`${element}.setAttribute('disabled', '')`);
      await is('one that is disabled leaves it as well', 'drop', '#plain', 'held 0 early');
      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },

    'properties that are set before the script has come': async () => {
      const service = await serve('early');
      const { page, complaints } = await site(
        service,
        '<darkroom-upload></darkroom-upload><darkroom-picture></darkroom-picture>',
      );
      const told = await page.evaluate<readonly string[]>(`(async () => {
        const [upload, picture] = ['upload', 'picture'].map((name) => document.querySelector('darkroom-' + name));
        globalThis.asked = [];
        upload.ticket = async ({ name }) => { asked.push(name); throw new Error('No ticket today.'); };
        upload.key = 'a key';
        upload.strings = { choose: 'Add photos' };
        picture.image = { picture: { sources: [], img: { src: 'data:,', width: 3, height: 2 } } };
        await import('/element.js');
        await import('/picture.js');
        return [upload.key, picture.image.picture.img.src, Object.keys(picture).join()];
      })()`);
      check('a key and an image are still there', told.join() === 'a key,data:,,', told);
      await sees('the sentences are said', page.getByRole('button', { name: 'Add photos' }).waitFor());
      await choose(page, [await photo('1.jpg')]);
      await status(page, '1.jpg', 'No ticket today.');
      check('the ticket is asked for', (await page.evaluate<string>('asked.join()')) === '1.jpg');
      await sees(
        'the picture is shown',
        holds(page, "document.querySelector('darkroom-picture img')?.getAttribute('width') === '3'"),
      );
      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },

    'elements that come and go': async () => {
      const service = await serve('workers');
      const { page, complaints } = await site(service, script);
      await holds(page, "customElements.get('darkroom-upload') !== undefined");
      let [now, started] = [0, 0];
      page.on('worker', (worker) => {
        now++;
        started++;
        worker.on('close', () => now--);
      });
      const base64 = (await photo('1.jpg')).buffer.toString('base64');
      const give = `(() => {
        const upload = ${element} ?? document.body.appendChild(document.createElement('darkroom-upload'));
        // A page may keep what it has removed, so the garbage collection ends nothing here.
        (globalThis.kept ??= new Set()).add(upload);
        upload.ticket = async () => { throw new Error('No ticket today.'); };
        upload.add([new File([Uint8Array.from(atob('${base64}'), (letter) => letter.charCodeAt(0))], '1.jpg')]);
      })()`;
      const failed = (count: number) =>
        holds(page, `${element}.uploads.filter(({ stage }) => stage.at === 'failed').length === ${count}`);
      for (let turn = 0; turn < 8; turn++) {
        await page.evaluate(give);
        await failed(1);
        await page.evaluate(`${element}.remove()`);
      }
      await until(
        () => now === 0,
        () => `${now} of ${started} workers are there`,
        { limitMs: 240_000 },
      );
      check('each element that takes a file has a worker, and leaves none behind', started === 8, started);
      await page.evaluate(give);
      await failed(1);
      await until(
        () => started === 9 && now === 0,
        () => `${now} of ${started} workers are there`,
        { limitMs: 240_000 },
      );
      await page.evaluate(give);
      await failed(2);
      check('one whose worker has ended starts another', started === 10, started);
      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },
  };
};
