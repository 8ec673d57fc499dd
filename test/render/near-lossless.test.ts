import { describe, expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import type { Kind } from '../../lib/core/formats.ts';
import type { Encoding } from '../../lib/core/plan.ts';
import type { Preset } from '../../lib/core/presets.ts';
import type { EarlierFile, RenderedVariant } from '../../lib/ports.ts';
import type { Chosen } from '../../lib/render/choose-quality.ts';
import { orNearLossless } from '../../lib/render/near-lossless.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { landscape, quarters, screenshot } from '../system/conformance/draw/canvas.ts';
import { open } from '../system/conformance/draw/sharp.ts';

const picture = { width: 640, height: 400, fit: 'inside', position: 'centre' } as const;
const webp: Encoding = { picture, format: 'webp', animated: false, quality: 78, names: ['640w'] };
const png: Encoding = { ...webp, format: 'png', quality: null };
const chosen = (score: number, bytes: number, why: Chosen['why'] = 'fixed'): Chosen => ({
  quality: 78,
  score,
  bytes: new Uint8Array(bytes),
  why,
});
const attempt = (score: number, bytes: number) => async () => ({ score, bytes: new Uint8Array(bytes) });

describe('a file that keeps nearly every pixel', () => {
  test.each<[string, Encoding, Chosen, score: number, bytes: number, why: Chosen['why']]>([
    ['smaller and as good', webp, chosen(85, 1000), 85, 999, 'near-lossless'],
    ['smaller and identical', webp, chosen(85, 1000), 100, 999, 'lossless'],
    ['as large', webp, chosen(85, 1000), 99, 1000, 'fixed'],
    ['smaller and worse', webp, chosen(95, 1000), 94.9, 500, 'fixed'],
    [
      'beside a PNG smaller and without a visible difference',
      png,
      chosen(100, 1000, 'lossless'),
      90,
      500,
      'near-lossless',
    ],
    ['beside a PNG smaller with a visible difference', png, chosen(100, 1000, 'lossless'), 89.9, 500, 'lossless'],
    ['within the budget', { ...webp, maxBytes: 999 }, chosen(40, 1000, 'over-budget'), 92, 999, 'near-lossless'],
    ['above the budget', { ...webp, maxBytes: 900 }, chosen(40, 1000, 'over-budget'), 92, 999, 'over-budget'],
  ])('that is %s decides by that', async (_, encoding, first, score, bytes, why) => {
    const file = await orNearLossless(encoding, { kind: 'graphic' }, first, attempt(score, bytes));
    expect(file.why).toBe(why);
  });

  test.each<[string, Encoding, Kind]>([
    ['of a photo', webp, 'photo'],
    ['of a transparent picture', webp, 'transparent'],
    ['as AVIF', { ...webp, format: 'avif' }, 'graphic'],
    ['of more than three megapixels', { ...webp, picture: { ...picture, width: 3001, height: 1000 } }, 'graphic'],
  ])('is not tried %s', async (_, encoding, kind) => {
    const first = chosen(85, 1000);
    const never = () => Promise.reject(new Error('it was tried'));
    expect(await orNearLossless(encoding, { kind }, first, never)).toBe(first);
  });
});

const preset: Preset = {
  variants: [{ name: 'whole', width: 400, fit: 'inside' }],
  formats: { photo: ['webp', 'png'], graphic: ['webp', 'png'], transparent: ['webp'], animated: ['webp'] },
  quality: { avif: 50, webp: 78, jpeg: 82 },
};

const filesOf = async (canvas: ReturnType<typeof screenshot>): Promise<readonly RenderedVariant[]> => {
  const order = { contentType: 'image/png', preset, limits: config.limits, keepCopyright: false } as const;
  const { variants } = await sharpRenderer().render(await open(canvas).png().toBuffer(), order, async () => undefined);
  return variants;
};

test('a screenshot in its own size keeps every pixel as WebP, in fewer bytes than as PNG, and says so', async () => {
  const files = await filesOf(screenshot(400, 300));
  expect(files).toMatchObject([
    { format: 'webp', quality: null, score: 100, why: 'lossless', encoder: { nearLossless: true } },
    { format: 'png', quality: null, score: 100, why: 'lossless' },
  ]);
  expect(files[0]?.bytes).toBeLessThan(files[1]?.bytes ?? 0);
});

test('a photo keeps its lossy WebP, and a PNG of every colour', async () => {
  const [lossy, lossless] = await filesOf(landscape(400, 300));
  expect(lossy).toMatchObject({ format: 'webp', quality: 78, why: 'fixed' });
  expect(lossless?.encoder).toEqual({ compressionLevel: 9 });
});

test('a file that keeps every pixel is not taken over where a larger one begins with what its search had found', async () => {
  const original = await open(quarters(640, 480)).png().toBuffer();
  const searched: Preset = {
    variants: [
      { name: 'whole', width: 640, fit: 'inside' },
      { name: 'half', width: 320, fit: 'inside' },
    ],
    formats: { photo: ['webp'], graphic: ['webp'], transparent: ['webp'], animated: ['webp'] },
    quality: { avif: 50, webp: { from: 40, to: 90, score: 70 }, jpeg: 82 },
  };
  const order = { contentType: 'image/png', preset: searched, limits: config.limits, keepCopyright: false } as const;
  const first = await sharpRenderer().render(original, order, async () => undefined);
  expect(first.variants.map(({ name, quality }) => [name, quality])).toEqual([
    ['whole', null],
    ['half', null],
  ]);
  const [made, taken]: [string[], string[]] = [[], []];
  const again = await sharpRenderer().render(
    original,
    { ...order, earlier: first.variants as readonly EarlierFile[] },
    async ({ name }) => void made.push(name),
    async ({ name }) => taken.push(name) > 0,
  );
  expect([made, taken, again.variants]).toEqual([['half'], ['whole'], first.variants]);
});
