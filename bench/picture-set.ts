import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cache, fetchPackages, unpacked } from './photographs.ts';

/**
 * More than a hundred photographs to choose settings by, and a third of them held out: no setting is chosen by these. They come from
 * Debian's wallpaper packages and from a public repository; `fetchSet` downloads both once.
 */
export type SetPicture = { readonly name: string; readonly path: string; readonly heldOut: boolean };

const run = promisify(execFile);

const packages = [
  'mate-backgrounds',
  'plasma-workspace-wallpapers',
  'lomiri-wallpapers-16.04',
  'lomiri-wallpapers-20.04',
];

/** Photographs of the CLIC 2025 challenge and the Kodak set. The commit is named, so that everyone measures the same files. */
const corpus = {
  address: 'https://github.com/imazen/codec-corpus',
  commit: '55decfe826d350815e3af3b5ac69b882fb2943d3',
  folders: ['clic2025', 'kodak'],
};
const corpusFolder = join(cache, 'codec-corpus');

export const fetchSet = async (): Promise<void> => {
  await fetchPackages(packages);
  if (existsSync(corpusFolder)) return;
  const part = `${corpusFolder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  const git = (...args: readonly string[]) => run('git', args, { cwd: part });
  await git('init', '--quiet');
  await git('remote', 'add', 'origin', corpus.address);
  await git('fetch', '--quiet', '--depth=1', '--filter=blob:none', 'origin', corpus.commit);
  await git('sparse-checkout', 'set', ...corpus.folders);
  await git('checkout', '--quiet', 'FETCH_HEAD');
  await run('mv', [part, corpusFolder]);
};

const folders: readonly { readonly folder: string; readonly only?: RegExp }[] = [
  { folder: 'usr/share/backgrounds', only: /_by_(?!Peter_Nerlich|_hero|Aury)/ },
  { folder: 'usr/share/backgrounds/mate/nature' },
];

const wallpapers = [
  'FallenLeaf',
  'Path',
  'Autumn',
  'EveningGlow',
  'Kite',
  'ColorfulCups',
  'OneStandsOut',
  'ColdRipple',
  'BytheWater',
];

export const pictureSet = async (more: string | undefined, most: number): Promise<readonly SetPicture[]> => {
  const paths = [
    ...folders.flatMap(({ folder, only }) => photographsIn(join(unpacked, folder), only)),
    ...wallpapers.flatMap((name) => largestOf(join(unpacked, `usr/share/wallpapers/${name}/contents/images`))),
    ...corpus.folders.flatMap((folder) => photographsBelow(join(corpusFolder, folder))),
    ...(more ? photographsBelow(more) : []),
  ];
  if (paths.length === 0) throw new Error('There are no photographs here: use --fetch, or --pictures with a folder.');
  const all = paths.map((path) => ({ name: nameOf(path), path, at: digestOf(nameOf(path)) }));
  // In the order of a digest, so that the first few are a fair sample, and one more file changes nothing for the others.
  return all
    .sort((a, b) => a.at - b.at)
    .slice(0, most)
    .map(({ name, path, at }) => ({ name, path, heldOut: at % 3 === 2 }));
};

const digestOf = (name: string): number => createHash('sha256').update(name).digest().readUInt32BE();

/** A wallpaper is there in many sizes, which are named by it. */
const largestOf = (folder: string): readonly string[] => {
  const pixels = (path: string) =>
    (/(\d+)x(\d+)\.\w+$/.exec(path) ?? []).slice(1).reduce((all, side) => all * Number(side), 1);
  return photographsIn(folder)
    .toSorted((a, b) => pixels(b) - pixels(a))
    .slice(0, 1);
};

const nameOf = (path: string) =>
  path.includes('/wallpapers/') ? (path.split('/').at(-4) ?? path) : path.split('/').slice(-2).join('/');

const photographsIn = (folder: string, only?: RegExp): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => /\.(jpe?g|png)$/i.test(file) && (only?.test(file) ?? true))
        .sort()
        .map((file) => join(folder, file))
    : [];

const photographsBelow = (folder: string): readonly string[] =>
  existsSync(folder)
    ? [
        ...photographsIn(folder),
        ...readdirSync(folder, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .flatMap((entry) => photographsBelow(join(folder, entry.name))),
      ]
    : [];
