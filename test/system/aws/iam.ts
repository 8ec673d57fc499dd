/** The part of IAM that judges our own policies. It throws at anything that it does not know. */

type Several = string | readonly string[];

export type Statement = {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: Several;
  readonly Resource: Several;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Several | number>>>>;
};

/** Of a policy that hangs at a resource and says who else may do something with it. */
export type ResourceStatement = Statement & { readonly Principal: '*' | Readonly<Record<string, Several>> };

/** One action of one caller on one resource. */
export type Deed = {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
};

/** Whether the policies of a role let it. */
export const isAllowed = (statements: readonly Statement[], deed: Deed): boolean =>
  statements.some((statement) => {
    const { Sid: _sid, Effect, Action: _action, Resource: _resource, Condition: _condition, ...unknown } = statement;
    if (Effect !== 'Allow' || Object.keys(unknown).length > 0)
      throw new Error(`This evaluator knows only plain permissions: ${JSON.stringify(statement)}`);
    return speaksOf(statement, deed);
  });

/** Whether the policy of a resource lets a service of AWS: some statement allows it, and none denies it. */
export const lets = (statements: readonly ResourceStatement[], service: string, deed: Deed): boolean => {
  const about = statements.filter((statement) => isMeant(statement.Principal, service) && speaksOf(statement, deed));
  return about.some(({ Effect }) => Effect === 'Allow') && about.every(({ Effect }) => Effect === 'Allow');
};

const isMeant = (principal: ResourceStatement['Principal'], service: string): boolean => {
  if (principal === '*') return true;
  const { Service = [], AWS = [], ...unknown } = principal;
  if (Object.keys(unknown).length > 0) throw new Error(`This evaluator does not know ${JSON.stringify(principal)}.`);
  return listOf(Service).includes(service) || listOf(AWS).includes('*');
};

const speaksOf = ({ Action, Resource, Condition = {} }: Statement, { action, resource, context = {} }: Deed): boolean =>
  listOf(Action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
  listOf(Resource).some((pattern) => matches(pattern, resource)) &&
  Object.entries(Condition).every(([operator, tests]) => {
    const holds = operators[operator];
    if (!holds) throw new Error(`This evaluator does not know the condition ${operator}.`);
    return Object.entries(tests).every(([key, patterns]) => {
      const value = ofKey(context, key);
      return value !== undefined && listOf(patterns).some((pattern) => holds(pattern, value));
    });
  });

/** Names of keys are the same in capitals. */
const ofKey = (context: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];

const matches = (pattern: string, text: string): boolean => {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
};

/** Six parts with colons between them, and each is compared for itself. */
const partsOf = (arn: string): readonly string[] => {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
};

const operators: Readonly<Record<string, (pattern: string, value: string) => boolean>> = {
  StringLike: matches,
  StringEquals: (wanted, value) => wanted === value,
  Bool: (wanted, value) => wanted === value,
  NumericLessThan: (bound, value) => Number(value) < Number(bound),
  ArnLike: (pattern, value) => {
    const [patterns, values] = [partsOf(pattern), partsOf(value)];
    return patterns.every((part, place) => matches(part, values[place] ?? ''));
  },
};

const listOf = (value: Several | number): readonly string[] => (typeof value === 'object' ? value : [String(value)]);
