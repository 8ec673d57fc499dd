import { expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { manifestOf } from '../../lib/core/manifest.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { landscape } from '../conformance/draw/canvas.ts';
import { jpeg } from '../conformance/draw/sharp.ts';

const bytes = await jpeg(landscape(300, 200));
const original = { contentType: 'image/jpeg', bytes: bytes.length, sha256: 'abc=', width: 300, height: 200 } as const;
const order = {
  contentType: 'image/jpeg',
  preset: shippedPresets.web,
  limits: config.limits,
  keepCopyright: false,
} as const;
const manifest = async () =>
  manifestOf('web', original, await sharpRenderer().render(bytes, order, async () => undefined));

test('the same original and recipe give the same manifest, byte for byte', async () => {
  expect(await manifest()).toBe(await manifest());
});

test('it names every file with its size, digest and encoder settings, and nothing of this run', async () => {
  const parsed = JSON.parse(await manifest());
  expect(parsed.variants).toHaveLength(21);
  expect(parsed.variants[0]).toMatchObject({
    file: '1280w.avif',
    width: 300,
    height: 200,
    quality: 50,
    encoder: { quality: 50, chromaSubsampling: '4:4:4' },
  });
  expect(parsed.original).toEqual(original);
  expect(Object.keys(parsed).sort()).toEqual(
    ['height', 'kind', 'original', 'placeholder', 'preset', 'recipe', 'software', 'variants', 'width'].sort(),
  );
  expect(parsed.software).toMatchObject({ sharp: expect.any(String), vips: expect.any(String) });
});
