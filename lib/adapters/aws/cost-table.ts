import { costOf, sumOf, typicalUsage, type Usage } from './cost.ts';

/** The cost of a usage by item, with sums. */
export const costRows = (usage: Usage): readonly (readonly [what: string, dollars: number])[] => {
  const { once, move, monthly, deletion } = costOf(usage);
  return [
    ...rows('once', once),
    ['once, together', sumOf(once)],
    ...rows('when an original moves', move),
    ...rows('every month', monthly),
    ['every month, together', sumOf(monthly)],
    ...rows('when deleted', deletion),
  ];
};

/** The same as a table in Markdown. */
export const costTable = (usage: Usage): string => {
  const line = ([what, dollars]: readonly [string, number]) =>
    what.endsWith(', together') ? `| **${what}** | **${dollars.toFixed(4)}** |` : `| ${what} | ${dollars.toFixed(4)} |`;
  return ['| US dollars | |', '|---|---:|', ...costRows(usage).map(line)].join('\n');
};

/** What 1,000 images cost when they arrive, by what a photograph takes with `web`: the figure that is least certain. */
export const arrivalTable = (): string => {
  const once = (usage: Partial<Usage>): string =>
    sumOf(costOf({ ...typicalUsage, images: 1000, ...usage }).once).toFixed(3);
  return [
    '| seconds of render | `web`, 21 files | `lean`, 14 files |',
    '|---|---:|---:|',
    ...[1.5, 2, 3, 4].map((renderSeconds) => {
      const lean = { variantFiles: 14, renderSeconds: renderSeconds * leanShare };
      return `| ${renderSeconds} | ${once({ renderSeconds })} | ${once(lean)} |`;
    }),
  ].join('\n');
};

/** Of the render of a photograph, without its WebP. docs/configuration.md#presets */
const leanShare = 0.75;

type Parts = Readonly<Record<string, number>>;

const rows = (when: string, parts: Parts): [string, number][] =>
  Object.entries(parts).map(([name, dollars]) => [`${when}: ${name}`, dollars]);
