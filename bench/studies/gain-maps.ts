import sharp, { type Sharp } from 'sharp';
import { brightest, gainMapJpeg } from '../../test/system/conformance/draw/gain-map.ts';
import { shown } from '../../test/system/conformance/draw/sharp.ts';
import { table } from '../table.ts';

// Whether sharp carries the gain map of a JPEG through what Darkroom does: npm --prefix bench/studies run gain-maps

declare module 'sharp' {
  // Missing in the types of sharp 0.35.5.
  interface Sharp {
    keepGainMap(): Sharp;
    withGainMap(): Sharp;
  }
}

// The drawings use the renderer's own sharp, which blocks this loader and remembers no operation. With the usual memory first.
sharp.unblock({ operation: ['VipsForeignLoadUhdr'] });
sharp.cache(true);

const [width, height] = [1600, 1200];
const original = await gainMapJpeg(width, height);

const work: Readonly<Record<string, (picture: Sharp) => Sharp>> = {
  'resized to 640': (picture) => picture.resize(640),
  'resized to 320': (picture) => picture.resize(320),
  'resized to 641': (picture) => picture.resize(641),
  'resized to 64': (picture) => picture.resize(64),
  'cropped to 256×256': (picture) => picture.resize(256, 256, { fit: 'cover' }),
  'cropped to 800×300': (picture) => picture.resize(800, 300, { fit: 'cover' }),
  'cropped by attention': (picture) => picture.resize(256, 256, { fit: 'cover', position: 'attention' }),
  'extracted at odd places': (picture) => picture.extract({ left: 101, top: 203, width: 701, height: 507 }),
};

const row = async (what: string, picture: Sharp): Promise<string[]> => {
  try {
    const file = await picture.keepGainMap().jpeg({ quality: 82 }).toBuffer();
    const { gainMap, exif } = await sharp(file).metadata();
    if (!gainMap) return [what, String(file.length), 'lost', '', ''];
    const [base, map] = [brightest(await shown(file), 190), brightest(await shown(gainMap.image), 128)];
    if (!base || !map) return [what, String(file.length), 'of nothing', '', ''];
    const apart = Math.max(Math.abs(base[0] - map[0]), Math.abs(base[1] - map[1]));
    return [what, String(file.length), String(gainMap.image.length), `${(100 * apart).toFixed(1)} %`, exif ? 'yes' : 'no'];
  } catch (error) {
    return [what, '', 'refused', error instanceof Error ? error.message : '', ''];
  }
};

const rows: string[][] = [];
for (const [what, how] of Object.entries(work)) rows.push(await row(what, how(sharp(original))));
for (const orientation of [2, 3, 4, 5, 6, 7, 8]) {
  const turned = await gainMapJpeg(width, height, orientation);
  rows.push(await row(`orientation ${orientation}, resized to 640`, sharp(turned, { autoOrient: true }).resize(640)));
}
const bytes = async (picture: Sharp, mozjpeg: boolean) => (await picture.resize(640).jpeg({ quality: 82, mozjpeg }).toBuffer()).length;
const print = (text: string) => process.stdout.write(`${text}\n`);
print(table(['JPEG with a gain map', 'bytes', 'bytes of the map', 'map beside picture', 'EXIF'], rows));
print(
  `\n640 px: ${await bytes(sharp(original), true)} bytes by mozjpeg without the map, ${await bytes(sharp(original), false)} without mozjpeg, ${await bytes(sharp(original).keepGainMap(), true)} with the map and mozjpeg asked for, ${await bytes(sharp(original).withGainMap(), false)} with a map made anew`,
);

sharp.cache(false);
for (const orientation of [1, 3, 6]) {
  const turned = await gainMapJpeg(800, 600, orientation);
  let kept = 0;
  for (let turn = 0; turn < 15; turn++)
    kept += await sharp(turned, { autoOrient: true })
      .keepGainMap()
      .resize(320)
      .jpeg()
      .toBuffer()
      .then(
        () => 1,
        () => 0,
      );
  print(`without sharp's cache, orientation ${orientation}: ${kept} of 15 were made`);
}
