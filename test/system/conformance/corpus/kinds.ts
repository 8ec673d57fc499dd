import type { Format, Kind } from '../../../../lib/core/formats.ts';
import { type Case, expectEqual, fileOf, made, type Outcome } from '../case.ts';
import {
  againstTheLight,
  type Canvas,
  cutOut,
  darkScreen,
  draw,
  landscape,
  logo,
  night,
  opaque,
  quarters,
  screenshot,
  studio,
} from '../draw/canvas.ts';
import { avif, colourAt, jpeg, open, shown, webp } from '../draw/sharp.ts';
import { expectNear } from './orientation.ts';

const pngOf = (canvas: Canvas) => open(canvas).png().toBuffer();
const formatsOf = {
  photo: ['avif', 'webp', 'jpeg'],
  graphic: ['webp', 'png'],
  transparent: ['webp', 'png'],
  animated: ['webp', 'jpeg'],
} as const satisfies Record<Kind, readonly Format[]>;

const isKind = (kind: Kind) => (outcome: Outcome) => {
  expectEqual('the kind', made(outcome).kind, kind);
  const formats = [...new Set(made(outcome).files.map((file) => file.format))].sort();
  expectEqual('the formats', formats, [...formatsOf[kind]].sort());
};

const holed = (alpha: number) =>
  draw(300, 200, (x, y) => (x === 150 && y === 100 ? [0, 0, 0, alpha] : [x % 256, y, 90, 255]), 4);

const row = (
  title: string,
  contentType: Case['contentType'],
  kind: Kind,
  original: Case['original'],
  quick = false,
): Case => ({
  group: 'kind',
  title: `${title} is ${kind === 'animated' ? 'an animation' : kind === 'transparent' ? 'transparent' : `a ${kind}`}`,
  contentType,
  original,
  quick,
  // The formats tell what it was taken for.
  enough: 'small',
  check: isKind(kind),
});

export const kinds: readonly Case[] = [
  row('a photograph as JPEG', 'image/jpeg', 'photo', () => jpeg(landscape(900, 600)), true),
  row('a photograph as a coarse JPEG', 'image/jpeg', 'photo', () => jpeg(landscape(900, 600, 2), 55)),
  row('a photograph saved as PNG', 'image/png', 'photo', () => pngOf(landscape(500, 700, 3))),
  row('a photograph as WebP', 'image/webp', 'photo', () => webp(landscape(600, 500, 4))),
  row('a photograph as AVIF', 'image/avif', 'photo', () => avif(landscape(600, 500, 5))),
  row('a greyscale photograph', 'image/jpeg', 'photo', () =>
    open(landscape(700, 500, 6))
      .greyscale()
      .jpeg()
      .toBuffer(),
  ),
  row('a large photograph', 'image/jpeg', 'photo', () => jpeg(landscape(4200, 2800, 7), 80)),
  row('a photograph with a white border', 'image/jpeg', 'photo', () =>
    open(landscape(600, 400, 8))
      .extend({ top: 90, bottom: 90, left: 90, right: 90, background: '#ffffff' })
      .jpeg()
      .toBuffer(),
  ),
  row('an opaque RGBA photograph', 'image/png', 'photo', () => pngOf(opaque(landscape(500, 400, 9)))),
  ...(
    [
      ['a photograph against the light', againstTheLight],
      ['a photograph of a thing on white', studio],
      ['a photograph of lights in the night', night],
    ] as const
  ).flatMap(([what, canvas], index) => [
    row(`${what} as JPEG`, 'image/jpeg', 'photo', () => jpeg(canvas(900, 600, 41), 92)),
    row(`${what} as a coarse JPEG`, 'image/jpeg', 'photo', () => jpeg(canvas(640, 480, 42), 50)),
    row(`${what} as a small JPEG`, 'image/jpeg', 'photo', () => jpeg(canvas(240, 180, 43), 75), index === 0),
    row(`${what} as WebP`, 'image/webp', 'photo', () => webp(canvas(700, 500, 44))),
    row(`${what} saved as PNG`, 'image/png', 'photo', () => pngOf(canvas(500, 700, 45))),
    row(`${what} saved as PNG after a coarse JPEG`, 'image/png', 'photo', async () =>
      pngOf(await shown(await jpeg(canvas(600, 400, 46), 40))),
    ),
  ]),
  ...(
    [
      ['a dark screenshot', darkScreen],
      ['a wide screenshot', (width: number, height: number) => screenshot(width * 2, height)],
    ] as const
  ).flatMap(([what, canvas]) => [
    row(`${what} as PNG`, 'image/png', 'graphic', () => pngOf(canvas(900, 600))),
    row(`${what} saved as JPEG`, 'image/jpeg', 'graphic', () => jpeg(canvas(900, 600), 85)),
    row(`${what} as WebP`, 'image/webp', 'graphic', () => webp(canvas(900, 600))),
    row(`${what} without colour`, 'image/png', 'graphic', () => open(canvas(900, 600)).greyscale().png().toBuffer()),
    row(`${what} as GIF`, 'image/gif', 'graphic', () => open(canvas(900, 600)).gif().toBuffer()),
  ]),
  row('a screenshot as PNG', 'image/png', 'graphic', () => pngOf(screenshot(1200, 800))),
  row('a screenshot saved as JPEG', 'image/jpeg', 'graphic', () => jpeg(screenshot(1200, 800), 85)),
  row('a screenshot as WebP', 'image/webp', 'graphic', () => webp(screenshot(1000, 700))),
  row('a large screenshot', 'image/png', 'graphic', () => pngOf(screenshot(2880, 1800))),
  row('a logo', 'image/png', 'graphic', () => pngOf(logo(400, 300))),
  row('an opaque RGBA logo', 'image/png', 'graphic', () => pngOf(opaque(logo(400, 300))), true),
  row('flat colour', 'image/png', 'graphic', () => pngOf(draw(300, 200, () => [120, 30, 200]))),
  row('line art as a still GIF', 'image/gif', 'graphic', () => open(quarters(300, 200)).gif().toBuffer()),
  row('a cut-out as PNG', 'image/png', 'transparent', () => pngOf(cutOut(500, 400))),
  row('a cut-out as WebP', 'image/webp', 'transparent', () => webp(cutOut(500, 400))),
  row('a cut-out as AVIF', 'image/avif', 'transparent', () => avif(cutOut(500, 400))),
  row('a cut-out as GIF', 'image/gif', 'transparent', () => open(cutOut(300, 200)).gif().toBuffer()),
  row('a large cut-out', 'image/png', 'transparent', () => pngOf(cutOut(4200, 3000))),
  row('one clear pixel', 'image/png', 'transparent', () => pngOf(holed(0))),
  row('one pixel at 253 of 255, which no eye sees,', 'image/png', 'photo', () =>
    pngOf(overlaid(landscape(400, 300, 11), 253)),
  ),
  ...(['webp', 'png'] as const).map(
    (format): Case => ({
      group: 'kind',
      title: `a cut-out stays clear where it was clear, and solid where it was solid, as ${format}`,
      contentType: 'image/png',
      original: () => pngOf(cutOut(500, 400)),
      quick: format === 'webp',
      check: async (outcome) => {
        const pixels = await shown(await fileOf(outcome, '320w', format).bytes());
        expectEqual('the alpha of a corner', colourAt(pixels, 4, 4)[3], 0);
        const centre = colourAt(pixels, pixels.width * 0.42, pixels.height * 0.55);
        expectEqual('the alpha of the middle', centre[3], 255);
        expectNear('the middle', centre, [20, 120, 220], 16);
        expectEqual('a soft edge', isSoft(pixels), true);
      },
    }),
  ),
  {
    group: 'kind',
    title: 'a cut-out as JPEG, where a preset asks for it, lies on white and not on black',
    contentType: 'image/png',
    preset: 'specimen',
    original: () => pngOf(cutOut(500, 400)),
    quick: true,
    check: async (outcome) => {
      const pixels = await shown(await fileOf(outcome, 'small', 'jpeg').bytes());
      expectNear('the corner', colourAt(pixels, 3, 3), [255, 255, 255], 6);
    },
  },
];

const overlaid = (canvas: Canvas, alpha: number): Canvas => {
  const rgba = opaque(canvas);
  rgba.data[3] = alpha;
  return rgba;
};

const isSoft = (pixels: Canvas): boolean => {
  for (let at = 3; at < pixels.data.length; at += 4) {
    const alpha = pixels.data[at] ?? 0;
    if (alpha > 60 && alpha < 200) return true;
  }
  return false;
};
