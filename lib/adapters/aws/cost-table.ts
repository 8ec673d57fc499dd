import { costOf, sumOf, type Usage } from './cost.ts';

/** The cost of a usage as a table for people. */
export const costTable = (usage: Usage): string => {
  const { once, move, monthly, deletion } = costOf(usage);
  return [
    '| US dollars | |',
    '|---|---:|',
    ...rows('once', once),
    together('once', once),
    ...rows('when an original moves', move),
    ...rows('every month', monthly),
    together('every month', monthly),
    ...rows('when deleted', deletion),
  ].join('\n');
};

type Parts = Readonly<Record<string, number>>;

const rows = (when: string, parts: Parts): string[] =>
  Object.entries(parts).map(([name, dollars]) => `| ${when}: ${name} | ${dollars.toFixed(4)} |`);

const together = (when: string, parts: Parts): string => `| **${when}, together** | **${sumOf(parts).toFixed(4)}** |`;
