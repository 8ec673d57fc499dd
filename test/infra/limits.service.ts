import { describe, expect, test } from '@jest/globals';
import { type Properties, type ReadStack, readStack } from './read-stack.ts';
import { keyAndVpc, type Synthesised, synthesised, synthesisedBeside } from './synthesised.ts';

/** A figure of each thing that a limit of AWS is for. */
type Measure = (stack: ReadStack, made: Synthesised) => readonly (readonly [of: string, figure: number])[];

const bytesOf = (text: string) => Buffer.byteLength(text);

/** At least as long as what CloudFormation makes up: the name of the stack, the logical id, and twelve characters. */
const longName = (id: string) => `Darkroom-${id}`.padEnd(80, '-');

/** As Lambda writes it into the policy of the function. */
const statementOf = ({ Action, FunctionName, Principal, SourceArn }: Properties) => ({
  Sid: longName(''),
  Effect: 'Allow',
  Principal: { Service: Principal },
  Action,
  Resource: FunctionName,
  Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } },
});

const nameIn: Readonly<Record<string, (properties: Properties) => string>> = {
  'AWS::CloudFront::CachePolicy': ({ CachePolicyConfig }) => CachePolicyConfig.Name,
  'AWS::CloudFront::Function': ({ Name }) => Name,
  'AWS::CloudFront::OriginAccessControl': ({ OriginAccessControlConfig }) => OriginAccessControlConfig.Name,
  'AWS::CloudFront::ResponseHeadersPolicy': ({ ResponseHeadersPolicyConfig }) => ResponseHeadersPolicyConfig.Name,
};

/**
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
 */
const limits: readonly (readonly [what: string, most: number, measure: Measure])[] = [
  [
    'bytes of the template',
    1_000_000,
    (_, { template }) => [['', bytesOf(JSON.stringify(template.toJSON(), null, 1))]],
  ],
  ['resources', 500, ({ Resources }) => [['', Object.keys(Resources).length]]],
  [
    'characters of the policies of a role, without white space',
    10_240,
    ({ of }) =>
      of('AWS::IAM::Role').map(([id, { Policies = [] }]) => {
        const attached = of('AWS::IAM::Policy').filter(([, { Roles }]) => Roles.includes(longName(id)));
        const documents = [...Policies, ...attached.map(([, policy]) => policy)].map(
          ({ PolicyDocument }) => PolicyDocument,
        );
        return [id, JSON.stringify(documents).replaceAll(/\s/g, '').length];
      }),
  ],
  [
    'bytes of the policy of a function',
    20 * 1024,
    ({ of, arnOf }) =>
      of('AWS::Lambda::Function').map(([id]) => {
        const permissions = of('AWS::Lambda::Permission').map(([, permission]) => statementOf(permission));
        return [id, bytesOf(JSON.stringify(permissions.filter(({ Resource }) => Resource === arnOf(id))))];
      }),
  ],
  [
    'bytes of the environment of a function',
    4 * 1024,
    ({ of }) =>
      of('AWS::Lambda::Function').map(([id, { Environment }]) => [
        id,
        bytesOf(JSON.stringify(Environment?.Variables ?? {})),
      ]),
  ],
  [
    'metrics of an alarm',
    10,
    ({ of }) =>
      of('AWS::CloudWatch::Alarm').map(([id, { Metrics = [{ MetricStat: {} }] }]) => [
        id,
        (Metrics as Properties[]).filter(({ MetricStat }) => MetricStat).length,
      ]),
  ],
  ['targets of a rule', 5, ({ of }) => of('AWS::Events::Rule').map(([id, { Targets }]) => [id, Targets.length])],
  [
    'characters of a name that belongs to the account',
    64,
    ({ of }) =>
      Object.entries(nameIn).flatMap(([type, name]) =>
        of(type).map(([id, properties]) => [id, name(properties).length] as const),
      ),
  ],
  [
    'bytes of a function at the edge',
    10 * 1024,
    ({ of }) => of('AWS::CloudFront::Function').map(([id, { FunctionCode }]) => [id, bytesOf(FunctionCode)]),
  ],
];

describe.each([
  ['as it comes', synthesised()],
  ['with the console and a long name', synthesised({ console: true, stackName: 'Pictures'.repeat(8) })],
  ['with a key and a VPC of one’s own', synthesisedBeside(keyAndVpc)],
  ['with two pipelines', synthesisedBeside(() => ({}), ['Images', 'Others'])],
])('The stack %s stays within a limit of AWS:', (_how, made) => {
  const stack = readStack(made, longName);

  test.each(limits)('%s, at most %i', (_what, most, measure) => {
    const figures = measure(stack, made);
    expect(figures.length).toBeGreaterThan(0);
    expect(figures.filter(([, figure]) => !(figure > 0 && figure <= most))).toEqual([]);
  });
});
