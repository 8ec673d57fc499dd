import type { Synthesised } from './synthesised.ts';

/** A template with the values in it that AWS fills in. */

// biome-ignore lint/suspicious/noExplicitAny: a template has no type of its own; this looks into it.
export type Properties = Record<string, any>;
type Template = Readonly<Record<string, { readonly Type: string; readonly Properties: Properties }>>;

export const partition = 'aws';
export const account = '123456789012';
/** No region has a longer name than this one. */
const region = 'ap-southeast-1';
const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': partition,
  'AWS::Region': region,
  'AWS::AccountId': account,
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackId': `arn:${partition}:cloudformation:${region}:${account}:stack/Darkroom/guid`,
};
export const arn = (service: string, resource: string) =>
  `arn:${partition}:${service}:${region}:${account}:${resource}`;

/** What the ARN of a resource is like. */
const arns: Readonly<Record<string, (name: string) => string>> = {
  'AWS::S3::Bucket': (name) => `arn:${partition}:s3:::${name}`,
  'AWS::SQS::Queue': (name) => arn('sqs', name),
  'AWS::SNS::Topic': (name) => arn('sns', name),
  'AWS::Lambda::Function': (name) => arn('lambda', `function:${name}`),
  'AWS::Events::Rule': (name) => arn('events', `rule/${name}`),
  'AWS::DynamoDB::Table': (name) => arn('dynamodb', `table/${name}`),
  'AWS::Logs::LogGroup': (name) => arn('logs', `log-group:${name}:*`),
  'AWS::IAM::Role': (name) => `arn:${partition}:iam::${account}:role/${name}`,
  'AWS::KMS::Key': (name) => arn('kms', `key/${name}`),
  'AWS::SecretsManager::Secret': (name) => arn('secretsmanager', `secret:${name}-AbCdEf`),
  'AWS::StepFunctions::StateMachine': (name) => arn('states', `stateMachine:${name}`),
};

/** Types whose `Ref` is the ARN, and not the name. */
const knownByArn = ['AWS::SNS::Topic', 'AWS::SecretsManager::Secret', 'AWS::StepFunctions::StateMachine'];

/** The value of an expression of the template. */
const resolverOf = (template: Template, nameOf: (id: string) => string) => {
  const value = (expression: unknown): unknown => {
    if (Array.isArray(expression)) return expression.map(value);
    if (typeof expression !== 'object' || expression === null) return expression;
    const [[key, of] = ['', '']] = Object.entries(expression) as [string, unknown][];
    if (key === 'Ref') return ref(of as string);
    if (key === 'Fn::GetAtt') return attribute(of as [string, string]);
    if (key === 'Fn::Join') {
      const [between, parts] = of as [string, unknown[]];
      return parts.map(value).join(between);
    }
    if (key === 'Fn::Select') return (value((of as unknown[])[1]) as unknown[])[(of as number[])[0] ?? 0];
    if (key === 'Fn::Split') return String(value((of as unknown[])[1])).split((of as string[])[0] ?? '');
    // Of the templates of functions that CDK brings along: text that no check here looks into.
    if (key === 'Fn::Sub') return String(of);
    if (key.startsWith('Fn::')) throw new Error(`This test does not know ${key}.`);
    return Object.fromEntries(Object.entries(expression).map(([name, one]) => [name, value(one)]));
  };
  const arnOf = (id: string) => {
    const type = template[id]?.Type ?? 'nothing';
    const make = arns[type];
    if (!make) throw new Error(`This test does not know the ARN of ${id}, a ${type}.`);
    return make(nameOf(id));
  };
  const ref = (id: string): string => {
    const type = template[id]?.Type ?? '';
    if (knownByArn.includes(type)) return arnOf(id);
    if (type === 'AWS::SQS::Queue') return `https://sqs.${region}.amazonaws.com/${account}/${nameOf(id)}`;
    return pseudo[id] ?? nameOf(id);
  };
  const attribute = ([id, name]: [string, string]): string => {
    if (name === 'Arn' || name === 'TopicArn') return arnOf(id);
    if (name === 'Name') return nameOf(id);
    return name === 'StreamArn' ? `${arnOf(id)}/stream/1` : `${nameOf(id)}.${name}`;
  };
  return { value, arnOf };
};

/** The resources by their types, with logical ids for names unless there are others. */
export const readStack = (made: Synthesised, nameOf = (id: string) => id) => {
  const { Resources } = made.template.toJSON() as { Resources: Template };
  const { value, arnOf } = resolverOf(Resources, nameOf);
  const of = (type: string): readonly (readonly [id: string, properties: Properties])[] =>
    Object.entries(Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [id, value(resource.Properties ?? {}) as Properties]);
  return { Resources, of, arnOf };
};
export type ReadStack = ReturnType<typeof readStack>;
