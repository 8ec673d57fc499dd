import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { manifestOf } from '../../lib/core/manifest.ts';
import { type Preset, shippedPresets } from '../../lib/core/presets.ts';
import type { Deliver, Rendered, RenderOrder } from '../../lib/ports.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { draw, landscape, quarters } from '../system/conformance/draw/canvas.ts';
import sharp, { jpeg, open } from '../system/conformance/draw/sharp.ts';

const renderer = sharpRenderer();
const order = (preset: keyof typeof shippedPresets = 'web'): RenderOrder => ({
  contentType: 'image/jpeg',
  preset: shippedPresets[preset],
  limits: config.limits,
  keepCopyright: false,
});
const ignore: Deliver = async () => undefined;
const digests = ({ variants }: Rendered) => variants.map(({ name, format, sha256 }) => `${name}.${format} ${sha256}`);
const photo = () => jpeg(landscape(640, 480, 41));

test('the same original gives the same bytes again, beside others, with fewer encoders at once, with little memory and in another process', async () => {
  const original = await photo();
  const other = await jpeg(landscape(500, 400, 42));
  const first = digests(await renderer.render(original, order(), ignore));
  const [beside] = await Promise.all([
    renderer.render(original, order(), ignore),
    renderer.render(other, order(), ignore),
  ]);
  expect(digests(beside)).toEqual(first);
  expect(digests(await sharpRenderer({ encodersAtOnce: 1 }).render(original, order(), ignore))).toEqual(first);
  let collections = 0;
  const frugal = sharpRenderer({ encodersAtOnce: 1, collect: () => void collections++ });
  expect(digests(await frugal.render(original, order(), ignore))).toEqual(first);
  expect(collections).toBeGreaterThanOrEqual(first.length / 2);
  expect(await digestsElsewhere(original)).toEqual(first);
});

const digestsElsewhere = async (original: Buffer): Promise<unknown> => {
  const child = fork(new URL('./render-elsewhere.ts', import.meta.url), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  child.send(original.toString('base64'));
  const [answer] = await once(child, 'message');
  child.disconnect();
  return answer;
};

test('every file is decoded again and says how like the pixels it was made from it looks', async () => {
  const originals: readonly [RenderOrder['contentType'], Buffer][] = [
    ['image/jpeg', await photo()],
    ['image/png', await open(quarters(300, 200)).png().toBuffer()],
    ['image/png', await open(faded).png().toBuffer()],
    ['image/gif', await animation()],
  ];
  const kinds = new Set<string>();
  for (const [contentType, original] of originals) {
    const { kind, variants } = await renderer.render(original, { ...order(), contentType }, ignore);
    kinds.add(kind);
    for (const { format, score = Number.NaN } of variants) {
      expect(score).toBeGreaterThan(30);
      if (format === 'png') expect(score).toBe(100);
      else expect(score).toBeLessThanOrEqual(100);
    }
  }
  expect(kinds).toEqual(new Set(['photo', 'graphic', 'transparent', 'animated']));
});

const faded = draw(200, 160, (x, y) => [x, y, 90, x], 4);
const animation = async (): Promise<Buffer> => {
  const frames = [41, 42, 43].map((seed) => landscape(160, 120, seed).data);
  const raw = { width: 160, height: 360, channels: 3, pageHeight: 120 } as const;
  return sharp(Buffer.concat(frames), { raw })
    .gif({ delay: [100, 100, 100] })
    .toBuffer();
};

describe('the quality of each file', () => {
  const range = { from: 30, to: 95, score: 72 };
  const preset = {
    ...shippedPresets.web,
    variants: [
      { name: 'large', width: 560, fit: 'inside' },
      { name: 'small', width: 200, fit: 'inside' },
    ],
    quality: { avif: range, webp: range, jpeg: range },
  } as const satisfies Preset;

  test('reaches the score that the preset asks for, with as many attempts as that takes', async () => {
    const { variants } = await renderer.render(await photo(), { ...order(), preset }, ignore);
    expect(variants).toHaveLength(6);
    for (const { score, why, quality } of variants) {
      expect(why).toBe('target');
      expect(Math.abs((score ?? 0) - range.score)).toBeLessThanOrEqual(2);
      expect(quality).toBeGreaterThanOrEqual(range.from);
    }
    expect(new Set(variants.map(({ quality }) => quality)).size).toBeGreaterThan(1);
  });

  test('gives way to a limit on the bytes, and the reason says so', async () => {
    const limited = { ...preset, variants: preset.variants.map((variant) => ({ ...variant, maxBytes: 3500 })) };
    const { variants } = await renderer.render(await photo(), { ...order(), preset: limited }, ignore);
    for (const { bytes } of variants) expect(bytes).toBeLessThanOrEqual(3500);
    expect(variants.filter(({ why }) => why === 'byte-budget').length).toBeGreaterThanOrEqual(3);
  });

  test('is no higher than it takes to be as small as an original of the same size', async () => {
    const original = await jpeg(landscape(640, 480, 41), 45);
    const { variants } = await renderer.render(original, order(), ignore);
    const same = variants.filter(({ width }) => width === 640);
    expect(same.length).toBeGreaterThanOrEqual(9);
    for (const { bytes } of same) expect(bytes).toBeLessThanOrEqual(original.length);
    expect(same.filter(({ format }) => format === 'jpeg').map(({ why }) => why)).toContain('byte-budget');
  });
});

test('a file is handed over while later ones are still being made', async () => {
  const events: string[] = [];
  await renderer.render(await photo(), order(), async ({ name, format }) => {
    events.push(`begin ${name}.${format}`);
    await pause(30);
    events.push(`end ${name}.${format}`);
  });
  const firstEnd = events.findIndex((line) => line.startsWith('end'));
  expect(events.slice(firstEnd).some((line) => line.startsWith('begin'))).toBe(true);
});

test('few deliveries are under way at once, however slow they are', async () => {
  let underWay = 0;
  let most = 0;
  const second = Promise.withResolvers<void>();
  await renderer.render(await open(quarters(400, 300)).jpeg().toBuffer(), order(), async () => {
    most = Math.max(most, ++underWay);
    if (underWay === 2) second.resolve();
    // The first one takes until there is a second one beside it.
    await second.promise;
    await pause(20);
    underWay--;
  });
  expect(most).toBeLessThanOrEqual(6);
});

test('a delivery that fails ends the render with its own trouble, and nothing is under way afterwards', async () => {
  const trouble = new Error('the store is away');
  let underWay = 0;
  const rendering = renderer.render(await photo(), order(), async ({ name }) => {
    underWay++;
    await pause(10);
    underWay--;
    if (name === '640w') throw trouble;
  });
  await expect(rendering).rejects.toBe(trouble);
  expect(underWay).toBe(0);
});

test('slow deliveries are not held against the picture', async () => {
  const limits = { ...config.limits, renderSeconds: 5 };
  const rendered = await renderer.render(await jpeg(quarters(120, 100)), { ...order('gallery'), limits }, () =>
    pause(5100),
  );
  expect(rendered.variants).toHaveLength(3);
});

test('progress grows with every file and ends at 1', async () => {
  const seen: number[] = [];
  await renderer.render(await photo(), order(), async (_, __, progress) => {
    seen.push(progress);
  });
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toBe(1);
  expect(new Set(seen).size).toBe(seen.length);
});

test('the variants are listed in the order of the preset, the most wanted format first', async () => {
  const { variants } = await renderer.render(await photo(), order(), ignore);
  expect(variants.slice(0, 4).map(({ name, format }) => `${name}.${format}`)).toEqual([
    '1280w.avif',
    '1280w.webp',
    '1280w.jpeg',
    '960w.avif',
  ]);
});

test('what it cost is told apart from what was made', async () => {
  const { spent } = await renderer.render(await photo(), order(), ignore);
  expect(spent.wallMs).toBeGreaterThan(0);
  expect(spent.cpuMs).toBeGreaterThan(0);
  expect(spent.encodeMs).toBeGreaterThan(0);
});

test('the recipe changes with the preset and with keeping the copyright, and with nothing else', () => {
  const { web, gallery } = config.presets;
  if (!web || !gallery) throw new Error('the shipped presets are gone');
  expect(renderer.recipe(web)).toBe(sharpRenderer({ encodersAtOnce: 7 }).recipe(web));
  expect(renderer.recipe(web)).not.toBe(renderer.recipe(gallery));
  expect(renderer.recipe(web, true)).not.toBe(renderer.recipe(web, false));
  expect(renderer.recipe(web)).toMatch(/^[0-9a-f]{16}$/);
});

test('the same original gives the same manifest, byte for byte', async () => {
  const bytes = await photo();
  const original = { contentType: 'image/jpeg', bytes: bytes.length, sha256: 'abc=', width: 640, height: 480 } as const;
  const manifest = async () => manifestOf('web', original, await renderer.render(bytes, order(), ignore));
  expect(await manifest()).toBe(await manifest());
});
