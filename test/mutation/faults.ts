import { parseSync, Visitor } from 'oxc-parser';
import type { Fault, Kind } from './fault.ts';

const turned: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
};

type Span = { readonly start: number; readonly end: number };

/** Every place of a source where one of the faults can be planted. */
export const faultsIn = (file: string, source: string): readonly Fault[] => {
  const found: Fault[] = [];
  const plant = (kind: Kind, { start, end }: Span, text: string): void => {
    const line = source.slice(0, start).split('\n').length;
    found.push({ file, line, start, end, text, kind });
  };
  const textOf = ({ start, end }: Span): string => source.slice(start, end);
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  new Visitor({
    BinaryExpression: ({ operator, left, right }) => {
      const other = turned[operator];
      if (other === undefined) return;
      const between = { start: left.end, end: right.start };
      plant('a comparison turned', between, textOf(between).replace(operator, other));
    },
    IfStatement: ({ test }) => plant('a condition dropped', test, 'false'),
    ConditionalExpression: ({ test }) => plant('a condition dropped', test, 'true'),
    LogicalExpression: (node) => {
      if (node.operator !== '??') plant('a condition dropped', node, textOf(node.left));
    },
    AwaitExpression: ({ start, argument }) => plant('an await removed', { start, end: argument.start }, ''),
    ThrowStatement: (node) => plant('a throw removed', node, ';'),
  }).visit(program);
  return found;
};
