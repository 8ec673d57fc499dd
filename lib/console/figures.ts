import { chart, type Share, shares } from './chart.ts';
import { make } from './dom.ts';
import { type MetricSample, metricSum, quantileBetween } from './prometheus.ts';
import { inBytes, inNumbers, inSeconds, plural, statusWords } from './words.ts';

/** What `/metrics` said at one time. */
export type Scrape = { readonly at: number; readonly samples: readonly MetricSample[] };

/** Rates are taken over about a minute: over five seconds they would only jump. */
const looksAMinute = 12;

/** Everything that can be drawn of these looks, the newest of which is the last. */
export const figures = (looks: readonly Scrape[]): readonly HTMLElement[] => {
  const now = looks.at(-1)?.samples ?? [];
  return [
    make('div', { className: 'cards' }, ...lines(looks, now)),
    make('div', { className: 'cards' }, ...stocks(now)),
    costCard(now),
  ];
};

const lines = (looks: readonly Scrape[], now: readonly MetricSample[]): readonly HTMLElement[] => {
  const over = (value: (look: Scrape, before: Scrape) => number): readonly number[] =>
    looks.map((look, at) => value(look, looks[Math.max(0, at - looksAMinute)] ?? look));
  const perMinute = over((look, before) =>
    look === before
      ? Number.NaN
      : ((finished(look.samples) - finished(before.samples)) / (look.at - before.at)) * 60_000,
  );
  const quantile = (name: string, share: number) =>
    over(({ samples }, before) => quantileBetween(answered(before.samples), answered(samples), name, share));
  const depth = over(({ samples }) => metricSum(samples, 'queue_depth'));
  const [half, most] = [quantile('render_seconds', 0.5), quantile('render_seconds', 0.95)];
  const answers = quantile('http_request_seconds', 0.95);
  /** In the last minute; where nothing happened in it, since the start. */
  const usual = (values: readonly number[], name: string, share: number): string => {
    const value = values.at(-1) ?? Number.NaN;
    return inSeconds(Number.isFinite(value) ? value : quantileBetween([], answered(now), name, share));
  };
  const rate = perMinute.at(-1) ?? Number.NaN;
  const made = Number.isFinite(rate) ? `${inNumbers(rate)} a minute` : `${inNumbers(finished(now))} since the start`;
  const waiting = depth.at(-1) ?? 0;
  const queue =
    waiting === 0 ? 'Empty' : `${plural(waiting, 'task')}, oldest ${inSeconds(metricSum(now, 'queue_oldest_seconds'))}`;
  const [first, last] = [looks[0]?.at ?? 0, looks.at(-1)?.at ?? 0];
  const span = last > first ? inSeconds((last - first) / 1000) : '';
  const render = `${usual(half, 'render_seconds', 0.5)} median`;
  const answer = `${usual(answers, 'http_request_seconds', 0.95)} for 95 %`;
  return [
    chart('Throughput', made, [{ name: 'Pictures a minute', values: perMinute }], { words: inNumbers, span }),
    chart('Queue', queue, [{ name: 'Tasks', values: depth }], { words: inNumbers, span }),
    chart(
      'Render time',
      render,
      [
        { name: 'median', values: half },
        { name: '95 %', values: most },
      ],
      { words: inSeconds, span },
    ),
    chart('Answers', answer, [{ name: '95 %', values: answers }], { words: inSeconds, span }),
  ];
};

const finished = (samples: readonly MetricSample[]): number => metricSum(samples, 'jobs_total', { result: 'ready' });

/** How long an upload takes is a matter of the sender's line. */
const answered = (samples: readonly MetricSample[]): readonly MetricSample[] =>
  samples.filter(({ labels }) => labels.route !== 'putOriginal');

const stocks = (now: readonly MetricSample[]): readonly HTMLElement[] => {
  const [alive, wanted] = [metricSum(now, 'workers_alive'), metricSum(now, 'workers_wanted')];
  const [free, kept] = [metricSum(now, 'disk_free_bytes'), metricSum(now, 'disk_kept_free_bytes')];
  const [usable, missing] = [Math.max(0, free - kept), Math.max(0, wanted - alive)];
  return [
    shares('Pictures', inNumbers(metricSum(now, 'images')), statusShares(now)),
    shares('Storage', inBytes(metricSum(now, 'storage_bytes')), storageShares(now)),
    shares('Disk', `${inBytes(free)} free`, [
      { name: 'For pictures', amount: usable, words: inBytes(usable) },
      { name: 'Kept free', amount: Math.min(free, kept), words: inBytes(kept) },
    ]),
    shares('Workers', `${alive} of ${wanted} run`, [
      { name: 'Run', amount: alive, words: inNumbers(alive) },
      ...(missing > 0 ? [{ name: 'Start with the next picture', amount: missing, words: inNumbers(missing) }] : []),
    ]),
  ];
};

const statusShares = (now: readonly MetricSample[]): readonly Share[] =>
  // What is ready comes first, so that it has the same colour always.
  Object.entries(statusWords)
    .toSorted(([a], [b]) => Number(b === 'ready') - Number(a === 'ready'))
    .map(([status, name]) => ({ name, amount: metricSum(now, 'images', { status }) }))
    .filter(({ amount }) => amount > 0)
    .map((one) => ({ ...one, words: inNumbers(one.amount), isBad: one.name === statusWords.failed }));

const storageShares = (now: readonly MetricSample[]): readonly Share[] =>
  now
    .filter(({ name }) => name === 'storage_bytes')
    .map(({ labels, value }) => ({
      name: labels.kind === 'originals' ? 'Originals' : 'Variants',
      amount: value,
      words: inBytes(value),
    }));

/** On your own machine the cost is its time and its disk; dollars come with the prediction of a job where they are known. */
const costCard = (now: readonly MetricSample[]): HTMLElement => {
  const [cpu, renders] = [metricSum(now, 'render_cpu_seconds_sum'), metricSum(now, 'render_cpu_seconds_count')];
  const [pictures, bytes] = [metricSum(now, 'images', { status: 'ready' }), metricSum(now, 'storage_bytes')];
  const lines = [
    renders > 0 ? 'of processor time, since the start' : 'No render since the start',
    pictures > 0 ? `${inBytes(bytes / pictures)} of disk a picture, original included` : 'No picture is stored',
    ...(pictures > 0 && renders > 0
      ? [
          `1,000 more take about ${inSeconds((1000 * cpu) / renders)} of processor time and ${inBytes((1000 * bytes) / pictures)}`,
        ]
      : []),
  ];
  return make(
    'article',
    { className: 'card cost' },
    make('h3', { textContent: 'Cost' }),
    make('p', { className: 'figure', textContent: renders > 0 ? `${inSeconds(cpu / renders)} a picture` : '–' }),
    make(
      'ul',
      { className: 'plain' },
      ...lines.map((textContent) => make('li', { textContent })),
      make('li', {}, make('a', { href: '#jobs', textContent: 'Predict a job' })),
    ),
  );
};
