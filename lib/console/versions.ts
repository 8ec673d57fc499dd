import type { ImageAnswer } from '../contract/answers.ts';
import { facts, make, wideTable } from './dom.ts';
import { inBytes, inNumbers } from './words.ts';

/** As much of `manifest.json` as is shown. */
type Manifest = {
  readonly recipe: string;
  readonly preset: string;
  readonly kind: string;
  readonly width: number;
  readonly height: number;
  readonly variants: readonly {
    readonly file: string;
    readonly width: number;
    readonly bytes: number;
    readonly quality: number | null;
    readonly score: number | null;
  }[];
};

type Side = { readonly version: number; readonly folder: string; readonly manifest: Manifest };

/** Two versions beside each other, from what the API says about each. Addresses of a version never change. */
export const versions = (image: ImageAnswer): HTMLElement => {
  const all = Array.from({ length: image.version }, (_, at) => image.version - at);
  const select = (label: string, value: number) => {
    const options = all.map((version) => make('option', { value: String(version), textContent: `Version ${version}` }));
    const made = make('select', { ariaLabel: label }, ...options);
    made.value = String(value);
    return made;
  };
  const newest = image.ready?.version ?? image.version;
  const [left, right] = [select('Left version', Math.max(1, newest - 1)), select('Right version', newest)];
  const shown = make('div');
  let turn = 0;
  const show = async () => {
    const mine = ++turn;
    const [a, b] = await Promise.all([left, right].map(({ value }) => sideOf(image, Number(value))));
    if (mine !== turn) return;
    const missing = [a, b].find((side) => typeof side === 'string');
    if (typeof a === 'object' && typeof b === 'object') shown.replaceChildren(...beside(a, b));
    else shown.replaceChildren(make('p', { className: 'hint', textContent: missing ?? '' }));
  };
  left.addEventListener('change', show);
  right.addEventListener('change', show);
  void show();
  return make('div', { className: 'versions' }, make('div', { className: 'bar' }, left, right), shown);
};

const sideOf = async ({ ready, id }: ImageAnswer, version: number): Promise<Side | string> => {
  const folder = ready?.manifest.replace(/v\d+\/manifest\.json$/, `v${version}/`) ?? `images/${id}/v${version}/`;
  const answer = await fetch(`${folder}manifest.json`).catch(() => undefined);
  if (!answer)
    return `The manifest of version ${version} cannot be reached at ${folder}. Another origin has to allow this page (CORS).`;
  if (!answer.ok) return `Version ${version} has no files: it is not ready, or failed.`;
  return { version, folder, manifest: (await answer.json()) as Manifest };
};

const beside = (a: Side, b: Side): readonly HTMLElement[] => {
  const others = new Map(b.manifest.variants.map((one) => [one.file, one]));
  const rows = a.manifest.variants.flatMap((one) => {
    const other = others.get(one.file);
    return other
      ? [[one.file, inBytes(one.bytes), inBytes(other.bytes), change(one.bytes, other.bytes), score(one), score(other)]]
      : [];
  });
  const heads = ['File', `v${a.version}`, `v${b.version}`, 'Change', `Score v${a.version}`, `Score v${b.version}`];
  const none = make('p', { className: 'hint', textContent: 'The two versions have no file of the same name.' });
  return [
    make('div', { className: 'beside' }, panel(a), panel(b)),
    rows.length > 0 ? wideTable('Files of both versions', heads, rows) : none,
  ];
};

const panel = ({ version, folder, manifest }: Side): HTMLElement => {
  const { variants, preset, kind, recipe } = manifest;
  const wide = variants.filter(({ width }) => width <= 960).toSorted((x, y) => y.width - x.width || x.bytes - y.bytes);
  const file = (wide[0] ?? variants[0])?.file ?? '';
  const bytes = variants.reduce((sum, one) => sum + one.bytes, 0);
  return make(
    'figure',
    {},
    make('img', { src: `${folder}${file}`, alt: `Version ${version}`, loading: 'lazy' }),
    make('figcaption', {}, make('b', { textContent: `Version ${version}` }), ` ${file}`),
    facts({ Preset: preset, Kind: kind, Files: `${inNumbers(variants.length)}, ${inBytes(bytes)}`, Recipe: recipe }),
  );
};

const change = (from: number, to: number): string =>
  `${to > from ? '+' : to < from ? '−' : '±'}${Math.round((100 * Math.abs(to - from)) / from)} %`;
const score = (one: { readonly score: number | null }): string => one.score?.toFixed(1) ?? '–';
