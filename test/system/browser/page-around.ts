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
  };
};
