import { thumbHashToAverageRGBA, thumbHashToRGBA } from 'thumbhash';
import { type Case, expectAtMost, made } from '../case.ts';
import { cutOut, draw, landscape, quarters, red } from '../draw/canvas.ts';
import { jpeg, open } from '../draw/sharp.ts';
import { expectNear } from './orientation.ts';

const parsed = (color: string) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

export const placeholders: readonly Case[] = [
  {
    group: 'placeholder',
    title: 'the colour is the one that fills most of the picture',
    contentType: 'image/png',
    original: () =>
      open(draw(300, 200, (x, y) => (x < 210 || y < 20 ? red : [30, 30, 180])))
        .png()
        .toBuffer(),
    quick: true,
    check: (outcome) => expectNear('the colour', parsed(made(outcome).placeholder.color), red, 6),
  },
  {
    group: 'placeholder',
    title: 'the blur has the quarters of the picture in their places',
    contentType: 'image/jpeg',
    original: () => jpeg(quarters(400, 400)),
    quick: true,
    check: (outcome) => {
      const { w, h, rgba } = thumbHashToRGBA(Buffer.from(made(outcome).placeholder.thumbhash, 'base64'));
      const at = (x: number, y: number) => [
        ...rgba.subarray((Math.floor(y * h) * w + Math.floor(x * w)) * 4).subarray(0, 3),
      ];
      const [r, , b] = at(0.2, 0.2);
      if (!((r ?? 0) > (b ?? 0))) throw new Error('the upper left is not reddish');
      const [r2, , b2] = at(0.2, 0.8);
      if (!((b2 ?? 0) > (r2 ?? 0))) throw new Error('the lower left is not bluish');
    },
  },
  {
    group: 'placeholder',
    title: 'the blur of a cut-out is clear in part',
    contentType: 'image/png',
    original: () => open(cutOut(300, 200)).png().toBuffer(),
    check: (outcome) =>
      expectAtMost(
        'the mean alpha',
        thumbHashToAverageRGBA(Buffer.from(made(outcome).placeholder.thumbhash, 'base64')).a,
        0.9,
      ),
  },
  {
    group: 'placeholder',
    title: 'the blur is at most 32 bytes long',
    contentType: 'image/jpeg',
    original: () => jpeg(landscape(500, 400)),
    check: (outcome) =>
      expectAtMost('its length', Buffer.from(made(outcome).placeholder.thumbhash, 'base64').length, 32),
  },
];
