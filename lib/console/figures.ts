import type { FiguresAnswer, ImageAnswer } from '../contract/answers.ts';
import { chart, type Share, shares } from './chart.ts';
import { make } from './dom.ts';
import { inBytes, inDollars, inNumbers, inSeconds, plural, statusWords } from './words.ts';

/** Everything that this home counts: what it does not count is left out. */
export const drawFigures = (found: FiguresAnswer): readonly HTMLElement[] => [
  make('div', { className: 'cards' }, ...lines(found)),
  make('div', { className: 'cards' }, ...stocks(found)),
  costCard(found),
];

const lines = ({ series, stepSeconds, queue }: FiguresAnswer): readonly HTMLElement[] => {
  const values = (name: keyof typeof series, unit = 1): readonly number[] =>
    series[name].map((value) => (value === null ? Number.NaN : value / unit));
  const lastOf = (all: readonly number[]): number => all.findLast(Number.isFinite) ?? Number.NaN;
  const [ready, failed] = [values('ready'), values('failed')];
  const [half, most] = [values('renderMedianMs', 1000), values('renderP95Ms', 1000)];
  const answers = values('answerP95Ms', 1000);
  const span = ready.length === 0 ? '' : inSeconds(ready.length * stepSeconds);
  const rate = lastOf(ready);
  const throughput = Number.isFinite(rate) ? `${inNumbers(rate)} a minute` : '–';
  return [
    chart(
      'Throughput',
      throughput,
      [
        { name: 'ready', values: ready },
        ...(failed.some((count) => count > 0) ? [{ name: 'failed', values: failed }] : []),
      ],
      { words: inNumbers, span },
    ),
    ...(queue
      ? [chart('Queue', inQueue(queue), [{ name: 'Tasks', values: values('waiting') }], { words: inNumbers, span })]
      : []),
    chart(
      'Render time',
      `${inSeconds(lastOf(half))} median`,
      [
        { name: 'median', values: half },
        { name: '95 %', values: most },
      ],
      { words: inSeconds, span },
    ),
    chart('Answers', `${inSeconds(lastOf(answers))} for 95 %`, [{ name: '95 %', values: answers }], {
      words: inSeconds,
      span,
    }),
  ];
};

const inQueue = ({ tasks, oldestMs }: NonNullable<FiguresAnswer['queue']>): string => {
  if (tasks === 0) return 'Empty';
  return `${plural(tasks, 'task')}${oldestMs === null ? '' : `, oldest ${inSeconds(oldestMs / 1000)}`}`;
};

const stocks = ({ images, storedBytes, disk, renderers }: FiguresAnswer): readonly HTMLElement[] => {
  const stored = storageShares(storedBytes);
  return [
    ...(images ? [shares('Pictures', inNumbers(sum(Object.values(images))), statusShares(images))] : []),
    ...(stored.length > 0 ? [shares('Storage', inBytes(sum(stored.map(({ amount }) => amount))), stored)] : []),
    ...(disk ? [diskCard(disk)] : []),
    ...(renderers ? [workersCard(renderers)] : []),
  ];
};

const statusShares = (images: NonNullable<FiguresAnswer['images']>): readonly Share[] =>
  // What is ready comes first, so that it has the same colour always.
  (Object.entries(statusWords) as [ImageAnswer['status'], string][])
    .toSorted(([a], [b]) => Number(b === 'ready') - Number(a === 'ready'))
    .map(([status, name]) => ({ name, amount: images[status] ?? 0, isBad: status === 'failed' }))
    .filter(({ amount }) => amount > 0)
    .map((one) => ({ ...one, words: inNumbers(one.amount) }));

const storageShares = (stored: FiguresAnswer['storedBytes']): readonly Share[] =>
  (
    [
      ['Originals', stored.originals],
      ['Variants', stored.variants],
    ] as const
  ).flatMap(([name, amount]) => (amount === null ? [] : [{ name, amount, words: inBytes(amount) }]));

const diskCard = ({ freeBytes, keptFreeBytes }: NonNullable<FiguresAnswer['disk']>): HTMLElement => {
  const usable = Math.max(0, freeBytes - keptFreeBytes);
  return shares('Disk', `${inBytes(freeBytes)} free`, [
    { name: 'For pictures', amount: usable, words: inBytes(usable) },
    { name: 'Kept free', amount: Math.min(freeBytes, keptFreeBytes), words: inBytes(keptFreeBytes) },
  ]);
};

const workersCard = ({ alive, wanted }: NonNullable<FiguresAnswer['renderers']>): HTMLElement => {
  const missing = Math.max(0, wanted - alive);
  return shares('Workers', `${alive} of ${wanted} run`, [
    { name: 'Run', amount: alive, words: inNumbers(alive) },
    ...(missing > 0 ? [{ name: 'Start with the next picture', amount: missing, words: inNumbers(missing) }] : []),
  ]);
};

/** On your own machine the cost is its time and its disk; in the AWS home it is also dollars. */
const costCard = ({ to, renders, images, storedBytes }: FiguresAnswer): HTMLElement => {
  const { since, count, cpuMs, dollars } = renders;
  const span = inSeconds(Math.max(0, Date.parse(to) - Date.parse(since)) / 1000);
  const cpuSeconds = cpuMs === null ? undefined : cpuMs / 1000;
  const ready = images?.ready ?? 0;
  const { originals, variants } = storedBytes;
  const bytes = ready > 0 && originals !== null && variants !== null ? (originals + variants) / ready : undefined;
  const lines = [
    count > 0 && cpuSeconds !== undefined
      ? `${dollars === null ? '' : `${inSeconds(cpuSeconds)} `}of processor time, in the last ${span}`
      : `No render in the last ${span}`,
    ...(images && ready === 0 ? ['No picture is stored'] : []),
    ...(bytes === undefined ? [] : [`${inBytes(bytes)} of disk a picture, original included`]),
    ...(bytes === undefined || cpuSeconds === undefined
      ? []
      : [`1,000 more take about ${inSeconds(1000 * cpuSeconds)} of processor time and ${inBytes(1000 * bytes)}`]),
  ];
  return make(
    'article',
    { className: 'card cost' },
    make('h3', { textContent: 'Cost' }),
    make('p', { className: 'figure', textContent: costFigure(cpuSeconds, dollars) }),
    make(
      'ul',
      { className: 'plain' },
      ...lines.map((textContent) => make('li', { textContent })),
      make('li', {}, make('a', { href: '#jobs', textContent: 'Predict a job' })),
    ),
  );
};

const costFigure = (cpuSeconds: number | undefined, dollars: number | null): string => {
  if (dollars !== null) return `${inDollars(1000 * dollars)} for 1,000 pictures`;
  return cpuSeconds === undefined ? '–' : `${inSeconds(cpuSeconds)} a picture`;
};

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
