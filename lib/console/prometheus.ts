/** A sample of a page of metrics: its name, its labels, its value. */
export type MetricSample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The text format of Prometheus, as far as a page that we write ourselves needs it. */
export const parseMetrics = (text: string): readonly MetricSample[] =>
  text.split('\n').flatMap((one) => {
    const found = line.exec(one);
    if (!found) return [];
    const [, name = '', inside = '', value] = found;
    const labels = Object.fromEntries([...inside.matchAll(label)].map(([, key = '', text = '']) => [key, text]));
    return [{ name, labels, value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value) }];
  });

/** The sum of all samples of a name whose labels are those that are wanted. */
export const metricSum = (
  samples: readonly MetricSample[],
  name: string,
  wanted: Readonly<Record<string, string>> = {},
): number =>
  samples
    .filter((one) => one.name === name && Object.entries(wanted).every(([key, value]) => one.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);

/**
 * The value that a share of the observations between two pages stays below, from the buckets of a histogram; NaN when
 * there was no observation. The value is interpolated in its bucket, as Prometheus does it.
 */
export const quantileBetween = (
  before: readonly MetricSample[],
  now: readonly MetricSample[],
  name: string,
  share: number,
): number => {
  const counts = new Map<number, number>();
  const add = (samples: readonly MetricSample[], sign: number) => {
    for (const { name: bucket, labels, value } of samples)
      if (bucket === `${name}_bucket`) {
        const limit = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
        counts.set(limit, (counts.get(limit) ?? 0) + sign * value);
      }
  };
  add(now, 1);
  add(before, -1);
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const rank = share * (buckets.at(-1)?.[1] ?? 0);
  if (!(rank > 0)) return Number.NaN;
  let [lower, below] = [0, 0];
  for (const [limit, count] of buckets) {
    if (count >= rank)
      return Number.isFinite(limit) ? lower + ((limit - lower) * (rank - below)) / (count - below) : lower;
    [lower, below] = [limit, count];
  }
  return Number.NaN;
};
