import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bestFormat, possibleFormats } from '../../lib/core/choose-format.ts';
import { kinds, variantFormats } from '../../lib/core/formats.ts';
import { plan } from '../../lib/core/plan.ts';
import { shippedPresets } from '../../lib/core/presets.ts';

describe('The format for a viewer', () => {
  test.each([
    ['avif webp jpeg', 'image/avif,image/webp,*/*', 'avif'],
    ['avif webp jpeg', 'image/webp,*/*', 'webp'],
    ['avif webp jpeg', 'text/html, image/WEBP', 'webp'],
    ['avif webp jpeg', '*/*', 'jpeg'],
    ['avif webp jpeg', '', 'jpeg'],
    ['avif webp jpeg', 'image/avif;q=0,image/webp;q=0.0', 'jpeg'],
    ['avif webp jpeg', 'image/avif;Q=0,image/webp', 'webp'],
    ['avif webp jpeg', 'image/avif;q=0;x=1,image/webp;v=b3; q=0.000 ;x=1', 'jpeg'],
    ['avif webp jpeg', 'image/avif;q=0.001;x=1', 'avif'],
    ['avif webp jpeg', 'image/avif;xq=0', 'avif'],
    ['webp png', 'image/avif,*/*', 'png'],
    ['webp png', 'image/avif,image/webp,*/*', 'webp'],
    ['webp', '*/*', 'webp'],
    ['avif webp', '', 'webp'],
  ])('of %s with Accept: %s is %s', (there, accept, format) => {
    expect(
      bestFormat(
        variantFormats.filter((one) => there.split(' ').includes(one)),
        accept,
      ),
    ).toBe(format);
  });

  test.each(variantFormats)('is %s for a viewer that names it', (format) => {
    expect(bestFormat([format, 'jpeg', 'png'], `image/${format}`)).toBe(format);
  });

  test('exists whenever any format does, for any Accept header', () => {
    fc.assert(
      fc.property(fc.subarray([...variantFormats]), fc.string(), (there, accept) => {
        const format = bestFormat(there, accept);
        expect(there.length === 0 ? format === undefined : there.some((one) => one === format)).toBe(true);
      }),
    );
  });
});

describe('The formats that are possible', () => {
  test('of the shipped presets are these', () => {
    expect(possibleFormats(shippedPresets)).toEqual({
      ...Object.fromEntries(
        ['full', '2560w', '1920w', '1280w', '960w', '640w', '320w', '256w', '128w', '64w'].map((name) => [
          name,
          ['avif', 'webp', 'jpeg', 'png'],
        ]),
      ),
      thumbnail: ['webp'],
      preview: ['webp'],
      web: ['webp'],
      small: ['webp', 'jpeg', 'png'],
      medium: ['webp', 'jpeg', 'png'],
      large: ['webp', 'jpeg', 'png'],
      xlarge: ['jpeg'],
    });
  });

  test('are those that some picture gets, and no others', () => {
    for (const preset of Object.values(shippedPresets)) {
      const made = new Map<string, Set<string>>();
      for (const kind of kinds)
        for (const transparent of [true, false])
          for (const format of ['jpeg', 'png', 'webp', 'gif'] as const)
            for (const encoding of plan(preset, { width: 900, height: 700, kind, transparent, format }))
              for (const name of encoding.names) made.set(name, new Set([...(made.get(name) ?? []), encoding.format]));
      const possible = Object.entries(possibleFormats({ preset })).map(([name, formats]) => [name, new Set(formats)]);
      expect(new Map(possible as [string, Set<string>][])).toEqual(made);
    }
  });
});
