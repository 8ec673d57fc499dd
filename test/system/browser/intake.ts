import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { World } from './world.ts';

// How files come to a page: dropped by the browser itself, not by an event that a script makes, and from the camera of a phone.

export const intakeScenes = ({
  folder,
  serve,
  open,
  check,
  sees,
  holds,
  status,
  photo,
}: World): Record<string, () => Promise<void>> => {
  const written = async (...path: string[]): Promise<string> => {
    const file = join(folder, ...path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, (await photo(path.at(-1) ?? '')).buffer);
    return file;
  };

  /** Drags files or folders of the disk to the middle of an element, and lets go there. */
  const drag = async (page: Page, selector: string, files: readonly string[]): Promise<void> => {
    const box = await page.locator(selector).boundingBox();
    if (!box) throw new Error(`${selector} is not in sight`);
    const devtools = await page.context().newCDPSession(page);
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await devtools.send('Input.dispatchDragEvent', {
        type,
        x: box.x + box.width / 2,
        y: box.y + box.height / 2,
        data: { items: [], files: [...files], dragOperationsMask: 1 },
      });
    await devtools.detach();
  };

  return {
    'drops of files and folders': async () => {
      const service = await serve('drops');
      const { page, context, complaints } = await open(service.url);
      await page.getByText('No picture yet').waitFor();
      // The browser opens a file itself that is dropped where a page has not said that it wants none of that.
      await page.evaluate(
        `(globalThis.dragged = [], ['dragover', 'drop'].forEach((name) => addEventListener(name, ({ isTrusted, defaultPrevented }) =>
          dragged.push({ name, isOurs: isTrusted && defaultPrevented }))))`,
      );
      const stays = async (fact: string) => {
        const dragged = await page.evaluate<readonly { name: string; isOurs: boolean }[]>('dragged.splice(0)');
        const tabs = context.pages().map((one) => one.url());
        check(fact, dragged.length > 0 && dragged.every(({ isOurs }) => isOurs) && tabs.join() === `${service.url}/`, [
          dragged,
          tabs,
        ]);
      };
      await written('album', 'outer.jpg');
      await written('album', 'inner', 'deep.jpg');
      await writeFile(join(folder, 'album', '.hidden'), 'not for people');
      await drag(page, 'h1', [join(folder, 'album')]);
      for (const name of ['outer.jpg', 'deep.jpg']) await status(page, name, /^Ready/);
      const rows = page.locator('darkroom-upload li');
      check('a folder that is dropped beside the box is uploaded with the folders in it', (await rows.count()) === 2);
      await stays('and the browser does not leave the page for it');

      await page.evaluate("document.querySelector('darkroom-upload').setAttribute('drop', 'box')");
      await drag(page, 'h1', [await written('beside.jpg')]);
      await stays('nor for a file that is dropped beside a box that takes it only there');
      await drag(page, 'darkroom-upload', [await written('inside.jpg')]);
      await status(page, 'inside.jpg', /^Ready/);
      const names = await rows.locator('.name').allTextContents();
      check(
        'with drop="box", only what is dropped there is taken',
        names.toSorted().join() === 'deep.jpg,inside.jpg,outer.jpg',
        names,
      );

      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },

    'a phone and its camera': async () => {
      const service = await serve('phone');
      const { page, complaints } = await open(service.url, {
        ...{ viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true },
      });
      await page.getByText('No picture yet').waitFor();
      const camera = page.getByRole('button', { name: 'Take a photo' });
      const [opened] = await Promise.all([
        page.waitForEvent('filechooser'),
        // An answer of the page says that it knows by now who waits for the chooser.
        page.evaluate('1').then(() => camera.tap()),
      ]);
      const input = opened.element();
      const [capture, accept] = [await input.getAttribute('capture'), await input.getAttribute('accept')];
      check(
        'a phone offers its camera, the one at its back, for one picture',
        capture === 'environment' && accept === 'image/*' && !opened.isMultiple(),
        [capture, accept],
      );
      await opened.setFiles([await photo('taken.jpg')]);
      await sees('what it takes is uploaded', status(page, 'taken.jpg', /^Ready/));
      const sizes = await page.evaluate<number[]>(
        "[...document.querySelector('darkroom-upload').shadowRoot.querySelectorAll('button')].filter((one) => one.checkVisibility()).map((one) => Math.min(one.offsetWidth, one.offsetHeight))",
      );
      check('its buttons are large enough for a finger', Math.min(...sizes) >= 24, sizes);
      check(
        'and a folder is not asked for',
        !(await page.getByRole('button', { name: 'Choose a folder' }).isVisible()),
      );
      await holds(page, "document.querySelectorAll('#gallery li img').length === 1");
      check('the page complains of nothing', complaints.length === 0, complaints);
      await service.stop();
    },
  };
};
