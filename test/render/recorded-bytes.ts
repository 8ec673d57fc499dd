import { readFileSync, writeFileSync } from 'node:fs';
import config from '../../darkroom.config.ts';
import type { ContentType } from '../../lib/core/formats.ts';
import type { Preset } from '../../lib/core/presets.ts';
import { sha256Of } from '../../lib/render/digest.ts';
import { recipeOf } from '../../lib/render/recipe.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { draw, landscape, screenshot } from '../system/conformance/draw/canvas.ts';
import sharp, { jpeg, open } from '../system/conformance/draw/sharp.ts';

// What the renderer makes of a small corpus, by platform: `node test/render/recorded-bytes.ts` records it for this one.

export type Recorded = { readonly recipe: string; readonly files: Readonly<Record<string, string>> };
const path = new URL('./recorded-bytes.json', import.meta.url);

export const recorded = (): Readonly<Record<string, Recorded>> => JSON.parse(readFileSync(path, 'utf8'));

/** libaom adds up in another order where a processor has wider registers, so those are part of what a platform is. */
export const platform = (): string => {
  const wide = process.platform === 'linux' && /\bavx2\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));
  return `${process.platform}-${process.arch}${wide ? '-avx2' : ''}`;
};

const range = (score: number) => ({ from: 30, to: 90, score });
const preset: Preset = {
  variants: [
    { name: 'large', width: 700, fit: 'inside' },
    { name: 'middle', width: 420, fit: 'inside', maxBytes: 20_000 },
    { name: 'crop', width: 180, height: 180, fit: 'cover', position: 'attention' },
  ],
  formats: {
    photo: ['avif', 'webp', 'jpeg', 'png'],
    graphic: ['avif', 'webp', 'png'],
    transparent: ['avif', 'webp', 'png'],
    animated: ['webp', 'still'],
  },
  quality: { avif: range(70), webp: 78, jpeg: range(80) },
};

const film = (): Promise<Buffer> => {
  const frames = [4, 5].map((seed) => landscape(300, 200, seed).data);
  return sharp(Buffer.concat(frames), { raw: { width: 300, height: 400, channels: 3, pageHeight: 200 } })
    .gif({ delay: [80, 80] })
    .toBuffer();
};

const corpus: Readonly<Record<string, readonly [ContentType, () => Promise<Buffer>]>> = {
  photo: ['image/jpeg', () => jpeg(landscape(900, 600, 3))],
  graphic: ['image/png', () => open(screenshot(720, 480)).png().toBuffer()],
  transparent: [
    'image/png',
    () =>
      open(draw(400, 300, (x, y) => [x & 255, y & 255, 90, x & 255], 4))
        .png()
        .toBuffer(),
  ],
  animated: ['image/gif', () => film()],
};

export const rendered = async (): Promise<Recorded> => {
  const files: Record<string, string> = {};
  for (const [name, [contentType, original]] of Object.entries(corpus)) {
    const order = { contentType, preset, limits: config.limits, keepCopyright: false };
    const { kind, variants } = await sharpRenderer().render(await original(), order, async () => undefined);
    for (const variant of variants) {
      const { format, score, quality, why } = variant;
      files[`${name} (${kind}) ${variant.name}.${format}`] = sha256Of(
        JSON.stringify([variant.sha256, quality, score, why]),
        'hex',
      ).slice(0, 16);
    }
  }
  return { recipe: recipeOf(preset), files };
};

if (import.meta.filename === process.argv[1]) {
  const all = { ...recorded(), [platform()]: await rendered() };
  writeFileSync(path, `${JSON.stringify(all, null, 2)}\n`);
}
