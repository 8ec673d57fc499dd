import { readFile } from 'node:fs/promises';
import config from '../darkroom.config.ts';
import { type Preset, shippedPresets } from '../lib/core/presets.ts';
import type { EarlierFile } from '../lib/ports.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import { landscape } from '../test/system/conformance/draw/canvas.ts';
import { jpeg } from '../test/system/conformance/draw/sharp.ts';
import { table } from './table.ts';

// CPU of a reprocess of one photograph by the preset `web` with changed settings, whole and by difference, without a store. The photograph
// is named by path, or else 12 megapixels are drawn: node bench/difference.ts [photograph.jpg]

const renderer = sharpRenderer({ encodersAtOnce: 1 });
const { web } = shippedPresets;
const changes: Readonly<Record<string, Preset>> = {
  'another score of AVIF': { ...web, quality: { ...web.quality, avif: { from: 45, to: 55, score: 68 } } },
  'another score of WebP': { ...web, quality: { ...web.quality, webp: { from: 75, to: 82, score: 71 } } },
  'the width 480 more': { ...web, variants: [...web.variants, { name: '480w', width: 480, fit: 'inside' }] },
  nothing: web,
};

const [path] = process.argv.slice(2);
const original = path === undefined ? await jpeg(landscape(4000, 3000, 3), 90) : await readFile(path);

const render = async (preset: Preset, earlier?: readonly EarlierFile[]) => {
  const order = {
    contentType: 'image/jpeg',
    preset,
    limits: { ...config.limits, renderSeconds: 600 },
    earlier,
  } as const;
  const count = { encoded: 0, copied: 0 };
  const { variants, spent } = await renderer.render(
    original,
    { ...order, keepCopyright: false },
    async () => void count.encoded++,
    async () => {
      count.copied++;
      return true;
    },
  );
  return { files: variants as readonly EarlierFile[], seconds: spent.cpuMs / 1000, ...count };
};

await render({ ...web, variants: web.variants.slice(-1) });
const before = await render(web);
const rows: string[][] = [];
for (const [change, preset] of Object.entries(changes)) {
  const whole = await render(preset);
  const part = await render(preset, before.files);
  const share = `${((100 * part.seconds) / whole.seconds).toFixed(0)} %`;
  rows.push([change, `${part.encoded}`, `${part.copied}`, whole.seconds.toFixed(2), part.seconds.toFixed(2), share]);
}
process.stdout.write(`${table(['changed', 'encoded', 'copied', 'whole, s', 'by difference, s', 'share'], rows)}\n`);
