import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';
import { pictureAttributes, pictureHtml, placeholderUrl, type Shown } from '../../lib/client/picture.ts';
import { thumbhashPixels } from '../../lib/client/thumbhash.ts';
import { bytesOf, noise } from '../support/pictures.ts';

const hashOf = async (isTransparent: boolean): Promise<string> => {
  const rgba = await bytesOf(
    noise(60, 40)
      .blur(6)
      .ensureAlpha(isTransparent ? 0.5 : 1)
      .raw(),
  );
  return Buffer.from(rgbaToThumbHash(60, 40, rgba)).toString('base64');
};
const shown = async (isTransparent = false): Promise<Shown> => ({
  picture: {
    sources: [
      { type: 'image/avif', srcset: '/v1/640w.avif 640w, /v1/320w.avif 320w' },
      { type: 'image/jpeg', srcset: '/v1/640w.jpeg 640w, /v1/320w.jpeg 320w' },
    ],
    img: { src: '/v1/640w.jpeg', width: 640, height: 427 },
  },
  placeholder: { thumbhash: await hashOf(isTransparent), color: '#8a7f6d' },
});

describe('the attributes of a picture', () => {
  test('have what the page asked for', async () => {
    const { sources, img } = pictureAttributes(await shown(), {
      alt: 'A market',
      sizes: '50vw',
      class: 'hero',
      loading: 'eager',
      fetchpriority: 'high',
      placeholder: 'color',
    });
    expect(sources).toEqual([
      { type: 'image/avif', srcset: '/v1/640w.avif 640w, /v1/320w.avif 320w', sizes: '50vw' },
      { type: 'image/jpeg', srcset: '/v1/640w.jpeg 640w, /v1/320w.jpeg 320w', sizes: '50vw' },
    ]);
    expect(img).toEqual({
      src: '/v1/640w.jpeg',
      width: 640,
      height: 427,
      alt: 'A market',
      loading: 'eager',
      decoding: 'async',
      fetchpriority: 'high',
      class: 'hero',
      style: 'background:#8a7f6d',
    });
  });

  test('are lazy, as wide as the window and blurred at first if nothing is asked for', async () => {
    const { sources, img } = pictureAttributes(await shown(), { alt: '' });
    expect(sources[0]?.sizes).toBe('(max-width: 640px) 100vw, 640px');
    expect(img).toMatchObject({ alt: '', loading: 'lazy' });
    expect(img.style).toMatch(/^background:#8a7f6d url\(data:image\/png;base64,[\w+/=]+\) 0 0\/100% 100%$/);
    expect(Object.keys(img)).not.toContain('class');
    expect(Object.keys(img)).not.toContain('fetchpriority');
  });

  test.each(['blur', 'color'] as const)(
    'of a transparent picture have no %s that would stay behind it',
    async (placeholder) => {
      expect(pictureAttributes(await shown(true), { alt: '', placeholder }).img.style).toBeUndefined();
    },
  );

  test('have no placeholder where none is wanted, or none is known', async () => {
    const { picture } = await shown();
    expect(pictureAttributes(await shown(), { alt: '', placeholder: 'none' }).img.style).toBeUndefined();
    expect(pictureAttributes({ picture }, { alt: '' }).img.style).toBeUndefined();
  });
});

test('the HTML of a picture is its attributes, and no text of it becomes markup', async () => {
  const html = pictureHtml(await shown(), { alt: '"><script>', placeholder: 'none', class: "a'b" });
  expect(html).toBe(
    '<picture><source type="image/avif" srcset="/v1/640w.avif 640w, /v1/320w.avif 320w" sizes="(max-width: 640px) 100vw, 640px">' +
      '<source type="image/jpeg" srcset="/v1/640w.jpeg 640w, /v1/320w.jpeg 320w" sizes="(max-width: 640px) 100vw, 640px">' +
      '<img src="/v1/640w.jpeg" width="640" height="427" alt="&#34;&#62;&#60;script&#62;" loading="lazy" decoding="async" class="a&#39;b"></picture>',
  );
});

test.each([false, true])(
  'the address of a placeholder is a PNG of its pixels (transparent: %p)',
  async (isTransparent) => {
    const thumbhash = await hashOf(isTransparent);
    const [head, base64 = ''] = placeholderUrl(thumbhash).split(',');
    expect(head).toBe('data:image/png;base64');
    const { data, info } = await sharp(Buffer.from(base64, 'base64')).raw().toBuffer({ resolveWithObject: true });
    const { width, height, pixels } = thumbhashPixels(thumbhash);
    expect([info.width, info.height, info.channels]).toEqual([width, height, 4]);
    expect(Buffer.compare(data, Buffer.from(pixels))).toBe(0);
  },
);
