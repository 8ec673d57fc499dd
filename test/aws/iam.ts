/** Just enough of IAM to judge our own policies. Whatever it does not know makes it throw, not guess. */

export type Statement = {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
};

/** One thing that somebody does to one resource. */
export type Deed = {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
};

export const isAllowed = (statements: readonly Statement[], deed: Deed): boolean =>
  statements.some((statement) => permits(statement, deed));

const permits = (statement: Statement, { action, resource, context = {} }: Deed): boolean => {
  const { Sid: _sid, Effect, Action, Resource, Condition = {}, ...unknown } = statement;
  if (Effect !== 'Allow' || Object.keys(unknown).length > 0)
    throw new Error(`This evaluator knows only plain permissions: ${JSON.stringify(statement)}`);
  return (
    listOf(Action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    listOf(Resource).some((pattern) => matches(pattern, resource)) &&
    Object.entries(Condition).every(([operator, tests]) => {
      if (operator !== 'StringLike') throw new Error(`This evaluator does not know the condition ${operator}.`);
      return Object.entries(tests).every(([key, patterns]) =>
        listOf(patterns).some((pattern) => context[key] !== undefined && matches(pattern, context[key])),
      );
    })
  );
};

const listOf = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

const matches = (pattern: string, text: string): boolean => {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
};
