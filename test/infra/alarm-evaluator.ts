import type { Resource } from './synthesised.ts';

/**
 * CloudWatch's alarms as its documentation has them, as far as ours go. What it does not know makes it throw, not guess.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html (M of N, missing data)
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html (functions, missing data in operators)
 */

/** One value for each period, the newest last; undefined where there is no data. */
export type Series = readonly (number | undefined)[];

/** What a metric shows in each period, by its name as CloudWatch has it. */
export type Figures = (metric: string, dimensions: Readonly<Record<string, unknown>>) => Series;

/** Whether FILL makes something of a metric without any data, about which the documentation is silent. */
export type Fill = 'fills all' | 'leaves the empty empty';

export type State = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

type MetricQuery = {
  readonly Id: string;
  readonly Expression?: string;
  readonly ReturnData?: boolean;
  readonly MetricStat?: {
    readonly Metric: { readonly MetricName: string; readonly Dimensions?: readonly Dimension[] };
  };
};
type Dimension = { readonly Name: string; readonly Value: unknown };

export const stateOf = (alarm: Resource['Properties'], figures: Figures, fill: Fill): State => {
  const series = watched(alarm, figures, fill);
  const evaluated = series.slice(-alarm.EvaluationPeriods);
  const breaches = evaluated.map((value) => verdict(alarm, value));
  const needed = alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods;
  if (breaches.filter((breach) => breach === true).length >= needed) return 'ALARM';
  return breaches.every((breach) => breach === undefined) ? 'INSUFFICIENT_DATA' : 'OK';
};

const verdict = (alarm: Resource['Properties'], value: number | undefined): boolean | undefined => {
  if (value !== undefined) return compare[alarm.ComparisonOperator as keyof typeof compare](value, alarm.Threshold);
  if (alarm.TreatMissingData === 'breaching') return true;
  if (alarm.TreatMissingData === 'notBreaching') return false;
  throw new Error(`This evaluator does not know missing data as ${alarm.TreatMissingData}.`);
};

const compare = {
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
};

/** The series that the threshold is held against. */
const watched = (alarm: Resource['Properties'], figures: Figures, fill: Fill): Series => {
  const dimensionsOf = (list: readonly Dimension[] = []) =>
    Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
  if (alarm.MetricName !== undefined) return figures(alarm.MetricName, dimensionsOf(alarm.Dimensions));
  const queries = alarm.Metrics as readonly MetricQuery[];
  const known = new Map<string, Series>();
  for (const { Id, MetricStat } of queries)
    if (MetricStat) known.set(Id, figures(MetricStat.Metric.MetricName, dimensionsOf(MetricStat.Metric.Dimensions)));
  const [result, ...others] = queries.filter(({ ReturnData }) => ReturnData !== false);
  if (!result || others.length > 0) throw new Error('An alarm watches one series.');
  return result.Expression === undefined ? (known.get(result.Id) ?? []) : calculate(result.Expression, known, fill);
};

/** Works an expression of metric math out: numbers, ids, `+ - * /`, comparisons, FILL and IF. */
export const calculate = (expression: string, known: ReadonlyMap<string, Series>, fill: Fill): Series => {
  const tokens = expression.match(/[A-Za-z]\w*|\d+(?:\.\d+)?|[><=]=|[-+*/(),<>]|\S/g) ?? [];
  let next = 0;
  const take = (token: string): boolean => {
    if (tokens[next] !== token) return false;
    next++;
    return true;
  };
  const need = (token: string): void => {
    if (!take(token)) throw new Error(`${token} is missing before ${tokens[next]} in ${expression}`);
  };
  const levels = [
    ['>', '<', '>=', '<=', '=='],
    ['+', '-'],
    ['*', '/'],
  ] as const;
  const level = (depth: number): Term => {
    const operators: readonly string[] | undefined = levels[depth];
    if (!operators) return atom();
    let left = level(depth + 1);
    for (let operator = tokens[next] ?? ''; operators.includes(operator); operator = tokens[next] ?? '') {
      next++;
      const right = level(depth + 1);
      left = combine(operator, left, right);
    }
    return left;
  };
  const atom = (): Term => {
    const token = tokens[next++] ?? '';
    if (token === '(') {
      const inner = level(0);
      need(')');
      return inner;
    }
    if (/^\d/.test(token)) return Number(token);
    if (take('(')) {
      const given = [level(0)];
      while (take(',')) given.push(level(0));
      need(')');
      return call(token, given, fill);
    }
    const series = known.get(token);
    if (!series) throw new Error(`This evaluator does not know ${token} in ${expression}.`);
    return series;
  };
  const result = level(0);
  if (next < tokens.length) throw new Error(`${tokens[next]} is left over in ${expression}`);
  return typeof result === 'number' ? [] : result;
};

/** A number of the expression itself, or a series. */
type Term = Series | number;

const at = (term: Term, index: number): number | undefined => (typeof term === 'number' ? term : term[index]);

/** With a number, what is missing stays missing. */
const combine = (operator: string, left: Term, right: Term): Term => {
  if (typeof left === 'number' && typeof right === 'number') return operate(operator, left, right) ?? Number.NaN;
  if (typeof left === 'number')
    return (right as Series).map((value) => (value === undefined ? undefined : operate(operator, left, value)));
  if (typeof right === 'number')
    return left.map((value) => (value === undefined ? undefined : operate(operator, value, right)));
  return left.map((value, index) => operate(operator, value, right[index]));
};

/** Between two series a missing value counts as zero; where both lack one, so does the result. A division by zero is no data. */
const operate = (operator: string, left: number | undefined, right: number | undefined): number | undefined => {
  if (left === undefined && right === undefined) return undefined;
  const [a, b] = [left ?? 0, right ?? 0];
  if (operator === '/') return b === 0 ? undefined : a / b;
  const results: Readonly<Record<string, number>> = {
    '+': a + b,
    '-': a - b,
    '*': a * b,
    '>': Number(a > b),
    '<': Number(a < b),
    '>=': Number(a >= b),
    '<=': Number(a <= b),
    '==': Number(a === b),
  };
  return results[operator];
};

const call = (name: string, given: readonly Term[], fill: Fill): Series => {
  const [first, second = 0, third = 0] = given;
  if (first === undefined || typeof first === 'number') throw new Error(`${name} wants a series.`);
  if (name === 'FILL' && given.length === 2) {
    const isEmpty = first.every((value) => value === undefined);
    return isEmpty && fill === 'leaves the empty empty'
      ? first
      : first.map((value, index) => value ?? at(second, index));
  }
  if (name === 'IF' && given.length === 3)
    return first.map((value, index) => (value === undefined ? undefined : at(value === 0 ? third : second, index)));
  throw new Error(`This evaluator does not know ${name} of ${given.length}.`);
};
