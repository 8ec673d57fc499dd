import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unpacked } from './photographs.ts';

/**
 * Photographs to choose settings by, and others that had no part in it. Those of Debian's wallpaper packages are downloaded;
 * more come from a folder, for which https://github.com/imazen/codec-corpus (`clic2025`, `kodak`) serves well:
 * together more than a hundred.
 */
export type SetPicture = { readonly name: string; readonly path: string; readonly heldOut: boolean };

export const setPackages = [
  'mate-backgrounds',
  'plasma-workspace-wallpapers',
  'lomiri-wallpapers-16.04',
  'lomiri-wallpapers-20.04',
];

const folders: readonly { readonly folder: string; readonly only?: RegExp }[] = [
  { folder: 'usr/share/backgrounds', only: /_by_(?!Peter_Nerlich|_hero|Aury)/ },
  { folder: 'usr/share/backgrounds/mate/nature' },
  ...[
    'FallenLeaf',
    'Path',
    'Autumn',
    'EveningGlow',
    'Kite',
    'ColorfulCups',
    'OneStandsOut',
    'ColdRipple',
    'BytheWater',
  ].map((name) => ({ folder: `usr/share/wallpapers/${name}/contents/images` })),
];

export const pictureSet = async (more: string | undefined, most: number): Promise<readonly SetPicture[]> => {
  const paths = [
    ...folders.flatMap(({ folder, only }) => photographsIn(join(unpacked, folder), only)),
    ...(more ? photographsBelow(more) : []),
  ];
  if (paths.length === 0) throw new Error('There are no photographs here: use --fetch, or --pictures with a folder.');
  const all = paths.map((path, at) => ({ name: nameOf(path), path, heldOut: at % 3 === 2 }));
  // Evenly from the whole set, so that a few are a fair sample.
  return all.filter((_, at) => Math.floor((at * most) / all.length) !== Math.floor(((at - 1) * most) / all.length));
};

const nameOf = (path: string) => (path.includes('/wallpapers/') ? (path.split('/').at(-4) ?? path) : basename(path));

const photographsIn = (folder: string, only?: RegExp): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => /\.(jpe?g|png)$/i.test(file) && (only?.test(file) ?? true))
        .sort()
        .map((file) => join(folder, file))
    : [];

const photographsBelow = (folder: string): readonly string[] => [
  ...photographsIn(folder),
  ...readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => photographsBelow(join(folder, entry.name))),
];
