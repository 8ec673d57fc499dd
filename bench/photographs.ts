import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import sharp from '../lib/render/locked-sharp.ts';
import { type Canvas, landscape } from '../test/system/conformance/draw/canvas.ts';

/** The pictures to measure with: given by path, from Debian's wallpaper packages, or else drawn. */
export type Photograph = { readonly name: string; readonly path: string; readonly origin: string };

const run = promisify(execFile);
export const cache = new URL('./.cache/', import.meta.url).pathname;

const wallpapers = ['mate-backgrounds', 'plasma-workspace-wallpapers'];
export const unpacked = join(cache, 'debian/files');
const chosen = [
  'usr/share/backgrounds/mate/abstract/Elephants_5640x3172.jpg',
  'usr/share/wallpapers/ColorfulCups/contents/images/2560x1600.jpg',
  'usr/share/wallpapers/BytheWater/contents/images/2560x1600.jpg',
  'usr/share/backgrounds/mate/nature/RainDrops.jpg',
];

/** Downloads and unpacks packages; needs a Debian system and no rights. */
export const fetchPackages = async (packages: readonly string[] = wallpapers): Promise<void> => {
  const folder = join(cache, 'debian');
  await mkdir(folder, { recursive: true });
  for (const name of packages) {
    if (!(await readdir(folder)).some((file) => file.startsWith(`${name}_`)))
      await run('apt-get', ['download', name], { cwd: folder });
    const file = (await readdir(folder)).find((file) => file.startsWith(`${name}_`));
    if (file) await run('dpkg-deb', ['-x', join(folder, file), unpacked]);
  }
};

const fetched = (): readonly string[] => chosen.map((path) => join(unpacked, path)).filter(existsSync);

/** A detailed photograph at 12 and 24 megapixels, as a camera would store it, and the others as they are. */
export const photographs = async (paths: readonly string[]): Promise<readonly Photograph[]> => {
  if (paths.length > 0) return paths.map((path) => ({ name: basename(path), path, origin: 'given by path' }));
  const [detailed, ...others] = fetched();
  const origin = detailed ? 'Debian wallpapers' : 'drawn';
  return [
    await sized('12 MP photo', 4000, 3000, origin, detailed),
    await sized('24 MP photo', 6000, 4000, origin, detailed),
    ...others.map((path) => ({ name: path.split('/').at(detailedNameAt(path)) ?? path, path, origin })),
  ];
};

const detailedNameAt = (path: string) => (path.includes('/wallpapers/') ? -4 : -1);

export const hundredMegapixels = (): Promise<Photograph> =>
  sized('100 MP photo', 10_000, 10_000, fetched()[0] ? 'Debian wallpapers, tiled' : 'drawn', fetched()[0], 60);

const sized = async (
  name: string,
  width: number,
  height: number,
  origin: string,
  from: string | undefined,
  quality = 85,
): Promise<Photograph> => {
  const path = join(cache, `${width}x${height}-${from ? 'real' : 'drawn'}.jpg`);
  if (!existsSync(path)) {
    await mkdir(cache, { recursive: true });
    const source = from ? await readFile(from) : await fromCanvas(landscape(3000, 2000, 77));
    await writeFile(path, await filled(source, width, height, quality));
  }
  return { name, path, origin };
};

const fromCanvas = ({ data, width, height, channels }: Canvas) =>
  sharp(data, { raw: { width, height, channels } }).jpeg({ quality: 95 }).toBuffer();

/** Beyond twice its size a photograph has no detail left to cost anything, so it is laid out in tiles instead. */
const filled = async (source: Buffer, width: number, height: number, quality: number): Promise<Buffer> => {
  const whole = { limitInputPixels: false };
  if (width * height < 50_000_000)
    return sharp(source, whole).resize({ width, height, fit: 'cover' }).jpeg({ quality }).toBuffer();
  const [across, down] = [2, 3];
  const tile = await sharp(source, whole)
    .resize({ width: Math.ceil(width / across), height: Math.ceil(height / down), fit: 'cover' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { data, info } = tile;
  const overlays = Array.from({ length: across * down }, (_, at) => ({
    input: data,
    raw: { width: info.width, height: info.height, channels: info.channels as 3 },
    left: (at % across) * info.width,
    top: Math.floor(at / across) * info.height,
  }));
  const canvas = await sharp({
    create: { width: across * info.width, height: down * info.height, channels: 3, background: '#000' },
    limitInputPixels: false,
  })
    .composite(overlays)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return sharp(canvas.data, { ...whole, raw: { width: canvas.info.width, height: canvas.info.height, channels: 3 } })
    .extract({ left: 0, top: 0, width, height })
    .jpeg({ quality })
    .toBuffer();
};
