import { siteOf } from './site.ts';
import type { World } from './world.ts';

// What the page around an uploader may be and do: its language, its own fields and drop zones, its order of loading.

const script = '<script type="module" src="/element.js"></script>';
const element = "document.querySelector('darkroom-upload')";
const shadow = `${element}.shadowRoot`;

export const pageAroundScenes = (world: World): Record<string, () => Promise<void>> => {
  const { serve, check, choose, holds, status, given, photo } = world;
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
      }
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
      for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) await status(page, name, /^Ready/);
      check('the other files of the folder, and of the folder in it, are uploaded', true);
      for (const name of ['bad.jpg', 'inner']) await status(page, name, /^The browser could not read it/);
      const count = await page.locator('darkroom-upload li').count();
      check('what cannot be read is named in the list', count === 5, count);
      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },
  };
};
