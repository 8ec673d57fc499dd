import { describe, expect, test } from '@jest/globals';
import { certainFormats } from '../../lib/core/certain-formats.ts';
import { kinds } from '../../lib/core/formats.ts';
import { plan } from '../../lib/core/plan.ts';
import { shippedPresets } from '../../lib/core/presets.ts';

describe('The formats that are certain', () => {
  test('of the shipped presets are these', () => {
    expect(certainFormats(shippedPresets)).toEqual({
      ...Object.fromEntries(['1280w', '960w', '640w', '320w', '256w', '128w', '64w'].map((name) => [name, ['webp']])),
      thumbnail: ['webp'],
      preview: ['webp'],
      web: ['webp'],
      xlarge: ['jpeg'],
    });
  });

  test('are planned for every picture, of whatever kind', () => {
    for (const preset of Object.values(shippedPresets))
      for (const [name, formats] of Object.entries(certainFormats({ preset })))
        for (const kind of kinds)
          for (const transparent of [true, false])
            for (const format of ['jpeg', 'png', 'webp', 'gif'] as const) {
              const encodings = plan(preset, { width: 900, height: 700, kind, transparent, format });
              const made = encodings.filter(({ names }) => names.includes(name)).map((encoding) => encoding.format);
              expect(made).toEqual(expect.arrayContaining([...formats]));
            }
  });
});
