import { type Cost, costOf, sumOf, type Usage } from './cost.ts';

/** What the pictures of a usage cost, as a table that a person reads. */
export const costTable = (usage: Usage): string => {
  const cost = costOf(usage);
  return ['| US dollars | |', '|---|---:|', ...rows('once', cost.once), ...rows('every month', cost.monthly)].join(
    '\n',
  );
};

const rows = (when: string, parts: Cost['once'] | Cost['monthly']): string[] => [
  ...Object.entries(parts).map(([name, dollars]) => `| ${when}: ${name} | ${dollars.toFixed(4)} |`),
  `| **${when}, together** | **${sumOf(parts).toFixed(4)}** |`,
];
