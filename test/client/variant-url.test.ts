import { expect, test } from '@jest/globals';
import { nextLoader, unpicTransformer, variantUrl } from '../../lib/client/variant-url.ts';

const version = 'https://pictures.example/images/kq3v7xw2m5hd4zcfb6ntjy2rea/v1';

test.each([
  [1, '320w'],
  [320, '320w'],
  [321, '640w'],
  [1280, '1280w'],
  [3840, '1280w'],
])('for a width of %d it is the smallest variant that is wide enough, or the largest: %s', (width, name) => {
  expect(variantUrl(version, width)).toBe(`${version}/${name}`);
  expect(nextLoader()({ src: version, width })).toBe(`${version}/${name}`);
  expect(unpicTransformer()(version, { width })).toBe(`${version}/${name}`);
});

test('it has the widths and the format that the page names', () => {
  const options = { widths: [2560, 640], format: 'webp' } as const;
  expect(variantUrl(`${version}/`, 700, options)).toBe(`${version}/2560w.webp`);
  expect(nextLoader(options)({ src: version, width: 100 })).toBe(`${version}/640w.webp`);
  expect(unpicTransformer(options)(new URL(version), {})).toBe(`${version}/2560w.webp`);
});
