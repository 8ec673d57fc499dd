import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// Gathers the texts of all licences into NOTICE:
//   node package/notice.ts

const root = fileURLToPath(new URL('..', import.meta.url));
const licences = join(root, 'package/licences');

type Locked = { readonly dev?: true; readonly license?: string; readonly optional?: true; readonly version: string };

/** The packages that a service, a function or a command runs, without those for one kind of machine. */
export const shippedPackages = (): ReadonlyMap<string, Locked> => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, Locked>>;
  };
  const shipped = Object.entries(lock.packages).flatMap(([path, locked]) => {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    return name === undefined || locked.dev || locked.optional ? [] : [[name, locked] as const];
  });
  return new Map(shipped.sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** Packages that come without their text. */
const withoutText: readonly (readonly [name: RegExp, file: string])[] = [
  [/^@aws-lambda-powertools\//, 'npm/powertools.txt'],
  [/^@middy\//, 'npm/middy.txt'],
  [/^thumbhash$/, 'npm/thumbhash.txt'],
];

/** The libraries that sharp's package of libvips holds, each with the file of its licence. */
export const librariesOfVips: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['fribidi', 'glib', 'libexif', 'libheif', 'librsvg', 'libvips', 'pango', 'proxy-libintl'].map((name) => [
      name,
      'LGPL-3',
    ]),
  ),
  ...Object.fromEntries(
    [
      ...['aom', 'cairo', 'cgif', 'expat', 'fontconfig', 'freetype', 'harfbuzz', 'highway', 'lcms', 'libarchive'],
      ...['libffi', 'libimagequant', 'libnsgif', 'libpng', 'libtiff', 'libultrahdr', 'libwebp', 'libxml2', 'mozjpeg'],
      ...['pixman', 'zlib-ng'],
    ].map((name) => [name, name]),
  ),
};

const read = (file: string): string => readFileSync(join(licences, file), 'utf8').trim();

const textOf = (name: string, license: string | undefined): string => {
  const folder = join(root, 'node_modules', name);
  const file = existsSync(folder) ? readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry)) : undefined;
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
  const other = withoutText.find(([pattern]) => pattern.test(name))?.[1];
  if (other !== undefined) return read(other);
  // The standard text of this licence.
  if (license === 'Apache-2.0' && name !== apache) return textOf(apache, undefined);
  throw new Error(`${name} (${license}) comes without the text of its licence: put it into package/licences/npm.`);
};
const apache = '@aws-sdk/client-s3';

const line = '-'.repeat(80);
const part = (title: string, text: string): string => `${line}\n${title}\n${line}\n\n${text}\n`;

/** Equal texts are printed once, under the names of all packages that have them. */
const grouped = (texts: Iterable<readonly [name: string, text: string]>): readonly string[] => {
  const byText = new Map<string, string[]>();
  for (const [name, text] of texts) {
    // The texts of one licence differ in their spaces.
    const key = text.replaceAll(/\s+/g, ' ');
    byText.set(key, [...(byText.get(key) ?? []), name]);
  }
  const originals = new Map([...texts].map(([, text]) => [text.replaceAll(/\s+/g, ' '), text]));
  return [...byText].map(([key, names]) => part(names.join(', '), originals.get(key) ?? key));
};

/** The text that NOTICE must have. */
export const notice = (): string =>
  `${[
    `${read('introduction.txt')}\n`,
    `${read('ssimulacra2.txt')}\n`,
    part('The crates in ssimulacra2.wasm, and what they are built with', read('crates.txt')),
    '\nPackages from npm\n',
    ...grouped([...shippedPackages()].map(([name, { license }]) => [name, textOf(name, license)])),
    '\nlibvips and the libraries in its package (@img/sharp-libvips-*)\n',
    ...grouped(Object.entries(librariesOfVips).map(([name, file]) => [name, read(`libvips/${file}.txt`)])),
    part('The GNU General Public License 3, on which the LGPL 3 builds', read('libvips/GPL-3.txt')),
  ].join('\n')}`;

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  writeFileSync(join(root, 'NOTICE'), notice());
