import { drawn, make } from './dom.ts';

export type Series = {
  readonly name: string;
  readonly values: readonly number[];
};

const [width, height, low] = [320, 96, 92];

/** Lines over time, oldest first. What a reader of screens needs is in its name, and the scale is said in words below. */
export const chart = (
  title: string,
  now: string,
  series: readonly Series[],
  { words, span }: { readonly words: (value: number) => string; readonly span: string },
): HTMLElement => {
  const all = series.flatMap(({ values }) => values.filter(Number.isFinite));
  const most = Math.max(1e-9, ...all);
  const scale =
    all.length === 0 ? 'Nothing yet' : `at most ${words(Math.max(...all))}${span === '' ? '' : ` in the last ${span}`}`;
  const lines = series.flatMap(({ values }, at) => {
    const points = pointsOf(values, most);
    const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
    const [first, last] = [points[0], points.at(-1)];
    if (!first || !last) return [];
    const area = drawn('path', {
      class: `area series-${at}`,
      d: `${path}L${last[0].toFixed(1)} ${low}L${first[0].toFixed(1)} ${low}Z`,
    });
    const line = drawn('path', { class: `line series-${at}`, d: path });
    return at === 0 ? [area, line] : [line];
  });
  const grid = [0, 0.5, 1].map((part) => drawn('path', { class: 'grid', d: `M0 ${low - part * (low - 8)}H${width}` }));
  const picture = drawn(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${title}: ${now}`, preserveAspectRatio: 'none' },
    ...grid,
    ...lines,
  );
  const names =
    series.length > 1
      ? series.map(({ name }, at) => make('span', { className: `series-${at}`, textContent: name }))
      : [];
  const legend = make('p', { className: 'legend' }, ...names, make('span', { className: 'scale', textContent: scale }));
  return card('card chart', title, now, picture, legend);
};

const card = (className: string, title: string, now: string, ...inside: readonly Node[]): HTMLElement =>
  make(
    'article',
    { className },
    make('h3', { textContent: title }),
    make('p', { className: 'figure', textContent: now }),
    ...inside,
  );

const pointsOf = (values: readonly number[], most: number): readonly (readonly [number, number])[] =>
  values.flatMap((value, at) =>
    Number.isFinite(value)
      ? [[values.length < 2 ? width : (at / (values.length - 1)) * width, low - (value / most) * (low - 8)] as const]
      : [],
  );

export type Share = {
  readonly name: string;
  readonly amount: number;
  readonly words: string;
  /** Has the colour of what went wrong. */
  readonly isBad?: boolean;
};

/** One bar, divided as its parts are. */
export const shares = (title: string, now: string, parts: readonly Share[]): HTMLElement => {
  const total = parts.reduce((sum, { amount }) => sum + amount, 0) || 1;
  let x = 0;
  const bars = parts.map(({ amount, isBad }, at) => {
    const wide = (amount / total) * width;
    const bar = drawn('rect', {
      class: isBad ? 'part-bad' : `part-${at}`,
      x: x.toFixed(1),
      y: 0,
      width: wide.toFixed(1),
      height: 16,
    });
    x += wide;
    return bar;
  });
  const said = parts.map(({ name, words }) => `${name} ${words}`).join(', ');
  const bar = drawn(
    'svg',
    { viewBox: `0 0 ${width} 16`, role: 'img', 'aria-label': said, preserveAspectRatio: 'none', class: 'shares' },
    ...bars,
  );
  const legend = make(
    'ul',
    { className: 'legend' },
    ...parts.map(({ name, words, isBad }, at) =>
      make('li', { className: isBad ? 'part-bad' : `part-${at}` }, name, make('b', { textContent: words })),
    ),
  );
  return card('card', title, now, bar, legend);
};
