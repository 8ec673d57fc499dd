import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from '../lib/render/locked-sharp.ts';
import { type Canvas, draw, landscape, logo, quarters, screenshot } from '../test/system/conformance/draw/canvas.ts';
import { open } from '../test/system/conformance/draw/sharp.ts';

/** Pictures of which a person has said what they are. Files come from Debian packages, by folder. */
export type Labelled = {
  readonly label: 'photo' | 'graphic';
  readonly name: string;
  readonly read: () => Promise<Buffer>;
};

export const labelledPackages = [
  'mate-backgrounds',
  'plasma-workspace-wallpapers',
  'lomiri-wallpapers-16.04',
  'lomiri-wallpapers-20.04',
  'python3-skimage',
  'gimp-help-en',
  'kicad-doc-en',
  'gnome-user-docs',
  'khelpcenter',
];

const gimp = 'usr/share/gimp/2.0/help/en/images';
const skimage = 'usr/lib/python3/dist-packages/skimage/data';

const folders: readonly { label: Labelled['label']; folder: string; only?: RegExp; except?: RegExp }[] = [
  { label: 'photo', folder: 'usr/share/backgrounds/mate/nature' },
  { label: 'photo', folder: 'usr/share/backgrounds', except: /Painting-Colors/ },
  ...[
    'ColorfulCups',
    'Path',
    'OneStandsOut',
    'Autumn',
    'EveningGlow',
    'FallenLeaf',
    'ColdRipple',
    'BytheWater',
    'Kite',
  ].map((name) => ({ label: 'photo' as const, folder: `usr/share/wallpapers/${name}/contents/images` })),
  {
    label: 'photo',
    folder: skimage,
    only: /^(coffee|camera|astronaut|gravel|brick|motorcycle_left|moon|grass|chelsea|coins|ihc)\.png|^(hubble_deep_field|retina|rocket)\.jpg/,
  },
  {
    label: 'graphic',
    folder: skimage,
    only: /^(text|chessboard_RGB|chessboard_GRAY|checker_bilevel|bw_text|logo|phantom)\.png/,
  },
  // Dialogs that hold a photograph of more than half their area are neither, and left out.
  {
    label: 'graphic',
    folder: `${gimp}/dialogs`,
    except: /navigation|color-watercolor|mypaint-brushes|brushes-dialog|palettes-grid/,
  },
  { label: 'graphic', folder: `${gimp}/preferences` },
  {
    label: 'graphic',
    folder: `${gimp}/menus/layer`,
    except: /composite-mode|intersect|boundary-size|mask-example|alpha-/,
  },
  { label: 'graphic', folder: `${gimp}/menus/colors`, except: /ColorToAlpha/ },
  { label: 'graphic', folder: `${gimp}/tool-options`, except: /gradient|lockbrush|draw-mask|brush-|measure-crop/ },
  { label: 'graphic', folder: 'usr/share/doc/kicad/help/en/images/en' },
  { label: 'graphic', folder: 'usr/share/doc/kicad/help/en/images' },
  { label: 'graphic', folder: 'usr/share/help/C/gnome-help/figures', except: /^color-/ },
  { label: 'graphic', folder: 'usr/share/doc/HTML/en/fundamentals' },
];

const drawn: readonly { label: Labelled['label']; name: string; canvas: () => Canvas }[] = [
  ...[1, 2, 3, 4, 5, 6].map((seed) => ({
    label: 'photo' as const,
    name: `landscape ${seed}`,
    canvas: () => landscape(900, 600, seed),
  })),
  { label: 'graphic', name: 'screenshot', canvas: () => screenshot(1200, 800) },
  { label: 'graphic', name: 'wide screenshot', canvas: () => screenshot(1900, 700) },
  { label: 'graphic', name: 'logo', canvas: () => logo(500, 400) },
  { label: 'graphic', name: 'quarters', canvas: () => quarters(300, 300) },
  {
    label: 'graphic',
    name: 'grid',
    canvas: () => draw(600, 400, (x, y) => (x % 40 < 2 || y % 40 < 2 ? [90, 90, 90] : [255, 255, 255])),
  },
  {
    label: 'graphic',
    name: 'stripes',
    canvas: () => draw(500, 300, (x, y) => ((x + y) % 60 < 30 ? [10, 90, 160] : [250, 250, 240])),
  },
];

/** The same pictures as people also have them: saved as JPEG, made smaller, without colour. */
const treatments: Readonly<Record<string, (picture: Buffer) => Promise<Buffer>>> = {
  'as it is': async (picture) => picture,
  'JPEG 85': (picture) => sharp(picture).jpeg({ quality: 85 }).toBuffer(),
  'JPEG 60': (picture) => sharp(picture).jpeg({ quality: 60 }).toBuffer(),
  halved: async (picture) => {
    const { width } = await sharp(picture).metadata();
    return sharp(picture)
      .resize({ width: Math.max(100, Math.round(width / 2)) })
      .png()
      .toBuffer();
  },
  grey: (picture) => sharp(picture).greyscale().png().toBuffer(),
};

export const treatmentNames = Object.keys(treatments);

export const labelledSet = (root: string): readonly Labelled[] => [
  ...drawn.map(({ label, name, canvas }): Labelled => ({ label, name, read: () => open(canvas()).png().toBuffer() })),
  ...folders
    .filter(({ folder }) => existsSync(join(root, folder)))
    .flatMap(({ label, folder, only, except }) =>
      readdirSync(join(root, folder))
        .filter((file) => /\.(png|jpe?g)$/i.test(file) && (only?.test(file) ?? true) && !(except?.test(file) ?? false))
        .map(
          (file): Labelled => ({
            label,
            name: `${folder.split('/').at(-1)}/${file}`,
            read: () => flat(join(root, folder, file)),
          }),
        ),
    ),
];

/** Transparency has been judged before this question comes up. */
const flat = (path: string): Promise<Buffer> =>
  sharp(path).flatten({ background: '#ffffff' }).png({ compressionLevel: 1 }).toBuffer();

export const treated = (picture: Buffer, treatment: string): Promise<Buffer> => {
  const treat = treatments[treatment];
  if (!treat) throw new RangeError(`there is no treatment ${treatment}`);
  return treat(picture);
};
